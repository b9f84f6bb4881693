"""A record with its label as a `tf.train.Example`: what the signature `tf_example` takes, and one feature more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality, dense_raw, features_of, to_example
from multimodal_zoo.shards.shard_index import Label, ShardError

LABEL = "label"
# What parsing raises. The message quotes the record, and where that is no text TensorFlow cannot make an error of it.
DOES_NOT_PARSE = (tf.errors.InvalidArgumentError, UnicodeDecodeError)


def require_free_name(modalities: Mapping[str, Modality]) -> None:
    """Refuse a modality whose feature would have the name of the label's."""
    for name, modality in modalities.items():
        if modality.raw_name(name) == LABEL:
            raise ShardError(f"The modality {name!r} has the name that the label has in a record; rename it.")


def labelled_example(modalities: Mapping[str, Modality], record: Mapping[str, Any], label: Label, value: Any) -> bytes:
    """A serialised Example of one record and its label; absent modalities are left out.

    The served signature `tf_example` takes it as it is: it looks at the modalities alone.

    Raises:
        ValueError: the record has a value that its modality does not take, or the label has another shape.
    """
    example = to_example(modalities, record)
    values = np.asarray(value, label.dtype)
    if values.shape != label.shape:
        raise ValueError(f"The label has the shape {values.shape}, expected {label.shape}.")
    feature, flat = example.features.feature[LABEL], values.reshape(-1).tolist()
    if values.dtype.kind in "biu":
        feature.int64_list.value.extend(flat)
    else:
        feature.float_list.value.extend(flat)
    # The same records, the same bytes: two writings can be compared by their checksums.
    return example.SerializeToString(deterministic=True)


def label_feature(label: Label) -> tf.io.FixedLenFeature:
    """How the label is parsed; a record without one does not parse."""
    return tf.io.FixedLenFeature(label.shape, tf.int64 if np.dtype(label.dtype).kind in "biu" else tf.float32)


def parse_labelled(
    modalities: Mapping[str, Modality], label: Label, serialised: tf.Tensor
) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """Raw values by modality, shorter lists filled up, and labels of `(batch,)` serialised Examples.

    Raises:
        tf.errors.InvalidArgumentError, UnicodeDecodeError: one of them does not parse.
    """
    parsed = tf.io.parse_example(serialised, {**features_of(modalities), LABEL: label_feature(label)})
    return dense_raw(modalities, parsed), tf.cast(parsed[LABEL], label.dtype)


def parse_labels(label: Label, serialised: tf.Tensor) -> tf.Tensor:
    """The labels alone."""
    return tf.cast(tf.io.parse_example(serialised, {LABEL: label_feature(label)})[LABEL], label.dtype)


def that_parse(modalities: Mapping[str, Modality], label: Label, serialised: Iterable[bytes]) -> list[bool]:
    """Which of these are Examples with the right features."""

    def parse(batch: list[bytes]) -> list[bool]:
        try:
            parse_labelled(modalities, label, tf.constant(batch, tf.string))
        except DOES_NOT_PARSE:
            if len(batch) == 1:
                return [False]
            middle = len(batch) // 2
            return parse(batch[:middle]) + parse(batch[middle:])
        return [True] * len(batch)

    batch = list(serialised)
    return parse(batch) if batch else []
