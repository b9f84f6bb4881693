"""`an4`: spelled names, numbers and commands, spoken into a close microphone, as cepstral frames."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.download import DownloadFailed, download_archive
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Series

# The first stands for no character: it is the blank of CTC, and what fills up a shorter label.
CHARACTERS = ("", " ", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
COEFFICIENTS, FRAMES_PER_SECOND = 13, 100
# One training speaker in 8 is for validation.
VALIDATION_EVERY = 8
# The longest utterance is one frame shorter.
FRAMES = 640
FILE = "an4_mfcc.npz"
COMMIT = "5e478f0ee6c5b060edf702acdd563948cad5545f"
ARCHIVE = f"https://github.com/cphazen/Machine-Learning-Project-ASR/archive/{COMMIT}.zip"
# The folder of the features of each part in the archive.
FOLDERS = {"train": "an4_clstk", "test": "an4test_clstk"}

CARD = DataSetCard(
    name="an4",
    title="CMU Census (AN4): spelled names, numbers and commands, spoken, as cepstral frames with transcripts",
    task="transcription",
    licence="CMU's own, in the manner of BSD: free for any purpose with the notice kept",
    source="http://www.speech.cs.cmu.edu/databases/an4/ (features as in cphazen/Machine-Learning-Project-ASR)",
    citation="Acero 1993, Acoustical and environmental robustness in automatic speech recognition, Kluwer",
    protocols={
        "official": "official test speakers; validation = every eighth training speaker, with all utterances",
    },
    required=(FILE,),
    checksums={FILE: "a8c31f60370cf4ec85cf52318a5209dfc3f98712cdd786678c3db207a8fa834a"},
    notes=(
        "13 mel-frequency cepstral coefficients, 100 frames a second, as CMU Sphinx computed them from recordings at "
        "16 kHz. No speaker is in two splits. Some fifty minutes of speech, a hundred different words and the letters "
        "of the alphabet."
    ),
)


def speaker_of(name: str) -> str:
    """The speaker of an utterance, such as "fash" of "an4_clstk/fash/an251-fash-b"."""
    return name.split("/")[1]


def split_speakers(train: Iterable[str]) -> dict[str, list[str]]:
    """The training speakers of "train" and of "validation", in the order of the SHA-256 of their names."""
    ordered = sorted(set(train), key=lambda speaker: hashlib.sha256(speaker.encode()).hexdigest())
    validation = ordered[VALIDATION_EVERY // 2 :: VALIDATION_EVERY]
    return {"train": [one for one in ordered if one not in validation], "validation": validation}


def character_numbers(texts: Sequence[str], longest: int) -> np.ndarray:
    """Transcripts as rows of numbers in CHARACTERS, `(texts, longest)` int32, filled up with 0.

    Raises:
        ValueError: a text has a character that is none of them.
    """
    numbers = np.zeros((len(texts), longest), np.int32)
    for row, text in zip(numbers, texts, strict=True):
        for place, character in enumerate(text):
            if character not in CHARACTERS:
                raise ValueError(f"The transcript {text!r} has the character {character!r}, none of A to Z and space.")
            row[place] = CHARACTERS.index(character)
    return numbers


def read_part(file: Path, part: str) -> dict[str, tuple[np.ndarray, str]]:
    """Frames `(frames, 13)` and transcript by the name of each utterance of "train" or "test", sorted by name."""
    with np.load(file) as arrays:
        ends = np.cumsum(arrays[f"{part}_len"])
        frames = np.split(arrays[f"{part}_feat"].astype(np.float32), ends[:-1])
        texts = [" ".join(text.split()) for text in arrays[f"{part}_text"].tolist()]
        return dict(sorted(zip(arrays[f"{part}_id"].tolist(), zip(frames, texts, strict=True), strict=True)))


def fetch_archive(folder: Path) -> None:
    """A repository that holds the features:"""
    unpacked = folder / "repository"
    unpacked.mkdir()
    download_archive(ARCHIVE, unpacked)
    pack_features(unpacked / "an4", folder / FILE)
    shutil.rmtree(unpacked)


def pack_features(folder: Path, file: Path) -> None:
    """Turn the files of CMU Sphinx into one.

    Args:
        folder: holds `feat/FOLDER/SPEAKER/UTTERANCE.mfc` and, in `etc`, `*.transcription` with lines such as
            `<s> YES </s> (an251-fash-b)`.
        file: the .npz to write.

    Raises:
        DownloadFailed: an utterance has no transcript, or its file is none of Sphinx.
    """
    texts = {}
    for transcripts in sorted((folder / "etc").glob("*.transcription")):
        for line in transcripts.read_text("utf-8").splitlines():
            text, _, name = line.strip().rpartition("(")
            texts[name.rstrip(")")] = text.replace("<s>", "").replace("</s>", "").strip()
    arrays: dict[str, np.ndarray] = {}
    for part, own in FOLDERS.items():
        paths = sorted((folder / "feat" / own).glob("*/*.mfc"))
        lacking = [path.stem for path in paths if path.stem not in texts]
        if lacking or not paths:
            raise DownloadFailed(f"{own} has {len(paths)} utterances, {len(lacking)} of them without a transcript")
        frames = [sphinx_frames(path) for path in paths]
        arrays[f"{part}_feat"] = np.concatenate(frames)
        arrays[f"{part}_len"] = np.array([len(one) for one in frames], np.int32)
        arrays[f"{part}_text"] = np.array([texts[path.stem] for path in paths])
        arrays[f"{part}_id"] = np.array([f"{own}/{path.parent.name}/{path.stem}" for path in paths])
    # Its stub takes any name in a dict for `allow_pickle`.
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def sphinx_frames(path: Path) -> np.ndarray:
    """The frames `(frames, 13)` float32 of a feature file: a count, then so many floats, in either byte order."""
    content = path.read_bytes()
    for order in "<>":
        count = int(np.frombuffer(content[:4], f"{order}i4")[0]) if len(content) >= 4 else -1
        if count > 0 and len(content) == 4 + 4 * count and count % COEFFICIENTS == 0:
            return np.frombuffer(content[4:], f"{order}f4").astype(np.float32).reshape(-1, COEFFICIENTS)
    raise DownloadFailed(f"{path.name} is no feature file of CMU Sphinx with {COEFFICIENTS} coefficients a frame")


@register_data_set(CARD, fetch_archive)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Load the utterances with their transcripts."""
    assert folder is not None
    parts = {part: read_part(folder / FILE, part) for part in FOLDERS}
    longest = max(len(text) for part in parts.values() for _, text in part.values())
    held_out = split_speakers(map(speaker_of, parts["train"]))["validation"]
    chosen = {
        "train": [one for name, one in parts["train"].items() if speaker_of(name) not in held_out],
        "validation": [one for name, one in parts["train"].items() if speaker_of(name) in held_out],
        "test": list(parts["test"].values()),
    }
    splits = {
        name: Records(
            {"audio": column(frames for frames, _ in own)}, character_numbers([text for _, text in own], longest)
        )
        for name, own in chosen.items()
    }
    return DataSet(card, protocol, {"audio": Series(COEFFICIENTS, FRAMES, keep="oldest")}, CHARACTERS, splits)
