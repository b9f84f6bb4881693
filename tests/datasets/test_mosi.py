import csv

import numpy as np
import pytest

from multimodal_zoo.datasets import DataDiffers, find_dataset, load_dataset, mosi, mosi_videos
from multimodal_zoo.modalities import Numeric, Series

IN_CONTEXT = {"train": "c033876cac149756", "validation": "7b77362424170210", "test": "026761f82c7a06fc"}
PINNED = {"train": "ec80d7e50de4e3bc", "validation": "259186f4a2ebbde3", "test": "f0b9dc27ef588d32"}
WIDTHS = {"text": 3, "audio": 2, "video": 4}
# (name, label): as in the published files, the positive ones of a video come first.
UTTERANCES = {
    "train": [
        ("a_b_10", 1),
        ("a_b_2", 1),
        ("a_b_1", 0),
        *((f"v{number}_1", number % 2) for number in range(4)),
    ],
    "test": [("x_2", 1), ("x_3", 0), ("x_1", 0), ("-y_1", 1)],
}


def feature(name, modality):
    """Features that tell which utterance and which modality they are of."""
    start = 100 * sum(map(ord, name)) + 10 * len(modality)
    return [start + column for column in range(WIDTHS[modality])]


def write_tables(folder):
    """The layout of the published tables: lines of transcripts.csv in alphabetical order, named by number."""
    named = sorted(utterance for part in UTTERANCES.values() for utterance in part)
    lines = {name: number for number, (name, _) in enumerate(named)}

    def write(path, rows):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)

    write(folder / "transcripts.csv", [[name, f"WORDS OF {name}", "7", label] for name, label in named])
    for part, utterances in UTTERANCES.items():
        write(folder / f"text_{part}.csv", [[lines[name], "0.5"] for name, _ in utterances])
        for modality in WIDTHS:
            rows = [[*feature(name, modality), label] for name, label in utterances]
            write(folder / modality / f"{modality}_{part}0.csv", rows)


@pytest.fixture
def tiny(empty_places, tmp_path):
    """A made-up copy, packed from tables as the download does."""
    write_tables(tmp_path / "tables")
    folder = empty_places[0] / "mosi"
    folder.mkdir()
    mosi.pack_tables(tmp_path / "tables", folder / mosi.FILE)
    return folder


def test_tables_are_packed_with_their_names_and_words(tiny):
    with np.load(tiny / mosi.FILE) as arrays:
        assert arrays["test_utt"].tolist() == [name for name, _ in UTTERANCES["test"]]
        assert arrays["test_transcript"].tolist() == [f"WORDS OF {name}" for name, _ in UTTERANCES["test"]]
        assert arrays["train_label"].tolist() == [label for _, label in UTTERANCES["train"]]
        np.testing.assert_array_equal(
            arrays["train_audio"], [feature(name, "audio") for name, _ in UTTERANCES["train"]]
        )


def test_utterances_of_a_video_follow_each_other_as_they_were_spoken(tiny):
    videos = mosi_videos()
    test = videos["test"]
    assert sorted(test.names) == ["-y", "x"]
    row = test.names.index("x")
    assert test.mask[row].tolist() == [True, True, True]
    assert test.labels[row].tolist() == [0, 1, 0]
    for modality in WIDTHS:
        expected = [feature(name, modality) for name in ("x_1", "x_2", "x_3")]
        np.testing.assert_array_equal(test.features[modality][row], expected)
    every = {
        name: one
        for part in ("train", "validation")
        for name, one in zip(videos[part].names, videos[part].labels, strict=True)
    }
    # 2 before 10: places are numbers, and the name of a video may hold the sign that stands before the place.
    assert every["a_b"][:3].tolist() == [0, 1, 1]


def test_short_videos_are_filled_up_with_zeros(tiny):
    test = mosi_videos()["test"]
    row = test.names.index("-y")
    assert test.mask[row].tolist() == [True, False, False]
    assert test.labels[row].tolist() == [1, 0, 0]
    assert all(not values[row, 1:].any() and values[row, 0].any() for values in test.features.values())


def test_records_are_the_utterances_of_the_videos(tiny):
    with pytest.warns(DataDiffers):
        data = load_dataset("mosi", download=False)
    assert data.modalities == {name: Numeric(width) for name, width in WIDTHS.items()}
    for part, videos in mosi_videos().items():
        records = data.split(part)
        np.testing.assert_array_equal(records.labels, videos.labels[videos.mask])
        for name in WIDTHS:
            np.testing.assert_array_equal(records.columns[name], videos.features[name][videos.mask])


