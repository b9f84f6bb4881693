"""Vectors of two modalities in one space, and how far apart their scores are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.log_scale import log_scale_weight
from multimodal_zoo.objectives.positive_number import positive_number
from multimodal_zoo.objectives.unit_length import unit_length


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class UnitLength(keras.Layer):
    """Divides vectors (batch, width) by their length, in float32; zeros stay zeros.

    Example:
        >>> UnitLength()(np.array([[3.0, 4.0], [0.0, 0.0]]))
        [[0.6, 0.8], [0., 0.]]
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})

    def call(self, vectors: Any) -> Any:
        return unit_length(vectors)

    def compute_output_shape(self, vectors_shape: tuple) -> tuple:
        return tuple(vectors_shape)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MatchingVectors(keras.Layer):
    """Puts the unit vectors of two modalities and of both together below one another, the two scaled.

    Each of the two gets the length sqrt(1/temperature), so that their inner product is the cosine over the
    temperature: what a contrastive loss compares. The temperature is learned.

    Called with three tensors (batch, width), the first modality, the second and both; returns (batch, 3, width).

    Args:
        temperature: at the start, greater than 0; None for length 1 and nothing learned.
        max_scale: the highest 1/temperature; None for no limit.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> MatchingVectors(0.25)([[[1.0]], [[-1.0]], [[1.0]]])
        [[[2.], [-2.], [1.]]]
    """

    def __init__(self, temperature: float | None = 0.07, max_scale: float | None = 100.0, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.temperature = None if temperature is None else positive_number("temperature", temperature)
        self.max_scale = None if max_scale is None else positive_number("max_scale", max_scale)

    def build(self, vectors_shape: list[tuple]) -> None:
        if self.temperature is not None:
            self.log_scale = log_scale_weight(self, self.temperature, self.max_scale)

    def call(self, vectors: list[Any]) -> Any:
        first, second, both = vectors
        if self.temperature is not None:
            length = ops.exp(self.log_scale / 2)
            first, second = length * first, length * second
        return ops.stack([first, second, both], axis=1)

    def compute_output_shape(self, vectors_shape: list[tuple]) -> tuple:
        return (vectors_shape[0][0], 3, vectors_shape[0][-1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperature": self.temperature, "max_scale": self.max_scale}


def retrieval_head(temperature: float | None = 0.07, name: str = "vectors") -> Callable[[Mapping[str, Any]], Any]:
    """Makes the head for retrieval: two modalities as vectors of length 1 in one space, and their common direction.

    Its layers are `<modality>_vector`, of length 1 and zeros where the modality is absent; and `joint`, the
    direction of their sum: of a record with one modality just that one's embedding, with both what lies between.

    Args:
        temperature: by which the cosines are divided, at the start; it is learned. None leaves plain cosines, for
            losses with a margin.
        name: name of the output layer.

    Returns:
        A callable that maps a dict of two modalities' vectors (batch, width), zeros where absent, to float32 (batch,
        3, width): the two embeddings, scaled so that their inner product is the score, and `joint`. Train it with
        `MatchingLoss`.

    Raises:
        ValueError: there are not two modalities, or their widths differ.

    Example:
        >>> vectors = retrieval_head(0.07)({"image": image, "text": text})

    Reference:
        Radford 2021, arXiv:2103.00020, figure 3 (unit vectors and a learned temperature).
    """
    scale = MatchingVectors(temperature, name=name)

    def call(projected: Mapping[str, Any]) -> Any:
        shapes = {modality: tuple(vectors.shape) for modality, vectors in projected.items()}
        if len(shapes) != 2 or len({shape[-1] for shape in shapes.values()}) != 1:
            raise ValueError(f"retrieval_head takes two modalities' vectors of one width; received {shapes}.")
        units = [UnitLength(name=f"{modality}_vector")(vectors) for modality, vectors in projected.items()]
        total = keras.layers.Add(dtype="float32", name="sum_of_embeddings")(units)
        return scale([*units, UnitLength(name="joint")(total)])

    return call


def match_scores(vectors: Any) -> Any:
    """How well the two modalities of each record match: the cosine, -1 to 1.

    Args:
        vectors: (batch, 3, width), as a network with `retrieval_head` answers.

    Returns:
        (batch, 1); 0 where a modality is absent.

    Example:
        >>> match_scores(np.array([[[2.0, 0.0], [3.0, 3.0], [1.0, 0.0]]]))
        [[0.7071]]
    """
    first, second = unit_length(vectors[:, 0]), unit_length(vectors[:, 1])
    return ops.sum(first * second, axis=-1, keepdims=True)
