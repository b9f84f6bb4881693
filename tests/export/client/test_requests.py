import math
from pathlib import Path

import numpy as np
import pytest

from multimodal_zoo.export.client.errors import RecordError
from multimodal_zoo.export.client.requests import columns_of
from multimodal_zoo.export.client.signatures import TensorSpec

INPUTS = {
    one.name: one
    for one in (
        TensorSpec("image_bytes", "string", (None,)),
        TensorSpec("report", "string", (None,)),
        TensorSpec("tags", "string", (None, None)),
        TensorSpec("age", "float32", (None, 1)),
        TensorSpec("vitals", "float32", (None, 3)),
    )
}


def columns(*records):
    return {name: column.tolist() for name, column in columns_of(list(records), INPUTS).items()}


def test_a_full_record_keeps_its_values():
    made = columns_of(
        [{"image_bytes": b"\xff\x00", "report": "né 🫀", "tags": ["a", 7], "age": 41, "vitals": [1, 2.5, -3]}], INPUTS
    )
    assert {name: (column.dtype, column.tolist()) for name, column in made.items()} == {
        "image_bytes": (object, [b"\xff\x00"]),
        "report": (object, ["né 🫀"]),
        "tags": (object, [["a", "7"]]),
        "age": (np.float32, [[41.0]]),
        "vitals": (np.float32, [[1.0, 2.5, -3.0]]),
    }


@pytest.mark.parametrize("absent", [{}, dict.fromkeys(INPUTS), {"tags": [], "vitals": [], "age": "", "report": ""}])
def test_what_is_missing_is_the_empty_value_of_its_type(absent):
    made = columns(absent)
    assert [made[name] for name in ("image_bytes", "report", "tags")] == [[b""], [""], [[""]]]
    assert all(math.isnan(value) for value in made["age"][0] + made["vitals"][0])
    assert (len(made["age"][0]), len(made["vitals"][0])) == (1, 3)


def test_lists_are_filled_up_to_the_longest_of_the_batch():
    made = columns({"tags": ["a"]}, {"tags": ["b", "c", "d"]}, {}, {"tags": "alone"}, {"tags": ["e", None, "", "f"]})
    assert made["tags"] == [["a", "", ""], ["b", "c", "d"], ["", "", ""], ["alone", "", ""], ["e", "f", ""]]


def test_zero_bytes_at_the_end_of_an_image_stay():
    assert columns({"image_bytes": b"a\x00\x00"})["image_bytes"] == [b"a\x00\x00"]


def test_bytes_come_by_the_name_of_the_modality_from_a_path_and_from_a_buffer(tmp_path):
    (tmp_path / "one.png").write_bytes(b"\x89PNG")
    made = columns({"image": tmp_path / "one.png"}, {"image": memoryview(b"two")}, {"image": ""})
    assert made["image_bytes"] == [b"\x89PNG", b"two", b""]


def test_a_list_of_a_fixed_length_is_filled_up_and_not_cut():
    fixed = {"tags": TensorSpec("tags", "string", (None, 3))}
    assert columns_of([{"tags": ["a"]}], fixed)["tags"].tolist() == [["a", "", ""]]
    with pytest.raises(RecordError, match="Record 1 has 4 values in tags, which takes 3 at most"):
        columns_of([{}, {"tags": ["a", "b", "c", "d"]}], fixed)


def test_one_string_for_each_record_may_have_a_dimension_of_its_own():
    column = columns_of([{"report": "a"}, {}], {"report": TensorSpec("report", "string", (None, 1))})["report"]
    assert column.tolist() == [["a"], [""]]


def test_a_shape_the_server_does_not_give_follows_the_values():
    unknown = {"x": TensorSpec("x", "string", None), "n": TensorSpec("n", "float32", None)}
    made = columns_of([{"x": ["a", "b"], "n": 1}, {"n": 2}], unknown)
    assert (made["x"].tolist(), made["n"].tolist()) == ([["a", "b"], ["", ""]], [1.0, 2.0])


