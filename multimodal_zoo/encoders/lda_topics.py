"""Texts as mixtures of topics: latent Dirichlet allocation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from multimodal_zoo.encoders.tf_idf import FIRST_KNOWN, word_frequencies


def digamma(x: Any) -> Any:
    """The derivative of the logarithm of the gamma function, for positive numbers.

    By its recurrence up to x + 6, from there by the asymptotic series; keras.ops has none.

    Args:
        x: positive, any shape.

    Returns:
        Of the shape of `x`.

    Example:
        >>> digamma(np.float32(1.0))
        -0.5772157

    Reference:
        Abramowitz and Stegun 1964, 6.3.5 and 6.3.18.
    """
    below = sum(1.0 / (x + step) for step in range(6))
    far = x + 6.0
    inverse = 1.0 / ops.square(far)
    series = inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse / 240)))
    return ops.log(far) - 0.5 / far - series - below


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class LdaTopics(keras.Layer):
    """Finds the shares of the topics in a text, the topics being fixed by `adapt`.

    The variational E-step: gamma_k = alpha + sum_n phi_nk, phi_nk in proportion to exp(E[log theta_k]) exp(E[log
    beta_(k, w_n)]), a fixed number of times; the answer is gamma / sum gamma. Only known words (ids 2 and up) count;
    without any the answer is zeros. No gradient passes.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        topics: how many topics there are; alpha is 1 / topics.
        iterations: of the E-step.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> layer = LdaTopics(1000, topics=10)
        >>> layer.adapt(training_ids)
        >>> layer(ids)    # (batch, length) -> (batch, 10)

    Reference:
        Hoffman 2010, Online Learning for Latent Dirichlet Allocation, algorithm 1; Blei 2003, JMLR 3, figure 6.
    """

    def __init__(self, vocabulary_size: int, topics: int = 10, iterations: int = 30, **kwargs: Any):
        super().__init__(**kwargs)
        if topics < 1 or iterations < 1:
            raise ValueError(
                f"topics and iterations must be positive; received topics={topics!r}, iterations={iterations!r}."
            )
        self.vocabulary_size = int(vocabulary_size)
        self.topics = int(topics)
        self.iterations = int(iterations)

    def build(self, ids_shape: tuple) -> None:
        # exp(E[log beta]), a row for each word.
        self.of_words = self.add_weight(
            shape=(self.vocabulary_size, self.topics),
            initializer="ones",
            trainable=False,
            autocast=False,
            name="of_words",
        )

    def adapt(self, texts: np.ndarray, seed: int = 0) -> None:
        """Finds the topics of the ids (texts, length) of the training split, by scikit-learn."""
        from sklearn.decomposition import LatentDirichletAllocation

        if not self.built:
            self.build((None, None))
        frequencies = word_frequencies(texts, self.vocabulary_size)
        model = LatentDirichletAllocation(self.topics, learning_method="batch", random_state=seed).fit(frequencies)
        self.take(model.components_)

    def take(self, components: np.ndarray) -> None:
        """Takes the topics of a fitted model of scikit-learn, its `components_` (topics, vocabulary_size)."""
        components = np.asarray(components, "float64")
        expected = self._digamma(components) - self._digamma(components.sum(axis=1, keepdims=True))
        self.of_words.assign(np.exp(expected).T)

    @staticmethod
    def _digamma(x: np.ndarray) -> np.ndarray:
        return ops.convert_to_numpy(digamma(ops.convert_to_tensor(x, "float32")))

    def call(self, ids: Any) -> Any:
        known = ops.cast(ids >= FIRST_KNOWN, "float32")
        rows = ops.take(self.of_words, ids, axis=0) * ops.expand_dims(known, -1)
        alpha = 1.0 / self.topics

        def step(_: Any, gamma: Any) -> Any:
            of_text = ops.exp(digamma(gamma) - digamma(ops.sum(gamma, axis=1, keepdims=True)))
            fit = ops.squeeze(ops.matmul(rows, ops.expand_dims(of_text, -1)), -1)
            shares = known / ops.where(known > 0, ops.maximum(fit, 1e-30), ops.ones_like(fit))
            return alpha + of_text * ops.squeeze(ops.matmul(ops.expand_dims(shares, 1), rows), 1)

        start = ops.ones((ops.shape(ids)[0], self.topics), dtype="float32")
        gamma = ops.fori_loop(0, self.iterations, step, start)
        mixture = gamma / ops.sum(gamma, axis=1, keepdims=True)
        mixture = ops.where(ops.any(known > 0, axis=1, keepdims=True), mixture, ops.zeros_like(mixture))
        return ops.cast(ops.stop_gradient(mixture), self.compute_dtype)

    def compute_output_spec(self, ids: Any) -> keras.KerasTensor:
        return keras.KerasTensor((ids.shape[0], self.topics), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        sizes = {"vocabulary_size": self.vocabulary_size, "topics": self.topics, "iterations": self.iterations}
        return {**super().get_config(), **sizes}


def lda_topics(
    vocabulary_size: int,
    topics: int = 10,
    texts: np.ndarray | None = None,
    iterations: int = 30,
    seed: int = 0,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes the shares of the topics in a text, the topics fitted to the texts of the training split.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        topics: how many topics there are.
        texts: ids (texts, length) to fit to; None leaves all topics alike, for a network whose weights are loaded.
        iterations: how often the shares are improved.
        seed: of the fit.
        name: name of the layer.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to (batch, topics), shares that sum to 1. Without any
        known word the answer is zeros.

    Raises:
        ValueError: if a size is not positive or no text has a known word.

    Example:
        >>> lda_topics(8000, 20, training_ids)(keras.Input((60,), dtype="int32")).shape
        (None, 20)

    Reference:
        Blei 2003, JMLR 3; Hoffman 2010, Online Learning for Latent Dirichlet Allocation, algorithm 1.
    """
    layer = LdaTopics(vocabulary_size, topics, iterations, name=name)
    if texts is not None:
        layer.adapt(texts, seed)
    return layer
