"""The step of LazyAdam on the rows of a table as one operation."""

from __future__ import annotations

import functools
from typing import Any

import tensorflow as tf

from multimodal_zoo.native.operations import compiled_operations, held_here


def compiled_update(variables: tuple[Any, Any, Any], gradient: tf.IndexedSlices) -> Any:
    """The compiled operation, if it can update these variables where they are.

    Args:
        variables: the table and its two moments.
        gradient: that of a lookup.

    Returns:
        A function of `keep, rate, beta_1, beta_2, epsilon` that does so, or None where it was not compiled or is not
        for them: then TensorFlow's own operations are to do it.
    """
    here = [held_here(variable) for variable in variables]
    if any(one is None for one in here) or gradient.values.dtype != tf.float32:
        return None
    operations = compiled_operations()
    if operations is None:
        return None
    return functools.partial(
        operations.multimodal_zoo_lazy_adam, *(one.handle for one in here), gradient.indices, gradient.values
    )
