"""Feature pooling: a weighted sum of the projected encodings, the weights the same for every record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.present_weights import normalise_over_present, softmax_over_present, weighted_sum


@register_fusion("feature_pooling")
class FeaturePooling(FusionOperator):
    """Sums projected encodings by weights lambda: f = sum_i lambda_i (W_i f_i + b_i), sum_i lambda_i = 1.

    The weights are fixed, or learned as the softmax of a trained vector that starts uniform. They are
    renormalised over the modalities that are there. With nothing there (or, with fixed weights, nothing of a
    positive weight) the answer is the zero vector.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        weights: fixed weights, non-negative with a positive sum, as a list in the order of `modalities` or a
            dict by name; they are scaled to sum to one. None learns them.
        activation: name of a Keras activation of the projections, or None for linear ones.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `weights` does not give one finite non-negative number per modality, or all are zero.

    Example:
        >>> pooled = fuse("feature_pooling", 64, weights={"image": 0.3, "report": 0.7})
        >>> joint = pooled({"image": image, "report": report})

    Reference:
        Baltrusaitis 2019, arXiv:1705.09406, section 6.1 (model-agnostic fusion).
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        weights: Sequence[float] | Mapping[str, float] | None = None,
        activation: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, **kwargs)
        self.fixed_weights = None if weights is None else self._checked(weights)
        self.activation = keras.activations.get(activation)
        self.projections = {
            name: keras.layers.Dense(dim, activation=self.activation, dtype=self.dtype_policy, name=f"project_{name}")
            for name in self.modalities
        }
        self.weight_logits = None

    def _checked(self, weights: Sequence[float] | Mapping[str, float]) -> tuple[float, ...]:
        if isinstance(weights, Mapping):
            if set(weights) != set(self.modalities):
                raise ValueError(
                    f"weights must name the modalities {list(self.modalities)}; received {sorted(weights)}."
                )
            weights = [weights[name] for name in self.modalities]
        numbers = np.asarray(weights, dtype="float64")
        if numbers.shape != (len(self.modalities),):
            raise ValueError(
                f"weights must hold {len(self.modalities)} numbers, one for each of {list(self.modalities)}; "
                f"received {weights!r}."
            )
        if not np.all(np.isfinite(numbers)) or np.any(numbers < 0) or numbers.sum() <= 0:
            raise ValueError(f"weights must be finite, not negative, and not all zero; received {weights!r}.")
        return tuple(float(number) for number in numbers / numbers.sum())

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.projections[name].build((None, width))
        if self.fixed_weights is None:
            self.weight_logits = self.add_weight(
                shape=(len(widths),),
                initializer="zeros",
                dtype="float32",
                autocast=False,
                name="weight_logits",
            )

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        projected = ops.stack([self.projections[name](encodings[name]) for name in self.modalities], axis=1)
        if self.fixed_weights is None:
            weights = softmax_over_present(self.weight_logits, present)
        else:
            weights = normalise_over_present(ops.convert_to_tensor(self.fixed_weights, dtype="float32"), present)
        return weighted_sum(weights, projected)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "weights": None if self.fixed_weights is None else list(self.fixed_weights),
            "activation": keras.activations.serialize(self.activation),
        }
