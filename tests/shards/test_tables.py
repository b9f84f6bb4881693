"""Rows of CSV, JSON lines and Parquet files become the same shards, whatever the file."""

import base64
import csv
import importlib.util
import json

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import parse_examples
from multimodal_zoo.shards import ShardError, load_shards, read_tables, table_file, write_shards

SCHEMA = {
    "name": "films",
    "task": "classification",
    "modalities": {
        "poster": {"kind": "image", "height": 4, "width": 4},
        "plot": {"kind": "text", "vocabulary_size": 50, "length": 8},
        "genres": {"kind": "multi_categorical", "vocabulary_size": 9, "length": 3},
        "budget": {"kind": "numeric", "size": 2},
        "takings": {"kind": "series", "features": 1, "steps": 4},
    },
    "columns": {"poster": "file"},
    "label": "liked",
    "class_names": ["no", "yes"],
    "split": "part",
}
PNG = tf.io.encode_png(np.full((2, 2, 3), 7, "uint8")).numpy()
# The text has what CSV needs quotes for: a comma, a quote, a line break, and letters of two bytes.
ROWS = [
    {
        "file": "a.png" if number % 3 else None,
        "plot": f'K\u00e4se, "no"\nfilm {number}',
        "genres": ["war", "drama"][: number % 3],
        "budget": [number, 0.5],
        "takings": [[1.0], [float(number)]] if number % 2 else None,
        "liked": ("no", "yes")[number % 2],
        "part": ("train", "train", "validation", "test")[number % 4],
    }
    for number in range(14)
]
PARQUET = pytest.param(
    "films.parquet", marks=pytest.mark.skipif(not importlib.util.find_spec("pyarrow"), reason="needs pyarrow")
)


def write_table(path, rows, folder):
    (folder / "a.png").write_bytes(PNG)
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            for row in rows:
                cells = {name: json.dumps(cell) if isinstance(cell, list) else cell for name, cell in row.items()}
                # A list may be written as JSON or between commas.
                writer.writerow({**cells, "genres": ",".join(row["genres"])})
    elif path.suffix == ".jsonl":
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    else:
        import pyarrow as arrow
        import pyarrow.parquet

        with_bytes = [{**row, "file": {"bytes": PNG, "path": "a.png"} if row["file"] else None} for row in rows]
        arrow.parquet.write_table(arrow.Table.from_pylist(with_bytes), path, row_group_size=5)


@pytest.mark.parametrize("name", ["films.csv", "films.jsonl", PARQUET])
def test_rows_become_records(tmp_path, name):
    write_table(tmp_path / name, ROWS, tmp_path)
    source = read_tables([tmp_path / name], SCHEMA)
    index = write_shards(source, tmp_path / "shards", records_per_shard=3)
    data = load_shards(tmp_path / "shards")
    assert (data.card.name, data.card.task, data.class_names) == ("films", "classification", ("no", "yes"))
    assert index.label.dtype == "int32"
    for split in ("train", "validation", "test"):
        wanted = [row for row in ROWS if row["part"] == split]
        assert data.split(split).labels.tolist() == [row["liked"] == "yes" for row in wanted]
        for row, (raw, _) in zip(wanted, data.split(split).dataset(), strict=True):
            assert raw["poster"].numpy() == (PNG if row["file"] else b"")
            assert raw["plot"].numpy().decode() == row["plot"]
            assert [one.decode() for one in raw["genres"].numpy()] == row["genres"]
            np.testing.assert_array_equal(raw["budget"].numpy(), row["budget"])
            np.testing.assert_array_equal(raw["takings"].numpy(), np.reshape(row["takings"] or [], (-1, 1)))


@pytest.mark.parametrize("name", ["films.csv", "films.jsonl", PARQUET])
def test_rows_are_found_again_by_their_keys(tmp_path, name):
    write_table(tmp_path / name, ROWS, tmp_path)
    file = table_file.table_file(tmp_path / name)
    keys, parts = file.scan("part")
    assert parts == [row["part"] for row in ROWS]
    some = keys[[1, 6, 7, 13]]
    assert [(key, row["plot"]) for key, row in file.read(some)] == [
        (key, ROWS[number]["plot"]) for key, number in zip(some, (1, 6, 7, 13), strict=True)
    ]
    assert list(file.read(keys[:0])) == []


