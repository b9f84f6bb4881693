"""What every kind of raw input has in common: one declaration, one implementation of raw -> tensor."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, Self

import keras
import numpy as np
import tensorflow as tf

KINDS: dict[str, type[Modality]] = {}


class Decoded(NamedTuple):
    """A batch of raw values turned into what the network reads.

    `tensor` is `(batch, ...)`; `given` `(batch,)` bool says that the record held something; `present` `(batch,)`
    bool says that it could be read. Given but not present means undecodable.
    """

    tensor: tf.Tensor
    given: tf.Tensor
    present: tf.Tensor


@dataclasses.dataclass(frozen=True)
class Modality:
    """One kind of raw input, declared once and read by the model, `tf.data`, the serving graph and the card.

    Subclasses are frozen dataclasses; what they learn from data (a vocabulary, a mean) is a field too, filled in by
    `adapt`, which returns a new, fitted modality and leaves the old one as it was.
    """

    kind: ClassVar[str]
    raw_dtype: ClassVar[tf.DType] = tf.string
    learned: ClassVar[tuple[str, ...]] = ()
    # Whether the tensor of an absent value differs from that of every real one (id 0 does, a black image does not; a
    # mask does only for the networks that look at it).
    shows_absence: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" in cls.__dict__:
            KINDS[cls.kind] = cls

    # What the network sees ---------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one preprocessed value, without the batch axis."""
        raise TypeError(f"{type(self).__name__} has to say the shape of its tensor")

    @property
    def dtype(self) -> str:
        """Type of the preprocessed values."""
        return "float32"

    @property
    def same_in_any_batch(self) -> bool:
        """Whether a value decodes to the same bits whatever stands beside it; else the last of them may differ."""
        return True

    def input(self, name: str) -> keras.KerasTensor:
        """The `keras.Input` of this modality under `name`."""
        return keras.Input(self.shape, dtype=self.dtype, name=name)

    # What a person has -------------------------------------------------------------------------------------------

    def raw_name(self, name: str) -> str:
        """Name of the raw input in a serving signature (`_bytes` at the end where it carries bytes)."""
        return name

    def raw_spec(self, name: str) -> tf.TensorSpec:
        """The batched raw input of a serving signature."""
        return tf.TensorSpec((None, *self.raw_shape), self.raw_dtype, name=self.raw_name(name))

    @property
    def raw_shape(self) -> tuple[int | None, ...]:
        """Shape of a raw value, None first where that holds any number of things."""
        return ()

    @property
    def fixed_raw_shape(self) -> tuple[int, ...]:
        """`raw_shape` without the axis of any length."""
        return tuple(size for size in self.raw_shape if size is not None)

    @property
    def any_length(self) -> bool:
        """Whether a raw value holds any number of things: ids, readings, frames; a batch fills the shorter ones up."""
        return None in self.raw_shape

    @property
    def raw_empty(self) -> str | float:
        """What stands for nothing in a raw tensor: an empty string, or NaN. Shorter lists are filled up with it."""
        return "" if self.raw_dtype == tf.string else np.nan

    def encode(self, value: Any) -> Any:
        """Turn what a person wrote in a record into the raw value the graph takes (absent -> the empty value)."""
        return "" if value is None else value

    def example(self, seed: int) -> Any:
        """A made-up value that a person could have sent; the same seed, the same value.

        It knows what the modality learned, and nothing else of the data.
        """
        raise TypeError(f"{type(self).__name__} has to give an example of a raw value")

    # Raw -> tensor -----------------------------------------------------------------------------------------------

    def decode(self, raw: tf.Tensor) -> Decoded:
        """Turn a batch of raw values into tensors. Content never raises: what cannot be read is absent."""
        raise TypeError(f"{type(self).__name__} has to say how it is decoded")

    @functools.cached_property
    def decoding(self) -> Callable[[tf.Tensor], Decoded]:
        """`decode` as a graph, traced once for all the pipelines, sketches and exports that call it.

        What tries each element of a batch takes hundreds of operations: traced anew each time, they take longer than
        the rest of a small export; one by one, many times as long as in a graph.
        """
        raw = tf.TensorSpec((None, *self.raw_shape), self.raw_dtype)
        return tf.function(self.decode, input_signature=[raw], autograph=False)

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Vary a batch at random for training. `seed` is an int tensor of shape (2,); the same seed, the same batch."""
        return tensor

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        """What to look at to see whether the inputs of today are like those of the training.

        Args:
            raw, tensor: a batch of raw values that could be read, and what `decode` made of them.

        Returns:
            Flat tensors by name: numbers (float32), or ids (int32) of which the frequency counts.
        """
        return {}

    def adapt(self, values: Iterable[Any]) -> Self:
        """Learn from the raw values of the training split; the kinds that learn nothing return themselves."""
        return self

    def with_learned(self, **learned: Any) -> Self:
        """A copy with other values of the fields named in `learned`."""
        return dataclasses.replace(self, **learned)

    def agree_with(self, fitted: Mapping[str, Modality]) -> Self:
        """Take over what this one shares with others of the same model, `fitted` by name; most share nothing."""
        return self

    def tables(self) -> list[Any]:
        """Lookup tables that an exported graph must keep alive."""
        return []

    # Storage -----------------------------------------------------------------------------------------------------

    def to_config(self) -> dict[str, Any]:
        """JSON-ready description without what was learned (see `learned_state`)."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in self.learned}
        return {
            "kind": self.kind,
            **{key: list(v) if isinstance(v, tuple) else v for key, v in values.items()},
        }

    def learned_state(self) -> dict[str, Any]:
        """JSON-ready values of the learned fields, empty when nothing was learned yet."""
        state = {name: getattr(self, name) for name in self.learned}
        return {key: list(v) for key, v in state.items() if v is not None}

    @staticmethod
    def from_config(config: dict[str, Any], learned: dict[str, Any] | None = None) -> Modality:
        """Rebuild a modality from `to_config` and `learned_state`.

        Raises:
            ValueError: the kind is none of the known ones.
        """
        config = dict(config)
        kind = config.pop("kind", None)
        if kind not in KINDS:
            raise ValueError(f"Unknown kind of modality {kind!r}. Known kinds: {', '.join(sorted(KINDS))}.")
        values = {**config, **(learned or {})}
        return KINDS[kind](**{key: tuple(v) if isinstance(v, list) else v for key, v in values.items()})


def require_positive(owner: str, **values: float) -> None:
    """Raise ValueError naming the first value that is not greater than zero."""
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{owner}: {name} has to be greater than 0, got {value!r}.")


def require_fraction(owner: str, **values: float) -> None:
    """Raise ValueError naming the first value outside 0 <= value < 1."""
    for name, value in values.items():
        if not 0 <= value < 1:
            raise ValueError(f"{owner}: {name} is a share and has to lie in [0, 1), got {value!r}.")
