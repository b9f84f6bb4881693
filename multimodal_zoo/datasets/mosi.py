"""`mosi`: film reviews on video, each utterance positive or negative, as features of its text, audio and video."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.download import download_archive, fetch_dataset
from multimodal_zoo.datasets.find import find_dataset
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Modality, Numeric, Series

MODALITIES = ("text", "audio", "video")
CLASS_NAMES = ("negative", "positive")
# One training video in 5 is for validation.
VALIDATION_EVERY = 5
# Of so many utterances before and behind it is an utterance seen in its context.
REACH = 5
# The networks that made the text and video features had learned the labels of all training videos, the validation
# videos among them. There the features tell the label nearly always; of unseen videos they do not. So in training and
# validation each utterance is mixed with another one: x + share * (other - x), with a share between this number and 1.
# Where the other has the opposite label, more than half of it turns the evidence round, and a share near one half
# leaves little of it. So of utterances that told all, text is left right in three of four, video in 7 of 12, and weak
# evidence is the more often wrong: as it is for unseen videos. Chosen without a look at these.
LEAST_SHARE = {"text": 0.0, "video": 0.4}
FILE = "mosi_bclstm.npz"
ARCHIVE = "https://github.com/declare-lab/multimodal-deep-learning/archive/refs/heads/main.zip"

CARD = DataSetCard(
    name="mosi",
    title="CMU-MOSI: utterances of film reviews as text, audio and video features, positive or negative",
    task="classification",
    licence="CMU-MOSI is for research; the repository of the features is MIT",
    source="https://github.com/declare-lab/multimodal-deep-learning (bc-LSTM/data)",
    citation="Zadeh et al. 2016, MOSI, arXiv:1606.06259; features of Poria et al. 2017, ACL P17-1081",
    protocols={
        "utterances": "official test videos; validation = every fifth training video; a record = one utterance",
        "context": f"as utterances; a record = up to {REACH} utterances before and after one, the furthest first, and "
        "that one as the last row; training and validation utterances mixed with others",
        "context-final": "as context, for a last training with settings that were chosen before: it learns from the "
        "validation videos, too, and figures on validation say nothing",
    },
    required=(FILE,),
    checksums={FILE: "b27beb42c979d3ff5cee3f0778da32b6d7d40799ea4446a3f0ee0366923367fe"},
    notes=(
        "The text and video features come from networks that their authors trained on the labels of the training "
        "part: there they tell the label nearly always, also in the validation videos, and far less often in the "
        "test part. The protocol `context` mixes the utterances of training and validation for that. The files list "
        "the positive utterances of a video before the negative ones; `mosi_videos` puts them in the order they were "
        "spoken."
    ),
)


@dataclasses.dataclass(frozen=True)
class VideoSequences:
    """The videos of one split as sequences of utterances, in the order they were spoken.

    Args:
        names: of the videos.
        features: modality -> `(videos, steps, width)` float32; zeros where a video has no more utterances.
        mask: `(videos, steps)` bool, true where there is an utterance.
        labels: `(videos, steps)` int32, 1 for positive; 0 also where there is no utterance.
    """

    names: tuple[str, ...]
    features: dict[str, np.ndarray]
    mask: np.ndarray
    labels: np.ndarray


@dataclasses.dataclass(frozen=True)
class Utterances:
    """Rows of the file: features by modality, labels, and the video and place in it of each utterance."""

    features: dict[str, np.ndarray]
    labels: np.ndarray
    videos: np.ndarray
    places: np.ndarray

    def of(self, videos: Iterable[str]) -> Utterances:
        """The utterances of these videos, video after video, in the order they were spoken."""
        rows = np.concatenate([self.rows_of(video) for video in videos])
        features = {name: values[rows] for name, values in self.features.items()}
        return Utterances(features, self.labels[rows], self.videos[rows], self.places[rows])

    def rows_of(self, video: str) -> np.ndarray:
        """The rows of a video, in the order they were spoken."""
        rows = np.flatnonzero(self.videos == video)
        return rows[np.argsort(self.places[rows])]


def read_part(file: Path, part: str) -> Utterances:
    """The rows of "train" or "test", in the order of the file."""
    with np.load(file) as arrays:
        videos, places = zip(*(name.rsplit("_", 1) for name in arrays[f"{part}_utt"].tolist()), strict=True)
        return Utterances(
            {name: arrays[f"{part}_{name}"].astype(np.float32) for name in MODALITIES},
            arrays[f"{part}_label"].astype(np.int32),
            np.array(videos),
            np.array(places, np.int32),
        )


def split_videos(train: Iterable[str], test: Iterable[str]) -> dict[str, list[str]]:
    """The videos of "train", "validation" and "test", each in the order of the SHA-256 of their names."""
    ordered = {
        part: sorted(set(videos), key=lambda video: hashlib.sha256(video.encode()).hexdigest())
        for part, videos in (("train", train), ("test", test))
    }
    validation = ordered["train"][VALIDATION_EVERY // 2 :: VALIDATION_EVERY]
    kept = [video for video in ordered["train"] if video not in validation]
    return {"train": kept, "validation": validation, "test": ordered["test"]}


def split_utterances(folder: Path) -> dict[str, Utterances]:
    """The utterances of "train", "validation" and "test", video after video."""
    train, test = read_part(folder / FILE, "train"), read_part(folder / FILE, "test")
    videos = split_videos(train.videos.tolist(), test.videos.tolist())
    return {name: (test if name == "test" else train).of(own) for name, own in videos.items()}


def mosi_videos() -> dict[str, VideoSequences]:
    """Load the videos as sequences of utterances, for networks that read an utterance in its context.

    Returns:
        The videos of "train", "validation" and "test", the same as those of `load_dataset("mosi")`.

    Raises:
        DataNotFound: the file is nowhere and could not be downloaded.

    Example:
        >>> train = mosi_videos()["train"]
        >>> train.features["text"].shape[:2] == train.mask.shape
        True
    """
    folder = find_dataset(CARD.name) or fetch_dataset(CARD.name)
    assert folder is not None
    return {name: sequences(utterances) for name, utterances in split_utterances(folder).items()}


def sequences(utterances: Utterances) -> VideoSequences:
    """Put the utterances of each video into a row of its own, filled up with zeros."""
    names: list[str] = []
    lengths: list[int] = []
    for video in utterances.videos.tolist():
        if not names or names[-1] != video:
            names.append(video)
            lengths.append(0)
        lengths[-1] += 1
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]

    def padded(values: np.ndarray) -> np.ndarray:
        filled = np.zeros((*mask.shape, *values.shape[1:]), values.dtype)
        filled[mask] = values
        return filled

    features = {name: padded(values) for name, values in utterances.features.items()}
    return VideoSequences(tuple(names), features, mask, padded(utterances.labels))


def fetch_official(folder: Path) -> None:
    """The repository that publishes the features:"""
    unpacked = folder / "repository"
    unpacked.mkdir()
    # Packed anew by the host for every download, so there is no hash to hold the archive against.
    download_archive(ARCHIVE, unpacked)
    pack_tables(unpacked / "bc-LSTM" / "data", folder / FILE)
    shutil.rmtree(unpacked)


def pack_tables(folder: Path, file: Path) -> None:
    """Turn the published tables into one file.

    Args:
        folder: holds `transcripts.csv` (name, words, ..., label), `text_PART.csv`, whose first column has the lines
            of the transcripts, and `MODALITY/MODALITY_PART0.csv` (features, then the label) in that order.
        file: the .npz to write.
    """
    transcripts = table(folder / "transcripts.csv")
    arrays: dict[str, np.ndarray] = {}
    for part in ("train", "test"):
        lines = [transcripts[int(row[0])] for row in table(folder / f"text_{part}.csv")]
        arrays[f"{part}_utt"] = np.array([line[0] for line in lines])
        arrays[f"{part}_transcript"] = np.array([line[1] for line in lines])
        for name in MODALITIES:
            values = np.array(table(folder / name / f"{name}_{part}0.csv"), np.float64)
            arrays[f"{part}_{name}"] = values[:, :-1].astype(np.float32)
            arrays[f"{part}_label"] = values[:, -1].astype(np.int8)
    # Its stub takes any name in a dict for `allow_pickle`.
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def table(path: Path) -> list[list[str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def in_context(utterances: Utterances) -> Records:
    """A record for each utterance: itself as the last row, before it its neighbours in the video, the furthest first.

    What stands before it and what behind it come in turn. So whatever reads the rows in order reads towards the
    utterance that is asked about, and where a video begins or ends, there are fewer rows and none to leave out.
    """
    windows = []
    for video in dict.fromkeys(utterances.videos.tolist()):
        rows = utterances.rows_of(video)
        for place in range(len(rows)):
            places = [place + step for reach in range(REACH, 0, -1) for step in (-reach, reach)]
            windows.append(rows[[near for near in (*places, place) if 0 <= near < len(rows)]])
    columns = {name: column(values[rows] for rows in windows) for name, values in utterances.features.items()}
    return Records(columns, utterances.labels[[rows[-1] for rows in windows]])


def mixed(features: np.ndarray, least: float, random: np.random.RandomState) -> np.ndarray:
    """Each row x as x + share * (other - x), the other one drawn among the rows, the share between `least` and 1."""
    share = random.uniform(least, 1, (len(features), 1)).astype("float32")
    return features + share * (features[random.randint(len(features), size=len(features))] - features)


def load_in_context(card: DataSetCard, protocol: str, folder: Path) -> DataSet:
    """Load the utterances with their neighbours, those of the validation videos mixed once, see `LEAST_SHARE`."""
    parts = split_utterances(folder)
    to_learn = [parts[name] for name in (("train", "validation") if protocol == "context-final" else ("train",))]
    # A stream that NumPy promises to keep.
    random = np.random.RandomState(0)
    features = dict(parts["validation"].features)
    for name, least in LEAST_SHARE.items():
        features[name] = mixed(features[name], least, random)
    parts["validation"] = dataclasses.replace(parts["validation"], features=features)
    modalities: dict[str, Modality] = {
        name: Series(values.shape[1], 2 * REACH + 1, keep="oldest", align="given", limit=5.0, mix=LEAST_SHARE.get(name))
        for name, values in parts["train"].features.items()
    }
    splits = {name: in_context(one) for name, one in parts.items()}
    splits["train"] = joined([in_context(one) for one in to_learn])
    return DataSet(card, protocol, modalities, CLASS_NAMES, splits)


def joined(parts: list[Records]) -> Records:
    """The records of several parts, one part after the other."""
    columns = {name: np.concatenate([one.columns[name] for one in parts]) for name in MODALITIES}
    return Records(columns, np.concatenate([one.labels for one in parts]))


@register_data_set(CARD, fetch_official)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Load the utterances one by one, or each in its context; `mosi_videos` has them as sequences."""
    assert folder is not None
    if protocol.startswith("context"):
        return load_in_context(card, protocol, folder)
    splits = {name: Records(one.features, one.labels) for name, one in split_utterances(folder).items()}
    modalities: dict[str, Modality] = {
        name: Numeric(values.shape[1]) for name, values in splits["train"].columns.items()
    }
    return DataSet(card, protocol, modalities, CLASS_NAMES, splits)
