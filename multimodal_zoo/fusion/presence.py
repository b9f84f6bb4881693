"""Presence: which modalities of a record are there, and keeping the absent ones silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ModalityDropout(keras.Layer):
    """Declares modalities absent at random while training, so that the network learns to do without.

    Each modality that is there is dropped by itself with probability `rate`. A row that would lose everything
    keeps what it had. An absent modality never returns. Outside training, presence passes unchanged.

    Args:
        rate: probability of dropping, 0 <= rate < 1.
        seed: seed of the draws; None takes one from Keras' global state (`keras.utils.set_random_seed`).
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `rate` is outside [0, 1).

    Example:
        >>> presence = ModalityDropout(0.3)(presence)

    Reference:
        Neverova 2016, arXiv:1501.00102 (ModDrop).
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        # Presence is 0 or 1 in any precision, but a layer that is not autocast hands on the very tensor it
        # got.
        super().__init__(autocast=False, **kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"rate must be at least 0 and below 1; received rate={rate!r}.")
        self.rate = float(rate)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, presence: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return presence
        dropped = keras.random.uniform(ops.shape(presence), seed=self.seed_generator) < self.rate
        kept = ops.where(dropped, ops.zeros_like(presence), presence)
        anything_left = ops.any(kept > 0.5, axis=-1, keepdims=True)
        return ops.where(anything_left, kept, presence)

    def compute_output_shape(self, presence_shape: tuple) -> tuple:
        return presence_shape

    def compute_output_spec(self, presence: Any, training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(presence.shape, dtype=presence.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SilenceAbsent(keras.Layer):
    """Replaces the rows of an absent modality by zeros: nothing of their content, NaN included, goes further.

    Whole numbers become 0, the id of padding. The gradient into an absent row is exactly zero.

    Args:
        column: which column of presence speaks for this modality, from 0.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> report = SilenceAbsent(1)(report, presence=presence)
    """

    def __init__(self, column: int, **kwargs: Any):
        # Not autocast: whole numbers stay whole, and an image is not rounded before its encoder asks for it.
        super().__init__(autocast=False, **kwargs)
        self.column = int(column)

    def call(self, inputs: Any, presence: Any) -> Any:
        there = ops.reshape(presence[:, self.column] > 0.5, (-1,) + (1,) * (len(inputs.shape) - 1))
        return ops.where(there, inputs, ops.zeros_like(inputs))

    def compute_output_shape(self, inputs_shape: tuple, presence_shape: tuple) -> tuple:
        return inputs_shape

    def compute_output_spec(self, inputs: Any, presence: Any) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, dtype=inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "column": self.column}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class PresenceColumns(keras.Layer):
    """Picks columns of presence, in the order given.

    Args:
        columns: which columns, from 0.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> PresenceColumns([2, 0])(presence)
    """

    def __init__(self, columns: Sequence[int], **kwargs: Any):
        super().__init__(autocast=False, **kwargs)
        self.columns = [int(column) for column in columns]

    def call(self, presence: Any) -> Any:
        return ops.stack([presence[:, column] for column in self.columns], axis=-1)

    def compute_output_shape(self, presence_shape: tuple) -> tuple:
        return (presence_shape[0], len(self.columns))

    def compute_output_spec(self, presence: Any) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(presence.shape), dtype=presence.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "columns": self.columns}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class PresenceOfGroups(keras.Layer):
    """Says of groups of modalities whether any member is there: presence (batch, modalities) to (batch, groups).

    Args:
        groups: the columns of each group, from 0.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> PresenceOfGroups([[0, 1], [2]])(np.array([[0., 1., 0.]]))
        [[1., 0.]]
    """

    def __init__(self, groups: Sequence[Sequence[int]], **kwargs: Any):
        super().__init__(autocast=False, **kwargs)
        self.groups = [[int(column) for column in group] for group in groups]

    def call(self, presence: Any) -> Any:
        members = [ops.stack([presence[:, column] for column in group], axis=-1) for group in self.groups]
        return ops.stack([ops.max(one, axis=-1) for one in members], axis=-1)

    def compute_output_spec(self, presence: Any) -> keras.KerasTensor:
        return keras.KerasTensor((presence.shape[0], len(self.groups)), dtype=presence.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": self.groups}


def silence_absent(
    inputs: Mapping[str, Any], modality_dropout: float = 0.0, seed: int | None = None, suffix: str = "if_present"
) -> tuple[dict[str, Any], Any]:
    """Replaces absent modalities by zeros at the door of a model, before any encoder sees them.

    Args:
        inputs: dict of Keras tensors by modality name, and under "presence", where the model has it, the
            (batch, modalities) tensor whose columns are in the order of the other keys.
        modality_dropout: probability of declaring a modality absent while training, see `ModalityDropout`.
        seed: seed of these draws.
        suffix: end of the layers' names; another one for vectors that are made silent behind their encoders, too.

    Returns:
        The dict of modalities without "presence", absent rows zero, and the presence to go on with (after
        modality dropout), or None where the model has none.

    Raises:
        ValueError: if `modality_dropout` is asked for without "presence", or presence has the wrong width.

    Example:
        >>> tensors, presence = silence_absent(inputs, modality_dropout=0.2)
    """
    tensors = {name: tensor for name, tensor in inputs.items() if name != "presence"}
    presence = inputs.get("presence")
    if presence is None:
        if modality_dropout:
            raise ValueError(
                f"modality_dropout={modality_dropout} needs the input 'presence'; "
                "build the model with missing_modalities=True."
            )
        return tensors, None
    if len(presence.shape) != 2 or presence.shape[1] not in (None, len(tensors)):
        raise ValueError(
            f"presence must have the shape (batch, {len(tensors)}), one column for each of {list(tensors)}; "
            f"received the shape {tuple(presence.shape)}."
        )
    if modality_dropout:
        presence = ModalityDropout(modality_dropout, seed, name="modality_dropout")(presence)
    silent = {
        name: SilenceAbsent(column, name=f"{name}_{suffix}")(tensor, presence=presence)
        for column, (name, tensor) in enumerate(tensors.items())
    }
    return silent, presence


def presence_of(presence: Any, modalities: Sequence[str], names: Sequence[str], layer: str | None = None) -> Any:
    """Picks the columns of presence that speak for some of the modalities.

    Args:
        presence: (batch, modalities), or None.
        modalities: the names of all the columns, in their order.
        names: the names to pick, in the order wanted.
        layer: name of the layer that picks them, in a functional model; what starts one network from another finds
            layers by their names.

    Returns:
        (batch, names), or None if `presence` is None.

    Raises:
        ValueError: if a name is not among the modalities.

    Example:
        >>> presence_of(presence, ["image", "report", "age"], ["report"])
    """
    modalities = list(modalities)
    unknown = [name for name in names if name not in modalities]
    if unknown or not names:
        raise ValueError(f"presence_of needs names out of {modalities}; received {list(names)}.")
    if presence is None:
        return None
    columns = [modalities.index(name) for name in names]
    return presence if columns == list(range(len(modalities))) else PresenceColumns(columns, name=layer)(presence)
