"""Text by convolutions of several widths and the strongest answer of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import FrontAligned


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MaxOverWords(keras.Layer):
    """The largest of non-negative features over the places where the id is not 0; zeros where a row has none.

    Called with features (batch, length, width) and ids (batch, length), returns (batch, width).

    Example:
        >>> MaxOverWords()(np.array([[[1.], [3.], [9.]]]), np.array([[5, 6, 0]]))
        [[3.]]
    """

    def call(self, features: Any, ids: Any) -> Any:
        there = ops.expand_dims(ops.not_equal(ids, 0), -1)
        return ops.max(ops.where(there, features, ops.zeros_like(features)), axis=1)

    def compute_output_shape(self, features_shape: tuple, ids_shape: tuple) -> tuple:
        return (features_shape[0], features_shape[2])


def text_cnn(
    vocabulary_size: int,
    embedding_dim: int = 64,
    filters: int = 100,
    kernels: Sequence[int] = (3, 4, 5),
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a text encoder of convolutions with ReLU and max-over-time pooling.

    Departs from the paper: a convolution is centred on each word and sees zeros past the text, instead of
    only where it fits whole, so that a text shorter than it has an answer too.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        embedding_dim: width of a word vector.
        filters: channels of each convolution.
        kernels: how many words each convolution sees at once, all different.
        dropout: share of the answer dropped, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to (batch, filters * len(kernels)).
        Where the padding stands, and how much there is, makes no difference; without any word it is zeros.

    Raises:
        ValueError: if there are no kernels.

    Example:
        >>> text_cnn(8000)(keras.Input((60,), dtype="int32")).shape
        (None, 300)

    Reference:
        Kim 2014, arXiv:1408.5882, section 2, equations 2 and 3.
    """
    if not kernels:
        raise ValueError("text_cnn needs at least one kernel width; received none.")
    align = FrontAligned(name=prefixed(name, "front_aligned"))
    embed = WordEmbedding(vocabulary_size, embedding_dim, name=prefixed(name, "embedding"))
    convolutions = [
        keras.layers.Conv1D(
            filters, kernel, padding="same", activation="relu", name=prefixed(name, f"convolution_{kernel}")
        )
        for kernel in kernels
    ]
    poolings = [MaxOverWords(name=prefixed(name, f"max_{kernel}")) for kernel in kernels]
    join = keras.layers.Concatenate(name=prefixed(name, "features")) if len(kernels) > 1 else None
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(ids: Any) -> Any:
        ids = align(ids)
        vectors = embed(ids)
        found = [pool(convolve(vectors), ids) for convolve, pool in zip(convolutions, poolings, strict=True)]
        features = found[0] if join is None else join(found)
        return features if drop is None else drop(features)

    return call
