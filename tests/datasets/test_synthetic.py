import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.datasets import (
    SPLITS,
    dataset_card,
    ml_100k,
    synthetic_clicks,
    synthetic_diagnosis,
    synthetic_digits,
)
from multimodal_zoo.modalities import raw_to_tensors

SIZES = {
    "synthetic-clicks": (8000, 1000, 1000),
    "synthetic-diagnosis": (600, 150, 150),
    "synthetic-digits": (600, 150, 150),
    "synthetic-drawings": (480, 96, 144),
    "synthetic-drive": (840, 180, 360),
    "synthetic-interaction": (840, 180, 360),
    "synthetic-scene": (840, 180, 360),
}
NAMES = tuple(SIZES)
# So many records of a test split are decoded.
READ = 60


@pytest.fixture(scope="module")
def data(made_up):
    return {name: made_up(name) for name in NAMES}


def digests(data_set):
    return {key: records.digest()[:16] for key, records in data_set.splits.items()}


@pytest.mark.parametrize("name", NAMES)
def test_marked_as_made_up(name, data):
    card = dataset_card(name)
    assert card.synthetic and card.title.startswith("SYNTHETIC") and not card.required
    assert data[name].card is card


@pytest.mark.parametrize("name", NAMES)
def test_records_are_pinned(name, data):
    assert digests(data[name]) == PINNED[name]


