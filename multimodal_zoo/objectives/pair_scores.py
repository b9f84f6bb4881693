"""Scores of every record of one modality with every record of another, with a learned temperature."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import embedding_batch
from multimodal_zoo.objectives.log_scale import log_scale_weight
from multimodal_zoo.objectives.positive_number import positive_number
from multimodal_zoo.objectives.unit_length import unit_length


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class PairScores(keras.Layer):
    """Scaled cosine of all pairs: s_ij = exp(w) <x_i, y_j> / (|x_i| |y_j|) + b.

    The scale exp(w) = 1/temperature is learned through its logarithm w, and clipped to `max_scale` after each step. The
    scores are computed in float32 under mixed precision too. A zero embedding scores b with everything.

    Args:
        initial_temperature: 1/scale at the start, greater than 0; CLIP's is 0.07, SigLIP's 0.1.
        max_scale: the highest scale, CLIP's 100; None for no limit, as in SigLIP.
        initial_bias: b at the start, then learned; SigLIP's is -10. None for no bias, as in CLIP.
        **kwargs: arguments of `keras.Layer`.

    Called on a pair of embeddings `(batch, width)`; returns `(batch, batch)` scores, rows of the first of the pair.

    Raises:
        ValueError: if the embeddings are not two batches of vectors of the same width, or a setting is out of range.

    Example:
        >>> image, text = keras.Input((64,)), keras.Input((64,))
        >>> PairScores()([image, text]).shape
        (None, None)

    Reference: Radford et al. 2021, arXiv:2103.00020, sections 2.3 and 2.5; Zhai et al. 2023, arXiv:2303.15343,
        section 3.2.
    """

    def __init__(
        self,
        initial_temperature: float = 0.07,
        max_scale: float | None = 100.0,
        initial_bias: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.initial_temperature = positive_number("initial_temperature", initial_temperature)
        self.max_scale = None if max_scale is None else positive_number("max_scale", max_scale)
        self.initial_bias = initial_bias
        self.bias = None

    def get_config(self) -> dict[str, Any]:
        own = {
            "initial_temperature": self.initial_temperature,
            "max_scale": self.max_scale,
            "initial_bias": self.initial_bias,
        }
        return {**super().get_config(), **own}

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 2 or input_shape[0][-1] != input_shape[1][-1]:
            raise ValueError(f"PairScores takes two embeddings of the same width; received the shapes {input_shape}.")
        self.log_scale = log_scale_weight(self, self.initial_temperature, self.max_scale)
        if self.initial_bias is not None:
            self.bias = self.add_weight(
                shape=(), initializer=keras.initializers.Constant(self.initial_bias), autocast=False, name="bias"
            )

    def call(self, inputs: Any) -> Any:
        first, second = (unit_length(embedding_batch(one)) for one in inputs)
        scores = ops.exp(self.log_scale) * ops.matmul(first, ops.transpose(second))
        return scores if self.bias is None else scores + self.bias

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor((inputs[0].shape[0], inputs[1].shape[0]), dtype="float32")
