"""Target attention: what of a history matters to this candidate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ActivationUnit(keras.Layer):
    """Sums the vectors of a history, each weighted by how relevant it is to the candidate: v = sum_j a(e_j, c) e_j.

    a is a small network of PReLU layers and a linear one over [e_j; c; e_j - c; e_j * c]. The weights are not
    normalised: the length of v tells how strong the interest is.

    Called with candidates (batch, dim), histories (batch, steps, dim) and their ids (batch, steps), 0 = padding,
    returns (batch, dim). Without any step the answer is zeros.

    Args:
        units: hidden units of a.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> ActivationUnit((36,))(candidate, history, ids)    # (batch, 16), (batch, 50, 16), (batch, 50)

    Reference:
        Zhou 2018, arXiv:1706.06978, section 4.3, equation 3.
    """

    def __init__(self, units: Sequence[int] = (36,), **kwargs: Any):
        super().__init__(**kwargs)
        if not units or min(units) < 1:
            raise ValueError(f"units must be at least one positive number; received {units!r}.")
        self.units = tuple(int(count) for count in units)

    def build(self, candidate_shape: tuple, history_shape: tuple, ids_shape: tuple) -> None:
        steps, width = history_shape[1], 4 * history_shape[2]
        self.hidden, self.bends = [], []
        for number, count in enumerate(self.units, 1):
            dense = keras.layers.Dense(count, dtype=self.dtype_policy, name=f"hidden_{number}")
            dense.build((None, steps, width))
            # One slope for each unit, shared by the steps.
            bend = keras.layers.PReLU(
                alpha_initializer=keras.initializers.Constant(0.25),
                shared_axes=[1],
                dtype=self.dtype_policy,
                name=f"prelu_{number}",
            )
            bend.build((None, steps, count))
            self.hidden.append(dense)
            self.bends.append(bend)
            width = count
        self.scorer = keras.layers.Dense(1, dtype=self.dtype_policy, name="relevance")
        self.scorer.build((None, steps, width))

    def relevance(self, candidate: Any, history: Any) -> Any:
        """The weights a(e_j, c), (batch, steps, 1)."""
        candidate = ops.broadcast_to(ops.expand_dims(candidate, 1), ops.shape(history))
        features = ops.concatenate([history, candidate, history - candidate, history * candidate], axis=-1)
        for dense, bend in zip(self.hidden, self.bends, strict=True):
            features = bend(dense(features))
        return self.scorer(features)

    def call(self, candidate: Any, history: Any, ids: Any) -> Any:
        weighted = self.relevance(candidate, history) * history
        there = ops.expand_dims(ops.not_equal(ids, 0), -1)
        return ops.sum(ops.where(there, weighted, ops.zeros_like(weighted)), axis=1)

    def compute_output_shape(self, candidate_shape: tuple, history_shape: tuple, ids_shape: tuple) -> tuple:
        return candidate_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def target_attention(units: Sequence[int] = (36,), name: str | None = "interest") -> Callable[..., Any]:
    """Makes the local activation unit of DIN: the interest of a user with regard to one candidate.

    Args:
        units: hidden units of the network that says how relevant a step of the history is.
        name: name of the layer.

    Returns:
        A callable `(candidate, history, ids)`: the candidate's vector (batch, dim), those of the history
        (batch, steps, dim) from the same table, and its ids (batch, steps), 0 = padding; to (batch, dim). Where the
        padding stands, and how much there is, makes no difference; without any step the answer is zeros.

    Raises:
        ValueError: if there are no units.

    Example:
        >>> interest = target_attention((36,))(embed(item), embed(history), history)

    Reference:
        Zhou 2018, arXiv:1706.06978, section 4.3. Beside the two vectors the paper's network sees their outer product;
        here, as in the authors' code, their difference and their product entry by entry.
    """
    layer = ActivationUnit(units, name=name)

    def call(candidate: Any, history: Any, ids: Any) -> Any:
        return layer(candidate, history, ids)

    return call
