"""Serialised Examples: the same raw values come back, and a broken one harms no other."""

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import (
    Categorical,
    Image,
    MultiCategorical,
    Numeric,
    Series,
    Text,
    Video,
    batch_records,
    parse_examples,
    to_example,
)

MODALITIES = {
    "image": Image(4, 4, 1),
    "report": Text(20, 4),
    "user": Categorical(10),
    "tags": MultiCategorical(10, 3),
    "age": Numeric(2),
    "sensors": Series(2, 4),
    "clip": Video(2, 4, 4),
}
RECORDS = [
    {"image": b"\x89PNG", "report": "Dr\u00fcse", "user": "7", "tags": ["a", "b", "c"], "age": [1.5, 2.0]}
    | {"sensors": [[1, 2], [np.nan, 4], [5, 6]], "clip": [b"GIF8\0", b"\xff\0"]},
    {"report": "alone"},
    {},
    {"tags": ["a"], "age": [np.nan, 3.0], "sensors": [[7, 8]], "clip": [b"x"]},
]


def serialised(records=RECORDS):
    return [to_example(MODALITIES, record).SerializeToString() for record in records]


def assert_same(found, wanted):
    for name in MODALITIES:
        np.testing.assert_array_equal(found[name].numpy(), wanted[name].numpy(), err_msg=name)


def test_the_raw_values_come_back():
    assert_same(parse_examples(MODALITIES, tf.constant(serialised())), batch_records(MODALITIES, RECORDS))


def test_what_is_absent_is_left_out_of_the_example():
    assert dict(to_example(MODALITIES, {}).features.feature) == {}
    assert list(to_example(MODALITIES, {"report": "x"}).features.feature) == ["report"]


def test_a_broken_example_is_a_record_without_anything_and_harms_no_other():
    wrong_type = tf.train.Example()
    wrong_type.features.feature["age"].bytes_list.value.append(b"old")
    wrong_count = tf.train.Example()
    wrong_count.features.feature["age"].float_list.value.append(1.0)
    half_a_row = tf.train.Example()
    half_a_row.features.feature["sensors"].float_list.value.extend([1.0, 2.0, 3.0])
    good = serialised()
    broken = [b"\xff\xff no proto", wrong_type.SerializeToString(), wrong_count.SerializeToString(), good[0][:-3]]
    mixed = [good[0], *broken, half_a_row.SerializeToString(), good[3]]
    found = tf.function(lambda one: parse_examples(MODALITIES, one), autograph=False)(tf.constant(mixed))
    assert_same(found, batch_records(MODALITIES, [RECORDS[0], {}, {}, {}, {}, {}, RECORDS[3]]))
