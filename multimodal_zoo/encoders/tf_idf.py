"""Texts as the frequencies of their words, the rare ones weighing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

FIRST_KNOWN = 2


def word_frequencies(texts: np.ndarray, vocabulary_size: int) -> Any:
    """Counts how often each known word stands in each text.

    Args:
        texts: ids (texts, length); 0 (padding) and 1 (unknown) are not counted.
        vocabulary_size: number of word ids.

    Returns:
        A sparse matrix of SciPy, (texts, vocabulary_size), as scikit-learn takes it.

    Raises:
        ValueError: if no text has a known word.

    Example:
        >>> word_frequencies(np.array([[2, 3, 2, 0]]), 4).toarray()
        [[0, 0, 2, 1]]
    """
    # Loaded here: a network that was fitted before does without.
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(
        analyzer=lambda text: [number for number in text if number >= FIRST_KNOWN],
        vocabulary={number: number for number in range(vocabulary_size)},
    )
    frequencies = counter.transform(np.asarray(texts).tolist())
    if not frequencies.nnz:
        raise ValueError(f"None of the {len(texts)} texts has a known word to fit to.")
    return frequencies


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class TfIdf(keras.Layer):
    """Turns ids into tf-idf vectors of length 1: n_t idf_t, n_t being how often word t stands in the text.

    idf_t = log((1 + texts) / (1 + texts with t)) + 1, learned by `adapt`, not by training. Only known words (ids 2
    and up) count; without any the vector is zeros.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> layer = TfIdf(1000)
        >>> layer.adapt(training_ids)
        >>> layer(ids)    # (batch, length) -> (batch, 1000)
    """

    def __init__(self, vocabulary_size: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.vocabulary_size = int(vocabulary_size)

    def build(self, ids_shape: tuple) -> None:
        self.idf = self.add_weight(
            shape=(self.vocabulary_size,), initializer="ones", trainable=False, autocast=False, name="idf"
        )

    def adapt(self, texts: np.ndarray) -> None:
        """Learns from the ids (texts, length) of the training split how rare each word is, by scikit-learn."""
        from sklearn.feature_extraction.text import TfidfTransformer

        if not self.built:
            self.build((None, None))
        self.idf.assign(TfidfTransformer().fit(word_frequencies(texts, self.vocabulary_size)).idf_)

    def call(self, ids: Any) -> Any:
        rows, length = ops.shape(ids)[0], ops.shape(ids)[1]
        row = ops.broadcast_to(ops.expand_dims(ops.arange(rows, dtype="int32"), 1), (rows, length))
        places = ops.stack([ops.reshape(row, (-1,)), ops.reshape(ops.cast(ids, "int32"), (-1,))], axis=1)
        known = ops.cast(ops.reshape(ids >= FIRST_KNOWN, (-1,)), "float32")
        vectors = ops.scatter(places, known, (rows, self.vocabulary_size)) * self.idf
        size = ops.sqrt(ops.sum(ops.square(vectors), axis=1, keepdims=True))
        return ops.cast(vectors / ops.where(size > 0, size, ops.ones_like(size)), self.compute_dtype)

    def compute_output_spec(self, ids: Any) -> keras.KerasTensor:
        return keras.KerasTensor((ids.shape[0], self.vocabulary_size), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size}


def tf_idf(vocabulary_size: int, texts: np.ndarray | None = None, name: str | None = None) -> Callable[[Any], Any]:
    """Makes the tf-idf vector of a text, fitted to the texts of the training split.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        texts: ids (texts, length) to fit to; None leaves all words the same weight, for a network whose weights are
            loaded.
        name: name of the layer.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to (batch, vocabulary_size). Without any known word the
        answer is zeros.

    Raises:
        ValueError: if no text has a known word.

    Example:
        >>> tf_idf(8000, training_ids)(keras.Input((60,), dtype="int32")).shape
        (None, 8000)

    Reference:
        Salton and Buckley 1988, doi:10.1016/0306-4573(88)90021-0; the frequency smoothed as in scikit-learn.
    """
    layer = TfIdf(vocabulary_size, name=name)
    if texts is not None:
        layer.adapt(texts)
    return layer
