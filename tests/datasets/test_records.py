import numpy as np
import pytest

from multimodal_zoo.datasets import Records, UnknownName, column


@pytest.fixture
def records():
    return Records(
        {
            "image": column([b"\xff\x00", b"", b"x"]),
            "plot": column(["ein Wal", "", "d\u00e9j\u00e0"]),
            "genres": column([["War", "Drama"], [], ["War"]]),
            "age": np.array([[1.5], [np.nan], [3.0]], np.float32),
        },
        np.array([1, 0, 2], np.int32),
    )


def test_length_and_single_record(records):
    assert len(records) == 3
    record, label = records[0]
    assert (record["image"], record["plot"], record["genres"], label) == (
        b"\xff\x00",
        "ein Wal",
        ["War", "Drama"],
        1,
    )
    assert records[-1][0]["age"].tolist() == [3.0]
    with pytest.raises(IndexError):
        records[3]


def test_take_by_position_and_by_mask(records):
    assert records.take([2, 0, 2]).labels.tolist() == [2, 1, 2]
    assert records.take([2, 0]).columns["genres"].tolist() == [["War"], ["War", "Drama"]]
    assert records.take(np.array([False, True, True])).columns["plot"].tolist() == ["", "d\u00e9j\u00e0"]
    assert len(records.take([])) == 0


def test_without_drops_columns_and_names_the_unknown(records):
    assert list(records.without("image", "age").columns) == ["plot", "genres"]
    with pytest.raises(UnknownName, match="'imag'.*Did you mean 'image'.*age, genres, image, plot"):
        records.without("imag")


def test_dataset_yields_the_raw_values_one_at_a_time(records):
    got = list(records.dataset().as_numpy_iterator())
    assert [label for _, label in got] == [1, 0, 2]
    assert [record["image"] for record, _ in got] == [b"\xff\x00", b"", b"x"]
    assert [record["plot"].decode() for record, _ in got] == ["ein Wal", "", "d\u00e9j\u00e0"]
    assert [record["genres"].tolist() for record, _ in got] == [[b"War", b"Drama"], [], [b"War"]]
    np.testing.assert_array_equal([record["age"] for record, _ in got], [[1.5], [np.nan], [3.0]])


def test_dataset_can_be_batched_with_padding(records):
    record, _ = next(iter(records.without("image").dataset().padded_batch(3)))
    assert record["genres"].numpy().tolist() == [[b"War", b"Drama"], [b"", b""], [b"War", b""]]


def test_a_column_of_only_empty_lists_stays_a_column_of_lists():
    data = Records({"genres": column([[], []])}, np.zeros(2, np.int32)).dataset()
    assert [record["genres"].tolist() for record, _ in data.as_numpy_iterator()] == [[], []]


def test_columns_of_another_length_are_refused():
    with pytest.raises(ValueError, match="'plot' has 1 rows and there are 2 labels"):
        Records({"plot": column(["a"])}, np.zeros(2))


def test_equally_long_lists_stay_lists():
    values = column([["a", "b"], ["c", "d"]])
    assert values.shape == (2,)
    assert values[1] == ["c", "d"]


def test_digest_sees_every_value_label_and_their_order(records):
    same = Records({name: values.copy() for name, values in records.columns.items()}, records.labels.copy())
    assert same.digest() == records.digest()
    others = [
        records.take([0, 2, 1]),
        records.without("age"),
        Records(records.columns, np.array([1, 0, 3], np.int32)),
        Records({**records.columns, "plot": column(["ein Wa", "l", "d\u00e9j\u00e0"])}, records.labels),
        Records({**records.columns, "genres": column([["War"], ["Drama"], ["War"]])}, records.labels),
    ]
    assert len({one.digest() for one in [records, *others]}) == len(others) + 1


def test_rows_of_numbers_and_lists_of_frames():
    sensors = [np.float32([[1, 2], [3, np.nan]]), np.zeros((0, 2), "float32"), np.float32([[5, 6]])]
    columns = {"sensors": column(sensors), "clip": column([[b"a\0", b"\xff"], [], [b"b"]])}
    records = Records(columns, np.zeros(3, np.int32))
    got = [record for record, _ in records.dataset().as_numpy_iterator()]
    for record, wanted in zip(got, sensors, strict=True):
        np.testing.assert_array_equal(record["sensors"], wanted)
    assert [record["clip"].tolist() for record in got] == [[b"a\0", b"\xff"], [], [b"b"]]
    others = [column([[b"a", b"\0\xff"], [], [b"b"]]), column([[b"a\0\xff"], [], [b"b"]])]
    digests = {Records({**columns, "clip": one}, records.labels).digest() for one in (columns["clip"], *others)}
    assert len(digests) == 3


def test_a_label_of_several_numbers():
    labels = np.float32([[1, 2], [3, 4], [5, 6]])
    records = Records({"age": np.zeros((3, 1), np.float32)}, labels)
    assert records[1][1] == [3.0, 4.0] and records.take([2]).labels.tolist() == [[5.0, 6.0]]
    np.testing.assert_array_equal([label for _, label in records.dataset().as_numpy_iterator()], labels)
    assert records.digest() != Records(records.columns, labels[:, ::-1].copy()).digest()
