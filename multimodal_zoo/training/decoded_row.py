"""A decoded record as a row of numbers of a fixed width: all that a batch is made of, and back without a change."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality, Tensors
from multimodal_zoo.shards.shard_index import Label

# What stands in a row for each modality; nothing was given, or it was read, or it could not be.
ABSENT, PRESENT, UNDECODABLE = 0, 1, 2


@dataclasses.dataclass(frozen=True)
class Field:
    """One tensor of a record: its type and shape."""

    dtype: tf.DType
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        """int32 numbers that it takes in a row, the last one filled up."""
        return -(-math.prod(self.shape) * self.dtype.size // 4)

    def pack(self, values: tf.Tensor) -> tf.Tensor:
        """`(batch, ...)` values as `(batch, numbers)` int32, the same bits."""
        if values.dtype != self.dtype:
            raise TypeError(f"Expected {self.dtype.name}, got {values.dtype.name}.")
        flat = tf.reshape(values, [tf.shape(values)[0], math.prod(self.shape)])
        if self.dtype == tf.bool:
            flat = tf.cast(flat, tf.uint8)
        if self.dtype.size < 4:
            together = 4 // self.dtype.size
            flat = tf.pad(flat, [[0, 0], [0, self.numbers * together - math.prod(self.shape)]])
            flat = tf.reshape(flat, [-1, self.numbers, together])
        return tf.reshape(tf.bitcast(flat, tf.int32), [-1, self.numbers])

    def unpack(self, numbers: tf.Tensor) -> tf.Tensor:
        """What `pack` was given."""
        stored = tf.uint8 if self.dtype == tf.bool else self.dtype
        if self.dtype.size > 4:
            numbers = tf.reshape(numbers, [-1, math.prod(self.shape), self.dtype.size // 4])
        flat = tf.bitcast(numbers, stored)
        if self.dtype.size < 4:
            flat = tf.reshape(flat, [-1, self.numbers * 4 // self.dtype.size])[:, : math.prod(self.shape)]
        if self.dtype == tf.bool:
            flat = tf.cast(flat, tf.bool)
        return tf.reshape(flat, [-1, *self.shape])


@dataclasses.dataclass(frozen=True)
class DecodedRow:
    """What a row holds: what was read of each modality, whether it could be, and the label.

    Args:
        modalities: by name, each of a fixed shape.
        label: type and shape of one label.

    Example:
        >>> row = DecodedRow({"age": Numeric(1)}, Label("int32"))
        >>> row.numbers
        3
    """

    modalities: Mapping[str, Modality]
    label: Label

    @property
    def fields(self) -> list[Field]:
        """State of the modalities, each modality, label."""
        content = [Field(tf.as_dtype(one.dtype), tuple(one.shape)) for one in self.modalities.values()]
        label = Field(tf.as_dtype(np.dtype(self.label.dtype)), tuple(self.label.shape))
        return [Field(tf.uint8, (len(content),)), *content, label]

    @property
    def numbers(self) -> int:
        """int32 numbers of a row."""
        return sum(field.numbers for field in self.fields)

    def pack(self, tensors: Tensors, labels: tf.Tensor) -> tf.Tensor:
        """Rows `(batch, numbers)` of a decoded batch."""
        state = tf.where(tensors.undecodable, UNDECODABLE, tf.where(tensors.presence > 0, PRESENT, ABSENT))
        values = [tf.cast(state, tf.uint8), *(tensors.content[name] for name in self.modalities), labels]
        return tf.concat([field.pack(value) for field, value in zip(self.fields, values, strict=True)], 1)

    def unpack(self, rows: tf.Tensor) -> tuple[Tensors, tf.Tensor]:
        """The decoded batch and its labels, as `pack` was given them."""
        pieces = tf.split(rows, [field.numbers for field in self.fields], axis=1)
        state, *content, labels = (field.unpack(one) for field, one in zip(self.fields, pieces, strict=True))
        presence, undecodable = tf.cast(state == PRESENT, tf.float32), state == UNDECODABLE
        return Tensors(dict(zip(self.modalities, content, strict=True)), presence, undecodable), labels
