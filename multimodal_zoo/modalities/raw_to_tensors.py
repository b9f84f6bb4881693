"""The one way from raw records to what a model reads, used by training and by the serving graph alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.modality import Decoded, Modality


class Tensors(NamedTuple):
    """A batch as the network reads it.

    `content` maps each modality to its tensor; `presence` is `(batch, modalities)` float32, 1 where it could be read;
    `undecodable` is `(batch, modalities)` bool, True where something was given that could not be read.
    """

    content: dict[str, tf.Tensor]
    presence: tf.Tensor
    undecodable: tf.Tensor


def of_fixed_shape(modalities: Mapping[str, Modality], raw: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor | Decoded]:
    """A batch of raw values of which those of any length are decoded: two such batches can be put together."""
    return {name: one.decoding(raw[name]) if one.any_length else raw[name] for name, one in modalities.items()}


def raw_to_tensors(modalities: Mapping[str, Modality], raw: Mapping[str, tf.Tensor | Decoded]) -> Tensors:
    """Decode a batch of raw values, `raw[name]` for each modality; those that are decoded already stay as they are."""
    decoded = {
        name: values if isinstance(values := raw[name], Decoded) else one.decoding(values)
        for name, one in modalities.items()
    }
    present = tf.stack([one.present for one in decoded.values()], axis=1)
    given = tf.stack([one.given for one in decoded.values()], axis=1)
    content = {name: one.tensor for name, one in decoded.items()}
    return Tensors(content, tf.cast(present, tf.float32), given & ~present)


def encode_record(modalities: Mapping[str, Modality], record: Mapping[str, Any]) -> dict[str, Any]:
    """The raw values of one record; a missing key or None is an absent modality.

    Raises:
        ValueError: the record has a key that is none of the modalities.
    """
    unknown = [name for name in record if name not in modalities]
    if unknown:
        raise ValueError(f"Unknown modality {unknown[0]!r} in the record. The model takes: {', '.join(modalities)}.")
    return {name: modality.encode(record.get(name)) for name, modality in modalities.items()}


def batch_records(modalities: Mapping[str, Modality], records: list[Mapping[str, Any]]) -> dict[str, tf.Tensor]:
    """Stack records into batched raw tensors, lists filled up with empty strings, rows of numbers with NaN.

    Example:
        >>> batch_records({"tags": MultiCategorical(10, 4)}, [{"tags": ["a", "b"]}, {}])["tags"].numpy().tolist()
        [[b'a', b'b'], [b'', b'']]
    """
    return stack_raw(modalities, [encode_record(modalities, record) for record in records])


def stack_raw(modalities: Mapping[str, Modality], rows: list[Mapping[str, Any]]) -> dict[str, tf.Tensor]:
    """Stack raw values, as `Modality.encode` makes them, into batched tensors, filled up as `batch_records` does."""
    batch = {}
    for name, modality in modalities.items():
        values = [row[name] for row in rows]
        batch[name] = tf.constant(filled_up(values, modality) if modality.any_length else values, modality.raw_dtype)
    return batch


def filled_up(values: list[Any], modality: Modality) -> np.ndarray:
    """Lists of any length as one array of the longest, one at least."""
    longest = max([1, *(len(value) for value in values)])
    shape = (len(values), longest, *modality.fixed_raw_shape)
    array = np.full(shape, modality.raw_empty, modality.raw_dtype.as_numpy_dtype)
    for row, value in zip(array, values, strict=True):
        if len(value):
            row[: len(value)] = value
    return array
