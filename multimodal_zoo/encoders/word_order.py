"""Where the words of a padded row of ids stand, and bringing them into another order."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def word_counts(ids: Any) -> Any:
    """Counts the ids of each row that are not padding.

    Args:
        ids: (batch, length) whole numbers, 0 = padding.

    Returns:
        (batch,) int32.

    Example:
        >>> word_counts(np.array([[5, 0, 7], [0, 0, 0]]))
        [2, 0]
    """
    return ops.sum(ops.cast(ops.not_equal(ids, 0), "int32"), axis=-1)


def front_aligned(ids: Any) -> Any:
    """Moves the words of each row to its front, in their order, and the padding behind them.

    Args:
        ids: (batch, length) whole numbers, 0 = padding.

    Returns:
        (batch, length).

    Example:
        >>> front_aligned(np.array([[0, 5, 0, 7]]))
        [[5, 7, 0, 0]]
    """
    length = ids.shape[1] if ids.shape[1] is not None else ops.shape(ids)[1]
    places = ops.expand_dims(ops.arange(length, dtype="int32"), 0)
    # All keys differ, so the order does not hang on whether the backend's sort is stable.
    keys = ops.where(ops.equal(ids, 0), places + length, places)
    return ops.take_along_axis(ids, ops.argsort(keys, axis=-1), axis=-1)


def reversed_words(ids: Any) -> Any:
    """Reverses the words of front-aligned rows; the padding stays behind them.

    Args:
        ids: (batch, length) whole numbers, the words at the front, 0 = padding.

    Returns:
        (batch, length).

    Example:
        >>> reversed_words(np.array([[5, 6, 7, 0]]))
        [[7, 6, 5, 0]]
    """
    length = ids.shape[1] if ids.shape[1] is not None else ops.shape(ids)[1]
    places = ops.expand_dims(ops.arange(length, dtype="int32"), 0)
    last = ops.expand_dims(word_counts(ids), 1) - 1
    return ops.take_along_axis(ids, ops.where(places <= last, last - places, places), axis=-1)


def state_at_last_word(states: Any, ids: Any) -> Any:
    """Picks the state at the last word of each row; zeros where a row has no word.

    Args:
        states: (batch, length, units).
        ids: (batch, length) front-aligned whole numbers, 0 = padding.

    Returns:
        (batch, units).

    Example:
        >>> state_at_last_word(np.array([[[1.], [2.], [3.]]]), np.array([[5, 6, 0]]))
        [[2.]]
    """
    counts = ops.reshape(word_counts(ids), (-1, 1, 1))
    state = ops.take_along_axis(states, ops.maximum(counts - 1, 0), axis=1)
    state = ops.where(counts > 0, state, ops.zeros_like(state))
    return ops.squeeze(state, axis=1)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class FrontAligned(keras.Layer):
    """Moves the words of each row to its front, so that it no longer matters where the padding stood.

    Recurrent layers can then run without a mask, which is quicker and allows their fused kernels, and be read
    at the last word: the state there is exactly what a masked run ends with.

    Args:
        backwards: whether to reverse the words as well.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> FrontAligned()(np.array([[0, 5, 0, 7]]))
        [[5, 7, 0, 0]]
    """

    def __init__(self, backwards: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.backwards = bool(backwards)

    def call(self, ids: Any) -> Any:
        packed = front_aligned(ids)
        return reversed_words(packed) if self.backwards else packed

    def compute_output_spec(self, ids: Any) -> keras.KerasTensor:
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "backwards": self.backwards}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class StateAtLastWord(keras.Layer):
    """Picks the state at the last word of each row; zeros where a row has no word.

    Called with states (batch, length, units) and front-aligned ids (batch, length), returns (batch, units).

    Example:
        >>> StateAtLastWord()(np.array([[[1.], [2.], [3.]]]), np.array([[5, 6, 0]]))
        [[2.]]
    """

    def call(self, states: Any, ids: Any) -> Any:
        return state_at_last_word(states, ids)

    def compute_output_shape(self, states_shape: tuple, ids_shape: tuple) -> tuple:
        return (states_shape[0], states_shape[2])
