"""Learned vectors that stand in for what is absent, where an operator needs something in every place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras import ops


def stand_in_for_absent(features: Mapping[str, Any], present: Any, stand_ins: Mapping[str, Any]) -> dict[str, Any]:
    """Replaces the rows of absent modalities by vectors.

    Args:
        features: dict of (batch, width) tensors in the order of the columns of `present`.
        present: boolean (batch, modalities), or None if everything is there.
        stand_ins: the vector of each modality, (width,), by name; not read where `present` is None.

    Returns:
        The dict with the rows replaced, by selection: what stood in them is gone, NaN included.

    Example:
        >>> stand_in_for_absent({"a": np.ones((2, 1))}, np.array([[True], [False]]), {"a": np.array([5.0])})
        {'a': [[1.], [5.]]}
    """
    if present is None:
        return dict(features)
    return {
        name: ops.where(present[:, column : column + 1], feature, ops.cast(stand_ins[name], feature.dtype))
        for column, (name, feature) in enumerate(features.items())
    }
