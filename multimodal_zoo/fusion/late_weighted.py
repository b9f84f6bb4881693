"""Late fusion with learned weights: every modality answers by itself, better ones count more."""

from __future__ import annotations

from typing import Any

from multimodal_zoo.fusion.late_average import LateAverage
from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.present_weights import softmax_over_present


@register_fusion("late_weighted")
class LateWeighted(LateAverage):
    """As `late_average`, weighted by the softmax of a trained vector over the modalities that are there.

    f = sum_i w_i (V_i relu(W_i f_i + b_i) + c_i), w = softmax(s). The weights start equal and are the same
    for every record. Under a linear head this is a weighted average of the modalities' own logits. With
    everything absent the answer is the zero vector; with a single modality its weight is 1, so s receives no
    gradient.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width of each branch; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("late_weighted", 64)({"image": image, "report": report}, presence=presence)

    Reference:
        Baltrusaitis 2019, arXiv:1705.09406, section 6.1 (late fusion by weighting).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], units: int | None = None, **kwargs: Any):
        super().__init__(dim, modalities, units, **kwargs)
        self.weight_logits = None

    def build_operator(self, widths: dict[str, int]) -> None:
        super().build_operator(widths)
        self.weight_logits = self.add_weight(
            shape=(len(widths),), initializer="zeros", dtype="float32", autocast=False, name="weight_logits"
        )

    def modality_weights(self, present: Any) -> Any:
        """The softmax over those there: (batch, modalities), or (modalities,) without presence."""
        return softmax_over_present(self.weight_logits, present)
