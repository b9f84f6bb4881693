"""How much a record of each class counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf


def weights_of_classes(class_weight: Mapping[int, float] | str | None, labels: tf.Tensor) -> dict[int, float] | None:
    """Class weights as Keras takes them; "balanced" weighs a class by the inverse of its share."""
    if class_weight is None:
        return None
    if class_weight == "balanced":
        count = np.bincount(np.asarray(labels).astype(int).reshape(-1))
        return {number: len(labels) / (len(count) * max(1, one)) for number, one in enumerate(count)}
    if isinstance(class_weight, str):
        raise ValueError(f"class_weight is a dict, 'balanced' or None, got {class_weight!r}.")
    return dict(class_weight)
