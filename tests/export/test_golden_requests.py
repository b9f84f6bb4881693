import json
import math

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.export.golden_requests import (
    GOLDEN_REQUESTS,
    GoldenRequestsError,
    example_records,
    raw,
    raw_inputs,
    read_golden_requests,
    readable,
    write_golden_requests,
)
from multimodal_zoo.modalities import Categorical, Image, MultiCategorical, Numeric

MODALITIES = {
    "image": Image(8, 8, 1),
    "user": Categorical(10).adapt(["ann"]),
    "tags": MultiCategorical(10, 4).adapt([["war"]]),
    "age": Numeric(1).adapt([1.0, 3.0]),
}


def serve(**inputs):
    """An answer that can be worked out by hand: the length of each input's first value."""
    lengths = [tf.strings.length(tf.reshape(inputs[name], [-1])[:1]) for name in ("image_bytes", "user", "tags")]
    return {
        "lengths": tf.stack(lengths, 1),
        "age": inputs["age"],
        "labels": tf.constant(["fièvre"]),
        "given": tf.constant([True]),
    }


def test_records_cover_everything_each_modality_alone_and_nothing():
    records = example_records(MODALITIES)
    assert list(records) == [
        *("everything", "everything, another one"),
        *("image alone", "user alone", "tags alone", "age alone"),
        "nothing",
    ]
    assert list(records["everything"]) == list(MODALITIES) == list(records["everything, another one"])
    assert records["user alone"] == {"user": "ann"} and records["nothing"] == {}


def test_a_record_as_raw_inputs_is_a_batch_of_one():
    inputs = raw_inputs(MODALITIES, {"tags": ["war", "new"]})
    assert inputs["tags"].numpy().tolist() == [[b"war", b"new"]]
    assert inputs["image_bytes"].numpy().tolist() == inputs["user"].numpy().tolist() == [b""]
    assert np.isnan(inputs["age"].numpy()).tolist() == [[True]]


def test_what_is_written_is_read_back(tmp_path):
    path = write_golden_requests(tmp_path, MODALITIES, serve, [{"user": "eve", "age": 2.5}])
    assert path == tmp_path / "assets.extra" / "golden_requests.json"
    requests = {one.title: one for one in read_golden_requests(tmp_path)}
    assert list(requests) == [*example_records(MODALITIES), "record 0"]
    image = MODALITIES["image"].example(0)
    assert requests["everything"].inputs["image_bytes"] == image
    assert requests["everything"].answer["lengths"] == [len(image), 3, 3]
    own = requests["record 0"]
    assert own.inputs == {"image_bytes": b"", "user": "eve", "tags": [""], "age": [2.5]}
    assert own.answer == {"lengths": [0, 3, 0], "age": [2.5], "labels": "fièvre", "given": True}
    assert math.isnan(requests["nothing"].inputs["age"][0])


def test_a_person_can_read_it(tmp_path):
    text = write_golden_requests(tmp_path, MODALITIES, serve).read_text(encoding="utf-8")
    assert '"labels": "fièvre"' in text
    nothing = json.loads(text)["requests"][-1]
    assert nothing["inputs"] == {"image_bytes": {"b64": ""}, "user": "", "tags": [""], "age": [None]}


@pytest.mark.parametrize(
    ("value", "as_bytes", "written"),
    [
        (b"text", False, "text"),
        (b"text", True, {"b64": "dGV4dA=="}),
        (b"\xff", False, {"b64": "/w=="}),
        ([1.5, float("nan"), float("inf")], False, [1.5, None, None]),
        ([[True], [3]], False, [[True], [3]]),
    ],
)
def test_values_as_json(value, as_bytes, written):
    assert readable(value, as_bytes) == written
    if written != [1.5, None, None]:
        assert readable(raw(written), as_bytes or isinstance(written, dict)) == written


def test_none_are_none(tmp_path):
    assert read_golden_requests(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"requests": 3}',
        '{"requests": [{"title": "x"}]}',
        '{"requests": [{"title": "x", "inputs": {"image_bytes": {"b64": "?"}}, "answer": {}}]}',
    ],
)
def test_a_file_that_holds_none(tmp_path, text):
    path = tmp_path / GOLDEN_REQUESTS
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(GoldenRequestsError, match=r"golden_requests\.json holds no golden requests.*Export the model"):
        read_golden_requests(tmp_path)
