import numpy as np
import pytest

from multimodal_zoo.datasets import DataDiffers, an4, dataset_card, fetch_dataset, find_dataset, load_dataset
from multimodal_zoo.datasets.download import DownloadFailed
from multimodal_zoo.metrics import spelled
from multimodal_zoo.modalities import Series

PINNED = {
    "train": (836, "883924efe3434a97"),
    "validation": (112, "926145880d320c69"),
    "test": (130, "29573fd8da1c608e"),
}
# Nine training speakers with two utterances each, of which the longer has the greater number; two of the test.
SPEAKERS = [f"m{letter}xx" for letter in "abcdefghi"]
UTTERANCES = {
    "an4_clstk": {
        (speaker, f"an{number}-{speaker}-b"): f"A{' B' * number}" for speaker in SPEAKERS for number in (1, 2)
    },
    "an4test_clstk": {("fzzz", "cen1-fzzz-b"): "P G H", ("fyyy", "cen2-fyyy-b"): "GO"},
}


def frames_of(name, length):
    """Frames that tell whose they are."""
    return np.float32([[sum(map(ord, name)) + row + column / 100 for column in range(13)] for row in range(length)])


def write_sphinx(folder, order=">"):
    """The files as the repository has them."""
    (folder / "etc").mkdir(parents=True)
    for part, utterances in UTTERANCES.items():
        lines = []
        for (speaker, name), text in utterances.items():
            path = folder / "feat" / part / speaker / f"{name}.mfc"
            path.parent.mkdir(parents=True, exist_ok=True)
            frames = frames_of(name, len(text))
            path.write_bytes(np.array([frames.size], f"{order}i4").tobytes() + frames.astype(f"{order}f4").tobytes())
            lines.append(f"<s> {text} </s> ({name})")
        (folder / "etc" / f"{part}.transcription").write_text("\n".join(lines) + "\n")


@pytest.fixture
def tiny(empty_places, tmp_path):
    """A made-up copy, packed as the download does."""
    write_sphinx(tmp_path / "sphinx")
    folder = empty_places[0] / "an4"
    folder.mkdir()
    an4.pack_features(tmp_path / "sphinx", folder / an4.FILE)
    return folder


def test_a_record_is_the_frames_and_the_characters_of_an_utterance(tiny):
    with pytest.warns(DataDiffers):
        data = load_dataset("an4", download=False)
    assert data.modalities == {"audio": Series(13, an4.FRAMES, keep="oldest")}
    assert data.card.task == "transcription" and data.class_names == ("", " ", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    test = data.split("test")
    # By the name: the speaker fyyy before fzzz.
    assert spelled(test.labels, data.class_names) == ["GO", "P G H"]
    assert test.labels.dtype == np.int32 and test.labels[0].tolist() == [8, 16, 0, 0, 0]
    np.testing.assert_array_equal(test.columns["audio"][0], frames_of("cen2-fyyy-b", 2))
    assert test[1][0]["audio"].shape == (5, 13)


def test_validation_has_whole_speakers(tiny):
    with pytest.warns(DataDiffers):
        data = load_dataset("an4", download=False)
    speakers = an4.split_speakers(SPEAKERS)
    assert len(speakers["validation"]) == 1 and sorted(speakers["train"] + speakers["validation"]) == SPEAKERS
    assert speakers == an4.split_speakers(reversed(SPEAKERS * 2))
    (held_out,) = speakers["validation"]
    assert len(data.split("validation")) == 2 and len(data.split("train")) == 16
    for number, frames in enumerate(data.split("validation").columns["audio"], 1):
        np.testing.assert_array_equal(frames, frames_of(f"an{number}-{held_out}-b", 1 + 2 * number))


def test_features_come_in_either_byte_order(tmp_path):
    for order in "<>":
        path = tmp_path / "x.mfc"
        path.write_bytes(np.array([26], f"{order}i4").tobytes() + np.arange(26, dtype=f"{order}f4").tobytes())
        np.testing.assert_array_equal(an4.sphinx_frames(path), np.arange(26).reshape(2, 13))
    for content in (b"", b"abc", path.read_bytes()[:-4], np.array([5], ">i4").tobytes() + b"\0" * 20):
        path.write_bytes(content)
        with pytest.raises(DownloadFailed, match="x.mfc is no feature file of CMU Sphinx with 13 coefficients"):
            an4.sphinx_frames(path)


def test_an_utterance_without_a_transcript_is_no_copy(tmp_path):
    write_sphinx(tmp_path)
    (tmp_path / "etc" / "an4test_clstk.transcription").write_text("<s> GO </s> (cen2-fyyy-b)\n")
    with pytest.raises(DownloadFailed, match="an4test_clstk has 2 utterances, 1 of them without a transcript"):
        an4.pack_features(tmp_path, tmp_path / "x.npz")


def test_it_comes_out_of_its_archive(empty_places, monkeypatch):
    def arrives(url, folder):
        assert url == an4.ARCHIVE
        write_sphinx(folder / "an4", "<")

    monkeypatch.setattr(an4, "download_archive", arrives)
    folder = fetch_dataset("an4")
    assert [path.name for path in folder.iterdir()] == [an4.FILE] and find_dataset("an4") == folder


def test_another_character_is_refused():
    with pytest.raises(ValueError, match=r"'IT''S' has the character '#'".replace("''", "#")):
        an4.character_numbers(["IT#S"], 5)


def test_real_splits_are_pinned_and_share_no_speaker(real):
    data = real("an4")
    assert {name: (len(one), one.digest()[:16]) for name, one in data.splits.items()} == PINNED
    with np.load(find_dataset("an4") / an4.FILE) as arrays:
        names = {part: [an4.speaker_of(name) for name in arrays[f"{part}_id"].tolist()] for part in ("train", "test")}
    groups = [set(own) for own in an4.split_speakers(names["train"]).values()] + [set(names["test"])]
    assert len(set.union(*groups)) == sum(map(len, groups)) == 84


def test_real_transcripts_fit_into_the_frames(real):
    data = real("an4")
    for records in data.splits.values():
        frames = np.array([len(one) for one in records.columns["audio"]])
        characters = (records.labels > 0).sum(axis=1)
        assert frames.max() <= an4.FRAMES and (characters > 0).all()
        assert (frames >= 4 * characters).all()
    assert dataset_card("an4").licence
