"""Serialised `tf.train.Example`s as raw records: one feature per modality, under the name of its raw input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.attempt_each import attempt_each
from multimodal_zoo.modalities.modality import Modality
from multimodal_zoo.modalities.raw_to_tensors import encode_record

# The input of signatures that take them.
EXAMPLES = "examples"
EMPTY_EXAMPLE = tf.train.Example(features=tf.train.Features()).SerializeToString()


def features_of(modalities: Mapping[str, Modality]) -> dict[str, Any]:
    """The feature specification: a feature that is missing from an Example is an absent modality."""
    features: dict[str, Any] = {}
    for name, modality in modalities.items():
        key = modality.raw_name(name)
        if modality.any_length:
            # An Example holds flat lists: rows of numbers stand one behind the other.
            rows = [tf.io.RaggedFeature.UniformRowLength(size) for size in modality.fixed_raw_shape]
            features[key] = tf.io.RaggedFeature(modality.raw_dtype, partitions=rows)
        else:
            empty = np.full(modality.fixed_raw_shape, modality.raw_empty).tolist()
            features[key] = tf.io.FixedLenFeature(modality.raw_shape, modality.raw_dtype, empty)
    return features


def parse_examples(modalities: Mapping[str, Modality], serialised: tf.Tensor) -> dict[str, tf.Tensor]:
    """Raw values by modality of a `(batch,)` tensor of serialised Examples.

    An Example that cannot be parsed, or in which a feature has the wrong type or count, is a record without any
    modality; the others answer as without it.
    """
    features = features_of(modalities)

    def readable(one: tf.Tensor) -> list[tf.Tensor]:
        return tf.nest.flatten(tf.io.parse_single_example(one, features), expand_composites=True)

    whole, _ = attempt_each(serialised, readable, works=EMPTY_EXAMPLE, finish=lambda *parsed: (), signature=())
    return dense_raw(modalities, tf.io.parse_example(tf.where(whole, serialised, ""), features))


def dense_raw(modalities: Mapping[str, Modality], parsed: Mapping[str, Any]) -> dict[str, tf.Tensor]:
    """Raw values by modality of what `tf.io.parse_example` found by `features_of`, shorter lists filled up."""
    raw = {}
    for name, modality in modalities.items():
        value = parsed[modality.raw_name(name)]
        raw[name] = value.to_tensor(modality.raw_empty) if isinstance(value, tf.RaggedTensor) else value
    return raw


def to_example(modalities: Mapping[str, Modality], record: Mapping[str, Any]) -> tf.train.Example:
    """The Example of one record, for `tf_example`; absent modalities are left out.

    Args:
        modalities: of the bundle.
        record: values by modality, as a person has them.

    Raises:
        ValueError: the record has a key that is none of the modalities, or a value that its modality does not take.

    Example:
        >>> to_example(bundle.modalities, {"report": "Clear lungs."}).SerializeToString()
    """
    features = {}
    for name, value in encode_record(modalities, record).items():
        modality = modalities[name]
        if modality.raw_dtype == tf.string:
            values = value if modality.raw_shape else [value]
            encoded = [one if isinstance(one, bytes) else one.encode() for one in values]
            if not any(encoded):
                continue
            feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=encoded))
        else:
            values = np.asarray(value).reshape(-1).tolist()
            if np.isnan(values).all():
                continue
            feature = tf.train.Feature(float_list=tf.train.FloatList(value=values))
        features[modality.raw_name(name)] = feature
    return tf.train.Example(features=tf.train.Features(feature=features))
