"""The memory fusion network: what changes in the memories of several LSTMs is written to a common one."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.masked_softmax import masked_softmax
from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.sequence_operator import SequenceFusion


@register_fusion("memory_fusion")
class MemoryFusion(SequenceFusion):
    """Reads aligned sequences with an LSTM each, and their common changes with a gated memory.

    At each step t, with c the memories of all the LSTMs side by side: d = [c_(t-1); c_t];
    d' = d * softmax(D_a(d));  u_t = sigmoid(D_1(d')) * u_(t-1) + sigmoid(D_2(d')) * tanh(D_u(d')).
    f = [h_1; ...; h_n; u] W, with h and u of the last step. Each D is a dense layer with ReLU and a linear
    one.

    The modalities must be aligned: step t of each is the same moment, so all have as many steps; what has
    padding in some modality only, say words without a face, is told by masks. An LSTM stands still where its
    modality has no step, and the common memory where none has. An absent modality stays at the zero state.
    With everything absent the answer is the zero vector.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width of the state of each LSTM; None takes `dim`.
        memory_units: width of u and of the hidden layers of D; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if the modalities do not have the same number of steps.

    Example:
        >>> fuse("memory_fusion", 64)({"text": words, "audio": per_word, "vision": faces}, masks={"text": ids})

    Reference:
        Zadeh 2018, arXiv:1802.00927, section 3 (system of LSTMs, delta-memory attention, multi-view gated
        memory).
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        units: int | None = None,
        memory_units: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, **kwargs)
        for name, value in (("units", units), ("memory_units", memory_units)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be positive; received {name}={value!r}.")
        self.units = units
        self.memory_units = memory_units

    def check_steps(self, steps: dict[str, int | None]) -> None:
        known = {count for count in steps.values() if count is not None}
        if len(known) > 1:
            raise ValueError(
                f"memory_fusion needs aligned modalities, all of the same number of steps; received the steps {steps}. "
                "Align them first, or name an operator that needs no alignment, such as cross_modal_transformer."
            )

    def build_operator(self, widths: dict[str, int]) -> None:
        cell = MemoryFusionCell(
            list(widths.values()),
            self.units or self.dim,
            self.memory_units or self.dim,
            dtype=self.dtype_policy,
            name="cell",
        )
        self.network = keras.layers.RNN(cell, dtype=self.dtype_policy, name="network")
        self.network.build((None, None, sum(widths.values()) + len(widths)))
        self.projection = keras.layers.Dense(self.dim, use_bias=False, dtype=self.dtype_policy, name="projection")
        self.projection.build((None, cell.output_size))

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        flags = ops.cast(ops.stack(list(there.values()), axis=-1), self.compute_dtype)
        return self.projection(self.network(ops.concatenate([*tokens.values(), flags], axis=-1)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "memory_units": self.memory_units}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MemoryFusionCell(keras.layers.Layer):
    """One step of the memory fusion network, for `keras.layers.RNN`.

    Takes (batch, sum of widths + modalities): the encodings side by side, then for each modality 1 where the
    step is there and 0 where its LSTM stands still. The states are h and c of each LSTM, then u; the answer
    is [h_1; ...; h_n; u].

    Args:
        widths: of the encodings.
        units: width of the state of each LSTM.
        memory_units: width of u and of the hidden layers.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> keras.layers.RNN(MemoryFusionCell([300, 74], 32, 64))(encodings_and_flags)
    """

    def __init__(self, widths: list[int], units: int, memory_units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.widths = [int(width) for width in widths]
        self.units = int(units)
        self.memory_units = int(memory_units)
        self.state_size = [self.units] * (2 * len(self.widths)) + [self.memory_units]
        self.output_size = self.units * len(self.widths) + self.memory_units

    def build(self, inputs_shape: tuple) -> None:
        self.lstms = [
            keras.layers.LSTMCell(self.units, dtype=self.dtype_policy, name=f"lstm_{index}")
            for index in range(1, len(self.widths) + 1)
        ]
        for lstm, width in zip(self.lstms, self.widths, strict=True):
            lstm.build((None, width))
        memories = 2 * self.units * len(self.widths)
        self.attention = self._network("attention", memories, memories)
        self.update = self._network("update", memories, self.memory_units, "tanh")
        self.retain = self._network("retain", memories, self.memory_units, "sigmoid")
        self.admit = self._network("admit", memories, self.memory_units, "sigmoid")

    def _network(self, name: str, width: int, units: int, activation: str | None = None) -> list[keras.layers.Dense]:
        policy = self.dtype_policy
        hidden = keras.layers.Dense(self.memory_units, activation="relu", dtype=policy, name=f"{name}_hidden")
        hidden.build((None, width))
        output = keras.layers.Dense(units, activation=activation, dtype=policy, name=name)
        output.build((None, self.memory_units))
        return [hidden, output]

    def call(self, inputs: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        count = len(self.widths)
        *encodings, flags = ops.split(inputs, [sum(self.widths[: index + 1]) for index in range(count)], axis=-1)
        there = ops.greater(flags, 0.5)
        before, memory = list(states[:-1]), states[-1]
        after = []
        for index, (lstm, encoding) in enumerate(zip(self.lstms, encodings, strict=True)):
            old = before[2 * index : 2 * index + 2]
            _, new = lstm(encoding, old)
            after += [ops.where(there[:, index : index + 1], *pair) for pair in zip(new, old, strict=True)]

        memories = ops.concatenate([*before[1::2], *after[1::2]], axis=-1)
        weights = masked_softmax(apply_all(self.attention, memories))
        attended = memories * ops.cast(weights, memories.dtype)
        moved = apply_all(self.retain, attended) * memory + apply_all(self.admit, attended) * apply_all(
            self.update, attended
        )
        memory = ops.where(ops.any(there, axis=-1, keepdims=True), moved, memory)
        return ops.concatenate([*after[::2], memory], axis=-1), [*after, memory]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "widths": self.widths,
            "units": self.units,
            "memory_units": self.memory_units,
        }


def apply_all(layers: list[Any], inputs: Any) -> Any:
    """Puts inputs through layers, one after the other.

    Args:
        layers: callables.
        inputs: what the first takes.

    Returns:
        What the last answers.

    Example:
        >>> apply_all([np.negative, np.exp], 0.0)
        1.0
    """
    for layer in layers:
        inputs = layer(inputs)
    return inputs