def test_in_context_an_utterance_is_the_last_row_behind_its_neighbours(tiny, monkeypatch):
    monkeypatch.setattr(mosi, "REACH", 1)
    with pytest.warns(DataDiffers):
        data = load_dataset("mosi:context", download=False)
    assert data.modalities["text"] == Series(3, 3, keep="oldest", align="given", limit=5.0, mix=0.0)
    assert data.modalities["audio"].mix is None and data.modalities["video"].mix == 0.4
    test = data.split("test")
    of_x = [row for row in range(4) if len(test.columns["text"][row]) > 1]
    windows = [["x_2", "x_1"], ["x_1", "x_3", "x_2"], ["x_2", "x_3"]]
    assert test.labels[of_x].tolist() == [0, 1, 0]
    for modality in WIDTHS:
        for row, names in zip(of_x, windows, strict=True):
            expected = [feature(name, modality) for name in names]
            np.testing.assert_array_equal(test.columns[modality][row], expected)


def test_in_context_only_validation_is_mixed_beforehand(tiny, monkeypatch):
    monkeypatch.setattr(mosi, "REACH", 0)
    with pytest.warns(DataDiffers):
        data, plain = (load_dataset(f"mosi:{name}", download=False) for name in ("context", "utterances"))
    for part in ("train", "validation", "test"):
        records, expected = data.split(part), plain.split(part)
        np.testing.assert_array_equal(records.labels, expected.labels)
        for modality in WIDTHS:
            same = np.array_equal(np.concatenate(list(records.columns[modality])), expected.columns[modality])
            assert same == (part != "validation" or modality == "audio" or len(expected) == 1), (part, modality)


def test_the_last_training_has_the_validation_videos_too_and_nothing_of_it_is_mixed_beforehand(tiny):
    with pytest.warns(DataDiffers):
        final, context = (load_dataset(f"mosi:{name}", download=False) for name in ("context-final", "context"))
    plain = mosi.split_utterances(tiny)
    both = [mosi.in_context(plain[part]) for part in ("train", "validation")]
    for name in WIDTHS:
        expected = [*both[0].columns[name], *both[1].columns[name]]
        for one, other in zip(final.split("train").columns[name], expected, strict=True):
            np.testing.assert_array_equal(one, other)
    labels = np.concatenate([one.labels for one in both])
    np.testing.assert_array_equal(final.split("train").labels, labels)
    for part in ("validation", "test"):
        assert final.split(part).digest() == context.split(part).digest()


def test_mixed_features_lie_between_a_row_and_another():
    features = np.float32([[0, 0], [1, 1], [0, 4]])
    mixed = mosi.mixed(np.repeat(features, 50, axis=0), 0.4, np.random.RandomState(0))
    # Of the first row only what another one has: on the lines to (1, 1) and to (0, 4).
    first = mixed[:50]
    on_a_line = np.isclose(first[:, 0], first[:, 1]) | (first[:, 0] == 0)
    assert on_a_line.all() and 0.4 <= first[first[:, 0] > 0][:, 0].min() <= first.max() <= 4
    np.testing.assert_array_equal(mosi.mixed(features[:1], 0.0, np.random.RandomState(0)), features[:1])


def test_no_video_is_in_two_parts_and_one_training_video_in_five_validates():
    names = [f"video {number}" for number in range(40)]
    split = mosi.split_videos(names, ["test video"])
    assert sorted(split["train"] + split["validation"]) == sorted(names)
    assert len(split["validation"]) == 8
    assert split == mosi.split_videos(reversed(names * 2), ["test video"])


def test_real_splits_are_the_official_videos_and_pinned(real):
    data = real("mosi")
    videos = mosi_videos()
    assert {name: len(one.names) for name, one in videos.items()} == {"train": 50, "validation": 12, "test": 31}
    assert len(data.split("train")) + len(data.split("validation")) == 1447
    assert len(data.split("test")) == 752
    assert {name: data.split(name).digest()[:16] for name in videos} == PINNED
    context = real("mosi:context")
    assert {name: context.split(name).digest()[:16] for name in videos} == IN_CONTEXT
    assert {name: len(context.split(name)) for name in videos} == {name: len(data.split(name)) for name in videos}
    with np.load(find_dataset("mosi") / mosi.FILE) as arrays:
        official = {name.rsplit("_", 1)[0] for name in arrays["test_utt"].tolist()}
    assert set(videos["test"].names) == official