def test_an_unknown_key_is_refused_with_the_known_ones():
    with pytest.raises(RecordError) as caught:
        columns({"report": "fine"}, {"reprot": "typo"})
    assert str(caught.value) == (
        "Record 1 has the unknown key 'reprot'. The model takes: image_bytes, report, tags, age, vitals."
    )
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            {"image_bytes": "chest.png"},
            "image_bytes takes bytes, got str. Give the content of the file, or the file as",
        ),
        ({"image": b"a", "image_bytes": b"b"}, "gives image_bytes twice"),
        ({"report": {"text": 1}}, "report takes a string, got dict"),
        ({"report": float("nan")}, "report takes a string, got float nan"),
        ({"report": "broken \ud800"}, "a character that UTF-8 cannot write .* at position 7"),
        ({"vitals": [1, 2]}, r"vitals takes the shape \(3,\), got \(2,\)"),
        ({"vitals": [[1], [2, 3]]}, "vitals takes float32"),
        ({"vitals": "abc"}, "vitals takes float32, got 'abc'"),
        ({"age": 1e300}, "age takes float32, got 1e.300"),
        ("text", "Record 0 is a str, expected a dict"),
    ],
)
def test_a_value_that_does_not_fit_is_named(record, message):
    with pytest.raises(RecordError, match=message):
        columns(record)


def test_one_record_without_its_list_is_named():
    with pytest.raises(RecordError, match="Got one record, expected a list"):
        columns_of({"report": "text"}, INPUTS)


def test_whole_numbers_are_neither_invented_nor_bent():
    ids = {"ids": TensorSpec("ids", "uint8", (None, 2))}
    assert columns_of([{"ids": [1, 255]}], ids)["ids"].tolist() == [[1, 255]]
    with pytest.raises(RecordError, match="Record 1 lacks ids, and uint8 has no empty value"):
        columns_of([{"ids": [1, 2]}, {}], ids)
    for wrong in ([1.5, 2], [1, 256], [-1, 2]):
        with pytest.raises(RecordError, match="uint8, which cannot hold"):
            columns_of([{"ids": wrong}], ids)


def test_preprocessed_tensors_have_no_empty_value():
    inputs = {
        "image": TensorSpec("image", "float32", (None, 2, 2, 1)),
        "presence": TensorSpec("p", "float32", (None, 2)),
    }
    image = np.arange(4.0).reshape(2, 2, 1)
    made = columns_of([{"image": image, "presence": [1, 0]}], inputs, may_lack=False)
    np.testing.assert_array_equal(made["image"], image[None].astype("float32"))
    with pytest.raises(RecordError, match="Record 0 lacks presence. This signature takes preprocessed tensors"):
        columns_of([{"image": image}], inputs, may_lack=False)
    with pytest.raises(RecordError, match=r"image takes the shape \(2, 2, 1\), got \(2, 2\)"):
        columns_of([{"image": image[..., 0], "presence": [1, 0]}], inputs, may_lack=False)


def test_a_file_that_is_not_there_keeps_its_error():
    with pytest.raises(FileNotFoundError):
        columns({"image": Path("/nowhere/none.png")})


ROWS = {
    "sensors": TensorSpec("sensors", "float32", (None, None, 2)),
    "speed": TensorSpec("speed", "float32", (None, None, 1)),
    "clip_bytes": TensorSpec("clip_bytes", "string", (None, None)),
}


def test_rows_of_numbers_are_filled_up_with_nan_and_frames_with_nothing():
    made = columns_of(
        [{"sensors": [[1, 2]], "speed": [5, 6]}, {"sensors": [[3, 4], [5, 6]], "clip": [b"a\0", b"b"]}, {"clip": b"g"}],
        ROWS,
    )
    nan = math.nan
    np.testing.assert_array_equal(made["sensors"], [[[1, 2], [nan, nan]], [[3, 4], [5, 6]], [[nan, nan], [nan, nan]]])
    np.testing.assert_array_equal(made["speed"], [[[5], [6]], [[nan], [nan]], [[nan], [nan]]])
    assert made["clip_bytes"].tolist() == [[b"", b""], [b"a\0", b"b"], [b"g", b""]]
    assert made["sensors"].dtype == np.float32
    assert columns_of([{}], ROWS)["sensors"].shape == (1, 1, 2)


def test_rows_of_another_width_are_refused():
    with pytest.raises(RecordError, match=r"Record 1: sensors takes the shape \(None, 2\), got \(1, 3\)"):
        columns_of([{}, {"sensors": [[1, 2, 3]]}], ROWS)
