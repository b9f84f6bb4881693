"""The float network in TensorFlow: what every converted one is held against."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def runtime(trunk: Path) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
    """A function from one batch of inputs to the prediction."""
    import tensorflow as tf

    loaded: Any = tf.saved_model.load(str(trunk))
    signature = loaded.signatures["serving_default"]

    def run(batch: dict[str, np.ndarray]) -> np.ndarray:
        # The signature lives as long as the object it was loaded with.
        assert loaded
        return signature(**{name: tf.constant(value) for name, value in batch.items()})["prediction"].numpy()

    return run
