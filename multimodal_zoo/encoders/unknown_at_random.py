"""Ids taken for unknown at random in training, so that the network learns what to do with a new one."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

UNKNOWN = 1


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class UnknownAtRandom(keras.Layer):
    """Replaces a share of the ids by that of the unknown (1) while training; 0, which is absent, stays.

    The row of the unknown then learns what is to be said of an item without history, and the rest of the network to
    say the more from its content. Outside training ids pass unchanged.

    Args:
        share: of the ids, in [0, 1).
        seed: of the draws; None takes one from Keras' global state (`keras.utils.set_random_seed`).
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `share` is out of range.

    Example:
        >>> item = UnknownAtRandom(0.5)(item)

    Reference:
        Volkovs 2017, DropoutNet: Addressing Cold Start in Recommender Systems, NeurIPS, section 4.1.
    """

    def __init__(self, share: float, seed: int | None = None, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)
        if not 0 <= share < 1:
            raise ValueError(f"share must be at least 0 and below 1; received share={share!r}.")
        self.share = float(share)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, ids: Any, training: bool = False) -> Any:
        if not training or self.share == 0:
            return ids
        dropped = keras.random.uniform(ops.shape(ids), seed=self.seed_generator) < self.share
        return ops.where(ops.logical_and(dropped, ops.not_equal(ids, 0)), ops.full_like(ids, UNKNOWN), ids)

    def compute_output_spec(self, ids: Any, training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "share": self.share, "seed": self.seed}
