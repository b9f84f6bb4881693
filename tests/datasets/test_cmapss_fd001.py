import io
import shutil
import zipfile

import keras
import numpy as np
import pytest

from multimodal_zoo.datasets import DataDiffers, cmapss_fd001, fetch_dataset, find_dataset, load_dataset
from multimodal_zoo.datasets.find import differing_files
from multimodal_zoo.modalities import Numeric, Series

PINNED = {
    "capped": {"train": "a7969d31f8ed1187", "validation": "2c3e344d5d9a3900", "test": "8980e6f64654d6c3"},
    "uncapped": {"train": "e3655912310d768b", "validation": "c56cdcc3b22e9ff5", "test": "61ac042dbf91634a"},
}
# Cycles that the engines of the made-up copy ran, by number.
TRAINED, TESTED, LEFT = {4: 200, 5: 31, 6: 30}, {1: 33, 2: 40}, [130, 20]


def lines_of(engines):
    """Settings 0.1, 0.2, 0.3 more than the engine's number; sensor s of cycle c reads 1000 engine + c + s / 100."""
    for engine, cycles in engines.items():
        for cycle in range(1, cycles + 1):
            settings = [engine + one / 10 for one in (1, 2, 3)]
            sensors = [1000 * engine + cycle + sensor / 100 for sensor in range(1, 22)]
            yield " ".join(str(one) for one in (engine, cycle, *settings, *sensors))


def files(header=False, ends="  "):
    """The three files as text; with a line of names, or with the spaces that end the published lines."""
    names = " ".join(f"name_{number}" for number in range(26))
    texts = {
        cmapss_fd001.TRAIN: [names] * header + list(lines_of(TRAINED)),
        cmapss_fd001.TEST: [names] * header + list(lines_of(TESTED)),
        cmapss_fd001.TEST_LIFE: ["RUL"] * header + [str(one) for one in LEFT],
    }
    return {name: "".join(f"{line}{ends}\n" for line in lines) for name, lines in texts.items()}


@pytest.fixture
def tiny(empty_places):
    folder = empty_places[0] / "cmapss-fd001"
    folder.mkdir()
    for name, text in files().items():
        (folder / name).write_text(text)
    return folder


def loaded(protocol="capped"):
    with pytest.warns(DataDiffers):
        return load_dataset(f"cmapss-fd001:{protocol}", download=False)


def test_every_window_of_a_training_engine_and_the_last_of_a_test_engine(tiny):
    data = loaded()
    assert data.modalities == {"sensors": Series(21, 60), "state": Numeric(4)}
    train, validation, test = (data.split(name) for name in ("train", "validation", "test"))
    # Engine 5 is for validation; of 4 there are windows after cycles 30 to 200, of 6 one.
    assert (len(train), len(validation), len(test)) == (172, 2, 2)
    run = train.columns["state"][:, 3]
    assert run.tolist() == [*range(30, 201), 30]
    np.testing.assert_allclose(train.columns["state"][0, :3], [4.1, 4.2, 4.3], rtol=1e-6)
    # After cycle 130 the last 60 are read, after cycle 32 all there are.
    for row, cycles in ((100, range(71, 131)), (2, range(1, 33))):
        wanted = 4000 + np.array(cycles)[:, None] + np.arange(1, 22) / 100
        np.testing.assert_allclose(train.columns["sensors"][row], wanted, rtol=1e-6)
    # Cycle 130 of 200 leaves 70; before cycle 75 more than 125 are left.
    assert train.labels[100] == 70 and train.labels.max() == 125 and (train.labels == 125).sum() == 46
    assert train.labels[170:].tolist() == [0, 0] and validation.labels.tolist() == [1, 0]
    assert test.labels.tolist() == [125, 20] and test.columns["state"][:, 3].tolist() == [33, 40]
    np.testing.assert_allclose(test.columns["sensors"][1][:, 0], 2000.01 + np.arange(1, 41), rtol=1e-6)


