"""Late fusion: every modality casts a vote, and the votes are counted."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.fusion.late_average import LateAverage
from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.present_weights import weighted_sum


@register_fusion("late_vote")
class LateVote(LateAverage):
    """Soft voting: the `dim` entries are the candidates, and f is the share of votes that each one gets.

    v_i = softmax((V_i relu(W_i f_i + b_i) + c_i) / temperature);  f = mean_i v_i over those that are there.

    Each modality has one vote, however large its answer, and may split it. The lower the temperature, the
    less it does: towards 0 this is plurality voting, which has no gradient. The entries sum to one. Removing a
    modality gives what the same weights give for the others alone. With everything absent no vote is cast: the
    answer is the zero vector.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width of each branch; None takes `dim`.
        temperature: how freely a vote is split, positive.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `temperature` is not positive.

    Example:
        >>> fuse("late_vote", 64, temperature=0.5)({"audio": audio, "image": image}, presence=presence)

    Reference:
        Kittler 1998, "On combining classifiers", IEEE TPAMI 20(3), the sum and the majority vote rule.
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        units: int | None = None,
        temperature: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, units, **kwargs)
        if not temperature > 0:
            raise ValueError(f"temperature must be positive; received temperature={temperature!r}.")
        self.temperature = float(temperature)

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        votes = ops.softmax(ops.cast(self.answers_of(encodings), "float32") / self.temperature, axis=-1)
        return ops.cast(weighted_sum(self.modality_weights(present), votes), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperature": self.temperature}