def test_another_process_makes_the_same_bytes(data):
    code = (
        "from multimodal_zoo.datasets import load_dataset\n"
        f"for name in {NAMES}: print(*[r.digest()[:16] for r in load_dataset(name).splits.values()])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split("\n")[:-1] == [" ".join(digests(data[name]).values()) for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_sizes_and_values_can_be_read(name, data):
    loaded = data[name]
    sizes = {key: len(records) for key, records in loaded.splits.items()}
    assert sizes == dict(zip(SPLITS, SIZES[name], strict=True))
    modalities = {
        key: one.adapt(loaded.split("train").columns[key]) if one.learned else one
        for key, one in loaded.modalities.items()
    }
    test = loaded.split("test").take(np.arange(READ))
    raw = next(iter(test.dataset().padded_batch(READ)))[0]
    tensors = raw_to_tensors(modalities, raw)
    assert tensors.presence.numpy().all() and not tensors.undecodable.numpy().any()


def test_clicks_have_the_fields_of_ml_100k(data):
    modalities = data["synthetic-clicks"].modalities
    assert {name: one.kind for name, one in modalities.items()} == {
        name: one.kind for name, one in ml_100k.MODALITIES.items()
    }
    assert list(data["synthetic-clicks"].split("train").columns) == list(ml_100k.MODALITIES)


def test_taste_ranks_the_clicks(data):
    """The hidden factors, remade, give the AUC that a perfect model can reach."""
    random = np.random.RandomState(synthetic_clicks.SEED)
    users, user_factors = synthetic_clicks.make_users(random)
    items, item_factors = synthetic_clicks.make_items(random)
    test = data["synthetic-clicks"].split("test")
    user = [list(users["user"]).index(one) for one in test.columns["user"]]
    item = [list(items["item"]).index(one) for one in test.columns["item"]]
    taste = np.sum(user_factors[user] * item_factors[item], axis=1)
    clicked = test.labels == 1
    auc = np.mean(taste[clicked][:, None] > taste[~clicked][None])
    assert auc > 0.85


def decoded(records, name):
    return tf.stack([tf.io.decode_png(one) for one in records.columns[name]]).numpy()[..., 0] / 255.0


def test_diagnosis_needs_image_and_report(data):
    """The brightest spot and the level of the symptom, read off the raw record, decide only together."""
    records = data["synthetic-diagnosis"].split("train")
    pixels = decoded(records, "image")
    smooth = tf.nn.avg_pool2d(pixels[..., None], 5, 1, "VALID").numpy()[:, 10:-10]
    y, x = np.mgrid[0:64, 0:64] / 64
    lungs = sum(np.exp(-(((x - centre) / 0.16) ** 2) - ((y - 0.5) / 0.32) ** 2) for centre in (0.28, 0.72))
    lungs = tf.nn.avg_pool2d(0.5 * lungs[None, ..., None], 5, 1, "VALID").numpy()[:, 10:-10]
    seen = (smooth + lungs).max(axis=(1, 2, 3))
    told = np.array(
        [next(k for k, words in enumerate(synthetic_diagnosis.SYMPTOMS) if any(w.lower() in text.lower() for w
         in words)) for text in records.columns["report"]]
    )  # fmt: skip

    def best(score):
        order = np.argsort(score)
        right = np.cumsum(np.where(records.labels[order] == 0, 1, -1))
        return (right.max() + records.labels.sum()) / len(score)

    assert best(seen) < 0.82
    assert best(told) < 0.82
    standard = [(one - one.mean()) / one.std() for one in (seen, told.astype(float))]
    assert best(standard[0] + standard[1]) > 0.88


def test_digits_need_sound_and_glyph(data):
    """Half of the sounds lack the tone, half of the glyphs the dot, that tells two classes apart."""
    records = data["synthetic-digits"].split("train")
    frequencies = np.fft.rfftfreq(4000, 1 / 8000)
    spectra = np.abs(np.fft.rfft([np.frombuffer(one[44:], "<i2") for one in records.columns["audio"]]))
    strength = lambda hertz: spectra[:, np.argmin(np.abs(frequencies - hertz))]  # noqa: E731
    low = np.argmax([strength(hertz) for hertz in synthetic_digits.LOW_TONES], axis=0)
    np.testing.assert_array_equal(low, records.labels // 2)
    high = np.array([strength(hertz) for hertz in synthetic_digits.HIGH_TONES])
    # Sounds are between one and three times as loud as the faintest, tones far above the noise either way.
    shown = high.max(axis=0) > 0.5 * spectra.max(axis=1)
    assert 0.4 < shown.mean() < 0.6
    np.testing.assert_array_equal(np.argmax(high, axis=0)[shown], records.labels[shown] % 2)
    # Glyphs have either a stroke alone or a stroke and a dot, and nothing in between.
    white = (decoded(records, "image") > 0.5).sum(axis=(1, 2))
    assert not np.any((white > 60) & (white < 66))
    assert 0.4 < np.mean(white > 63) < 0.6


def test_tasks(data):
    tasks = {name: one.card.task for name, one in data.items()}
    others = {"synthetic-clicks": "ranking", "synthetic-drawings": "generation"}
    assert tasks == {**dict.fromkeys(NAMES, "classification"), **others}


def test_half_of_the_negatives_are_dark_on_light_whatever_they_show(made_up):
    negatives = made_up("synthetic-digits:negatives")
    assert digests(negatives) == {
        "train": "ac8cc9fca9cedc09",
        "validation": "a97e501fc6f412d4",
        "test": "0236c6d6008a31b6",
    }
    records = negatives.split("train")
    paper = np.median(decoded(records, "image"), axis=(1, 2))
    dark = paper > 0.5
    np.testing.assert_allclose(paper[dark].mean(), 1 - paper[~dark].mean(), atol=0.01)
    for digit in range(10):
        assert 0.4 < dark[records.labels == digit].mean() < 0.6


PINNED = {
    "synthetic-clicks": {"train": "3f2082d110f7187b", "validation": "102d8b5c4e6e8f20", "test": "b047242d9361d681"},
    "synthetic-diagnosis": {"train": "1f1d19f73b9c2fa6", "validation": "f307f03f81b06964", "test": "f1e67bd5c13d91a0"},
    "synthetic-digits": {"train": "db3b00bfa9583841", "validation": "4548d88d830d4746", "test": "b9ceeb6a6b68a828"},
    "synthetic-drive": {"train": "b0c2b48bbf03798b", "validation": "574ab4e7c7638343", "test": "48001ef8ba08d9bb"},
    "synthetic-interaction": {
        "train": "ee17433e7cf5e67c",
        "validation": "df2b58e562e14d20",
        "test": "954050aab4eff8a2",
    },
    "synthetic-scene": {"train": "d9242c021a5db4ab", "validation": "7b28ca99e3aef101", "test": "97491de80d7fbaa2"},
    "synthetic-drawings": {"train": "9cca002f30da9910", "validation": "31854139ca7cefd5", "test": "61471620cf191d70"},
}