def test_files_may_be_named_after_their_split(tmp_path):
    schema = {key: value for key, value in SCHEMA.items() if key != "split"}
    names = {"train-1.jsonl": ROWS[:5], "train-2.csv": ROWS[5:8], "validation.jsonl": ROWS[8:]}
    for name, rows in names.items():
        write_table(tmp_path / name, rows, tmp_path)
    source = read_tables([tmp_path / name for name in names], schema)
    assert source.sizes() == {"train": 8, "validation": 6, "test": 0}
    write_shards(source, tmp_path / "shards", records_per_shard=3)
    found = [raw["plot"].numpy().decode() for raw, _ in load_shards(tmp_path / "shards").split("train").dataset()]
    assert found == [row["plot"] for row in ROWS[:8]]
    write_table(tmp_path / "other.jsonl", ROWS, tmp_path)
    with pytest.raises(ShardError, match=r"other\.jsonl tells no split"):
        read_tables([tmp_path / "other.jsonl"], schema)


def test_bytes_may_be_base64(tmp_path):
    row = {**ROWS[0], "file": {"b64": base64.b64encode(PNG).decode()}}
    write_table(tmp_path / "films.jsonl", [row], tmp_path)
    write_shards(read_tables([tmp_path / "films.jsonl"], SCHEMA), tmp_path / "shards")
    example = tf.data.TFRecordDataset(str(tmp_path / "shards" / "train-00000-of-00001.tfrecord")).get_single_element()
    data = load_shards(tmp_path / "shards")
    assert parse_examples(data.modalities, example[None])["poster"].numpy().tolist() == [PNG]


def test_several_numbers_may_be_the_label(tmp_path):
    rows = [{"plot": "a", "ratings": [1.5, 2.0], "part": "train"}, {"plot": "b", "ratings": "[3, 4]", "part": "train"}]
    write_table(tmp_path / "films.jsonl", rows, tmp_path)
    schema = {
        "name": "films",
        "task": "regression",
        "modalities": {"plot": SCHEMA["modalities"]["plot"]},
        "label": {"column": "ratings", "shape": [2]},
        "split": "part",
    }
    write_shards(read_tables([tmp_path / "films.jsonl"], schema), tmp_path / "shards")
    labels = load_shards(tmp_path / "shards").split("train").labels
    assert labels.tolist() == [[1.5, 2.0], [3.0, 4.0]] and labels.dtype == np.float32


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"liked": "maybe"}, r"the row at byte \d+: the label 'maybe' in 'liked'"),
        ({"liked": 2}, "expected one of no, yes, or its number"),
        ({"liked": 0.5}, "expected a whole number"),
        ({"file": "gone.png"}, r"column 'file': \[Errno 2\] No such file"),
        ({"budget": [1]}, "column 'budget': Numeric: expected 2 number"),
        ({"file": {"url": "x"}}, "column 'file': expected"),
    ],
)
def test_a_row_that_cannot_be_is_named(tmp_path, changed, message):
    write_table(tmp_path / "films.jsonl", [*ROWS[:4], {**ROWS[4], **changed}], tmp_path)
    source = read_tables([tmp_path / "films.jsonl"], SCHEMA)
    with pytest.raises(ShardError, match=rf"train-00000.*, record 2 cannot be written: .*films\.jsonl, .*{message}"):
        write_shards(source, tmp_path / "shards")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "plot,part\nx\n", "the row at byte 10: there are 1 cells, and 2 columns"),
        ("a.csv", 'plot,part\n"x,train\n', "the row at byte 10: it is no CSV in UTF-8"),
        ("a.csv", "plot,piece\nx,train\n", "there is no column 'part', only 'plot', 'piece'"),
        ("a.csv", "plot,part\nx,tarin\n", "the row at byte 10: 'tarin' in the column 'part' is no split"),
        ("a.jsonl", '{"part": "train"}\n{"part"\n', "the row at byte 18: it is no JSON"),
        ("a.jsonl", "[1]\n", "expected an object, got"),
        ("a.txt", "", "expected a name that ends in .csv, .jsonl, .ndjson, .parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ShardError, match=message):
        read_tables([tmp_path / name], SCHEMA)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"label": None}, "label is missing"),
        ({"tasks": "x"}, "Unknown key 'tasks'. Did you mean 'task'"),
        ({"task": "clasification"}, "Did you mean 'classification'"),
        ({"columns": {"postr": "x"}}, "Unknown modality 'postr'. Did you mean 'poster'"),
        ({"modalities": {"poster": {"kind": "picture"}}}, "Unknown kind of modality 'picture'"),
    ],
)
def test_a_schema_that_cannot_be_is_refused(changed, message):
    with pytest.raises(ShardError, match=message):
        read_tables([], {**SCHEMA, **changed})


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "a.parquet").touch()
    with pytest.raises(ImportError, match=r"pip install 'multimodal-zoo\[parquet\]'"):
        read_tables([tmp_path / "a.parquet"], SCHEMA)


def test_rows_keep_their_order(tmp_path):
    write_table(tmp_path / "films.jsonl", ROWS, tmp_path)
    with pytest.raises(ShardError, match="leave seed out"):
        write_shards(read_tables([tmp_path / "films.jsonl"], SCHEMA), tmp_path / "shards", seed=1)
