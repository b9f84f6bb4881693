"""In which precision a network computes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras

from multimodal_zoo.unknown_name import UnknownName

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@contextlib.contextmanager
def precision(name: str | None) -> Iterator[None]:
    """Networks that are built within compute so; their weights, and what their heads answer, stay float32.

    Args:
        name: "float32", "mixed_bfloat16" (for the CPUs and GPUs that have it), "mixed_float16" (older GPUs; the loss is
            scaled up so that small gradients are not lost); None changes nothing.

    Raises:
        UnknownName: none of these.

    Example:
        >>> with precision("mixed_bfloat16"):
        ...     model = create_model("deepfm")
    """
    if name is None:
        yield
        return
    if name not in PRECISIONS:
        raise UnknownName("precision", name, PRECISIONS)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
