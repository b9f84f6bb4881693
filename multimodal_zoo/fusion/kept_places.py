"""The places of a sequence that are there; the others become zeros."""

from __future__ import annotations

from typing import Any

from keras import ops


def kept(features: Any, there: Any) -> Any:
    """Replaces the places that are not there by zeros, by selection: what stood in them is gone, NaN included.

    Args:
        features: (batch, places, width).
        there: boolean (batch, places), or (batch, 1) for all the places of a row at once; None keeps everything.

    Returns:
        As `features`.

    Example:
        >>> kept(np.array([[[1.], [np.nan]]]), np.array([[True, False]]))
        [[[1.], [0.]]]
    """
    if there is None:
        return features
    return ops.where(ops.expand_dims(there, -1), features, ops.zeros_like(features))
