"""Where the faster ways of processors are taken."""

from __future__ import annotations

import keras


def without_gpu() -> bool:
    """Whether TensorFlow computes on processors alone; False on other backends."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")
