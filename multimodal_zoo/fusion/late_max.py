"""Late fusion: of what the modalities say by themselves, the largest."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.fusion.late_average import LateAverage
from multimodal_zoo.fusion.operator import register_fusion


@register_fusion("late_max")
class LateMax(LateAverage):
    """As `late_average`, but each entry is the largest that one of the modalities there gives it.

    f = max_i (V_i relu(W_i f_i + b_i) + c_i), entry by entry. The gradient of an entry goes to the modality
    that gave it. The maximum is taken in the joint representation: under a linear head it is not the maximum
    of the logits. Removing a modality gives what the same weights give for the others alone. With everything
    absent the answer is the zero vector.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width of each branch; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("late_max", 64)({"audio": audio, "image": image}, presence=presence)

    Reference:
        Kittler 1998, "On combining classifiers", IEEE TPAMI 20(3), the max rule.
    """

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        answers = self.answers_of(encodings)
        if present is None:
            return ops.max(answers, axis=1)
        # float32: what stands for the absent has to lie below any answer.
        answers = ops.cast(answers, "float32")
        largest = ops.max(ops.where(ops.expand_dims(present, -1), answers, ops.full_like(answers, -3e38)), axis=1)
        anything = ops.any(present, axis=1, keepdims=True)
        return ops.cast(ops.where(anything, largest, ops.zeros_like(largest)), self.compute_dtype)
