"""What a served signature takes and gives, as the server itself describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The name of the input and output that says which modalities are there, and of the signature of preprocessed tensors.
PRESENCE = "presence"
PREPROCESSED = "tensors"
DEFAULT_SIGNATURE = "serving_default"

# Names ending so carry bytes: TF Serving's REST writes those, and only those, as base64 in its answers.
BYTES_SUFFIX = "_bytes"


@dataclass(frozen=True)
class TensorSpec:
    """A tensor of a signature.

    Args:
        name: its name in the signature.
        dtype: `string`, or the name of a NumPy type such as `float32`.
        shape: the batch first, None for a dimension of any size; None as a whole if the server does not say.

    Example:
        >>> TensorSpec("tags", "string", (None, None)).record_shape
        (None,)
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None

    @property
    def record_shape(self) -> tuple[int | None, ...] | None:
        """The shape of one record's value."""
        return None if self.shape is None else self.shape[1:]


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs of a signature by name.

    Example:
        >>> Signature({"report": TensorSpec("report", "string", (None,))}, {}).inputs["report"].dtype
        'string'
    """

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
