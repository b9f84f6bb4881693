"""Fusion at each moment: what several sensors say at the same time, joined before anything reads over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import fusion_operator


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class FuseEachMoment(keras.Layer):
    """Joins series of the same moments by a fusion operator, at each moment by itself, all with the same weights.

    A modality that is not there at a moment is absent to the operator at this moment: so a sensor that fails for a
    while is missed for that while only, and one that is absent is one that is nowhere there.

    Called with a dict of (batch, moments, width) and a dict of masks (batch, moments), 0 where a modality is not
    there, returns (batch, moments, dim).

    Args:
        fusion: any of `list_fusions()`.
        dim: width of the answer at each moment.
        modalities: names of the series.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        UnknownFusion: no such operator.
        ValueError: the series differ in their moments, or their number is not known.

    Example:
        >>> FuseEachMoment("concat", 64, ("camera", "gps"))({"camera": frames, "gps": fixes}, there)
    """

    def __init__(self, fusion: str, dim: int, modalities: tuple[str, ...], **kwargs: Any):
        super().__init__(**kwargs)
        self.fusion = fusion
        self.operator = fusion_operator(fusion)(dim, tuple(modalities), dtype=self.dtype_policy, name="operator")

    def build(self, series_shape: Mapping[str, tuple], there_shape: Mapping[str, tuple]) -> None:
        names = self.operator.modalities
        moments = {name: series_shape[name][1] for name in names}
        if len(set(moments.values())) > 1 or None in moments.values():
            raise ValueError(f"Series are fused at the same moments, of a fixed number; received {moments}.")
        self.operator.build({name: (None, series_shape[name][-1]) for name in names}, (None, len(names)))

    def call(self, series: Mapping[str, Any], there: Mapping[str, Any]) -> Any:
        names = self.operator.modalities
        moments = series[names[0]].shape[1]
        presence = ops.stack([ops.cast(ops.not_equal(there[name], 0), "float32") for name in names], axis=-1)
        # Each moment as a record of its own.
        joined = self.operator(
            {name: ops.reshape(series[name], (-1, series[name].shape[-1])) for name in names},
            ops.reshape(presence, (-1, len(names))),
        )
        return ops.reshape(joined, (-1, moments, self.operator.dim))

    def compute_output_shape(self, series_shape: Mapping[str, tuple], there_shape: Mapping[str, tuple]) -> tuple:
        return (*series_shape[self.operator.modalities[0]][:2], self.operator.dim)

    def get_config(self) -> dict[str, Any]:
        own = {"fusion": self.fusion, "dim": self.operator.dim, "modalities": list(self.operator.modalities)}
        return {**super().get_config(), **own}
