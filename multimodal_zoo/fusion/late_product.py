"""Late fusion: the product of what the modalities' own experts say, as a sum of logarithms."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.fusion.late_average import LateAverage
from multimodal_zoo.fusion.operator import register_fusion


@register_fusion("late_product")
class LateProduct(LateAverage):
    """As `late_average`, summed: f = sum_i (V_i relu(W_i f_i + b_i) + c_i) over those that are there.

    The answers are logarithms up to a constant, so their sum is a product. Under a linear head and its
    softmax this is the normalised product of the probabilities that each modality gives alone: p = prod_i p_i
    / sum prod_i p_i with p_i = softmax(head(g_i)), for a head without bias; a bias counts once, as the common
    prior does in naive Bayes. The sigmoid likewise. Experts that agree make the answer surer, which an
    average does not. Removing a modality gives what the same weights give for the others alone. With
    everything absent the answer is the zero vector, the logarithm of an empty product.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width of each branch; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("late_product", 64)({"audio": audio, "image": image}, presence=presence)

    Reference:
        Kittler 1998, "On combining classifiers", IEEE TPAMI 20(3), the product rule.
    """

    def modality_weights(self, present: Any) -> Any:
        """One for each modality there: (batch, modalities), or (modalities,) without presence."""
        return ops.ones((len(self.modalities),), dtype="float32") if present is None else ops.cast(present, "float32")
