"""`shard` writes what `train` and `evaluate` read."""

import json

from cli.conftest import SMALL


def test_a_data_set_is_written_and_trained_on(zoo, tmp_path):
    done = zoo("shard", "synthetic-diagnosis", "--out", tmp_path / "shards", "--shards", 3, "--seed", 1, "--json")
    assert done.code == 0, done.err
    splits = done.document["splits"]
    assert {name: (one["shards"], one["records"]) for name, one in splits.items()} == {
        "train": (3, 600),
        "validation": (3, 150),
        "test": (3, 150),
    }
    assert splits["train"]["bytes"] == sum(one.stat().st_size for one in (tmp_path / "shards").glob("train-*"))
    again = zoo("shard", "synthetic-diagnosis", "--out", tmp_path / "shards", "--shards", 4, "--seed", 1)
    assert again.code == 1 and "shards was 3, is 4" in again.err

    out = tmp_path / "bundle"
    done = zoo(
        "train", "lstnet_diagnosis", "--data", tmp_path / "shards", "--out", out, "--epochs", 1, *SMALL, "--json"
    )
    assert done.document["metrics"]["data"]["name"] == "synthetic-diagnosis:default"
    assert done.document["metrics"]["left_out"] == {"train": 0, "validation": 0}
    done = zoo("evaluate", out, "--data", tmp_path / "shards", "--json")
    assert done.code == 0 and done.document["records"] == 150


def test_files_are_written(zoo, tmp_path):
    schema = {
        "name": "notes",
        "task": "classification",
        "modalities": {"note": {"kind": "text", "vocabulary_size": 20, "length": 4}},
        "label": "kind",
    }
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    (tmp_path / "train.csv").write_text("note,kind\nhello,1\nthere,0\n")
    done = zoo("shard", tmp_path / "train.csv", "--schema", tmp_path / "schema.json", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert "train" in done.out and "multimodal-zoo train NAME --data" in done.out
    done = zoo("shard", "a.csv", "b.csv", "--out", tmp_path / "out")
    assert done.code == 2 and "need --schema" in done.err
