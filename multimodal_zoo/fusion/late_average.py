"""Late fusion: every modality answers by itself and the answers are averaged."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.present_weights import normalise_over_present, weighted_sum


@register_fusion("late_average")
class LateAverage(FusionOperator):
    """Averages what each modality's own branch says, over those that are there.

    f = mean_i (V_i relu(W_i f_i + b_i) + c_i).

    Each modality has a non-linear branch and a linear map of its own. Under a linear head this equals
    averaging the logits that each modality gives alone, since head(mean_i g_i) = mean_i head(g_i): there is
    no interaction between modalities. Removing a modality gives what the same weights give for the others
    alone. With everything absent the answer is the zero vector.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width of each branch; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("late_average", 64)({"audio": audio, "image": image}, presence=presence)

    Reference:
        Baltrusaitis 2019, arXiv:1705.09406, section 6.1 (late fusion).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], units: int | None = None, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if units is not None and units < 1:
            raise ValueError(f"units must be positive; received units={units!r}.")
        self.units = units
        width = dim if units is None else units
        self.branches = {
            name: keras.layers.Dense(width, activation="relu", dtype=self.dtype_policy, name=f"branch_{name}")
            for name in self.modalities
        }
        self.answers = {
            name: keras.layers.Dense(dim, dtype=self.dtype_policy, name=f"answer_{name}") for name in self.modalities
        }

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.branches[name].build((None, width))
            self.answers[name].build((None, self.branches[name].units))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        return weighted_sum(self.modality_weights(present), self.answers_of(encodings))

    def answers_of(self, encodings: dict[str, Any]) -> Any:
        """What each modality says by itself: (batch, modalities, dim)."""
        return ops.stack([self.answers[name](self.branches[name](encodings[name])) for name in self.modalities], axis=1)

    def modality_weights(self, present: Any) -> Any:
        """Equal weights for those there: (batch, modalities), or (modalities,) without presence."""
        return normalise_over_present(ops.ones((len(self.modalities),), dtype="float32"), present)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}
