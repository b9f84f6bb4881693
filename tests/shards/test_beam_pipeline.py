"""Apache Beam writes the same shards as `write_shards`, byte for byte; skips without the extra `beam`."""

import json
import sys

import pytest
from shards.small_data import small_data

from multimodal_zoo.shards import ShardError, load_shards, read_tables, write_shards
from multimodal_zoo.shards.beam_pipeline import write_shards_by_beam

SCHEMA = {
    "name": "notes",
    "task": "classification",
    "modalities": {"note": {"kind": "text", "vocabulary_size": 20, "length": 4}},
    "label": "kind",
}


def assert_same_files(one, other):
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir()) and "index.json" in names
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_a_data_set_becomes_the_same_shards(tmp_path):
    pytest.importorskip("apache_beam")
    wanted = write_shards(small_data(), tmp_path / "processes", records_per_shard=4, seed=2)
    assert write_shards_by_beam(small_data(), tmp_path / "beam", records_per_shard=4, seed=2) == wanted
    assert_same_files(tmp_path / "beam", tmp_path / "processes")
    assert sorted(load_shards(tmp_path / "beam").split("train").labels.tolist()) == list(range(23))
    with pytest.raises(ShardError, match="records_per_shard was 4, is 5"):
        write_shards_by_beam(small_data(), tmp_path / "beam", records_per_shard=5, seed=2)


def test_files_become_the_same_shards_and_what_was_begun_is_finished(tmp_path):
    pytest.importorskip("apache_beam")
    lines = [json.dumps({"note": f"note {number}", "kind": number % 2}) for number in range(20)]
    (tmp_path / "train.jsonl").write_text("\n".join(lines))
    source = read_tables([tmp_path / "train.jsonl"], SCHEMA)
    write_shards(source, tmp_path / "processes", shards=4)

    class Stop(Exception):
        pass

    def stop(shard, of):
        raise Stop

    with pytest.raises(Stop):
        write_shards(source, tmp_path / "beam", shards=4, progress=stop)
    begun = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "beam").glob("*.tfrecord")}
    write_shards_by_beam(source, tmp_path / "beam", shards=4)
    assert_same_files(tmp_path / "beam", tmp_path / "processes")
    assert len(begun) == 1
    assert all((tmp_path / "beam" / name).stat().st_mtime_ns == stamp for name, stamp in begun.items())


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    with pytest.raises(ImportError, match=r"pip install 'multimodal-zoo\[beam\]'"):
        write_shards_by_beam(small_data(), tmp_path / "shards")
    assert not (tmp_path / "shards").exists()
