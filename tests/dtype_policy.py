"""Running a few lines under another dtype policy."""

from contextlib import contextmanager

import keras


@contextmanager
def dtype_policy(name):
    """Sets the global dtype policy, and puts the old one back whatever happens."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