def test_uncapped_are_the_same_records_with_the_cycles_as_they_are(tiny):
    capped, uncapped = loaded(), loaded("uncapped")
    assert uncapped.split("test").labels.tolist() == LEFT
    assert uncapped.split("train").labels[:2].tolist() == [170, 169]
    for name, records in uncapped.splits.items():
        np.testing.assert_array_equal(np.minimum(records.labels, 125), capped.split(name).labels)
        for column, values in records.columns.items():
            for one, other in zip(values, capped.split(name).columns[column], strict=True):
                np.testing.assert_array_equal(one, other)


def test_a_line_of_names_and_the_order_of_the_lines_make_no_difference(tiny):
    before = {name: one.digest() for name, one in loaded().splits.items()}
    for name, text in files(header=True, ends="").items():
        head, *lines = text.splitlines()
        lines = lines if name == cmapss_fd001.TEST_LIFE else lines[::-1]
        (tiny / name).write_text("\n".join([head, *lines]))
    assert {name: one.digest() for name, one in loaded().splits.items()} == before


def test_what_has_another_form_is_refused(tiny):
    (tiny / cmapss_fd001.TEST_LIFE).write_text("1 2\n3 4\n")
    with pytest.warns(DataDiffers), pytest.raises(ValueError, match="RUL_FD001.txt has 2 columns; expected 1"):
        load_dataset("cmapss-fd001", download=False)
    with pytest.raises(ValueError, match="29 cycles; a window takes 30 or more"):
        cmapss_fd001.windows_of(np.zeros((29, 24), "float32"))


def archive(inside=None):
    """The published archive, or the one that holds it in a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        if inside is not None:
            file.writestr("6. Turbofan/CMAPSSData.zip", inside)
        else:
            for name, text in {**files(), "train_FD002.txt": "1 2", "Damage.pdf": "paper"}.items():
                file.writestr(name, text)
    return buffer.getvalue()


def test_both_sources_leave_the_files_of_fd001(empty_places, monkeypatch, tmp_path):
    contents = {cmapss_fd001.ARCHIVE: archive(), cmapss_fd001.MIRROR: archive(archive())}
    reachable = dict(contents)

    def get_file(fname, origin, cache_dir, cache_subdir, file_hash):
        if origin not in reachable:
            raise ConnectionError("no route to host")
        assert len(file_hash) == 64
        (tmp_path / "arrived.zip").write_bytes(reachable[origin])
        return shutil.copy(tmp_path / "arrived.zip", f"{cache_dir}/archive.zip")

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    for origin in contents:
        reachable.clear()
        reachable[origin] = contents[origin]
        folder = fetch_dataset("cmapss-fd001")
        assert {path.name: path.read_text() for path in folder.iterdir()} == files()
        shutil.rmtree(folder)


@pytest.mark.parametrize("protocol", list(PINNED))
def test_real_splits_are_pinned(real, protocol):
    data = real(f"cmapss-fd001:{protocol}")
    assert {name: one.digest()[:16] for name, one in data.splits.items()} == PINNED[protocol]


def test_the_published_lines_without_names_are_the_pinned_copy_too(real, tmp_path):
    """NASA's files end their lines in spaces and have no line of names; other copies hold the same numbers."""
    card, folder = real("cmapss-fd001").card, find_dataset("cmapss-fd001")
    for name, ends in ((cmapss_fd001.TRAIN, "  "), (cmapss_fd001.TEST, "  "), (cmapss_fd001.TEST_LIFE, " ")):
        lines = [line.rstrip() for line in (folder / name).read_text().splitlines() if not line[0].isalpha()]
        (tmp_path / name).write_bytes("".join(f"{line}{ends}\n" for line in lines).encode())
    assert differing_files(card, tmp_path) == []
    engines = {name: cmapss_fd001.read_engines(folder / name) for name in (cmapss_fd001.TRAIN, cmapss_fd001.TEST)}
    split = cmapss_fd001.split_engines(engines[cmapss_fd001.TRAIN])
    assert sorted([*split["train"], *split["validation"]]) == list(range(1, 101)) and len(split["validation"]) == 20
    assert len(engines[cmapss_fd001.TEST]) == 100
