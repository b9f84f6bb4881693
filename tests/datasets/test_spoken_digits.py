import gzip
import io
import wave

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.datasets import DataNotFound, dataset_card, spoken_digits


def test_recordings_and_their_splits_by_take():
    every = spoken_digits.recordings()
    assert len(every) == len(set(every)) == 2500
    takes = {name: {t for _, s, t in every if spoken_digits.split_of(s, t, "take") == name} for name in SPLITS}
    assert takes == {"test": set(range(5)), "validation": set(range(5, 10)), "train": set(range(10, 50))}


def test_every_speaker_can_be_held_out():
    protocols = [name for name in dataset_card("spoken-digits").protocols if name != "take"]
    assert {spoken_digits.held_out_speaker(name) for name in protocols} == set(spoken_digits.SPEAKERS)
    assert spoken_digits.held_out_speaker("speaker") == "theo"
    assert len(protocols) == 5
    for protocol in protocols:
        held_out = spoken_digits.held_out_speaker(protocol)
        found = {(s, t): spoken_digits.split_of(s, t, protocol) for _, s, t in spoken_digits.recordings()}
        assert {s for (s, _), name in found.items() if name == "test"} == {held_out}
        assert {t for (_, t), name in found.items() if name == "validation"} == set(range(5, 10))
        others = set(spoken_digits.SPEAKERS) - {held_out}
        assert {s for (s, _), name in found.items() if name != "test"} == others


def test_every_image_goes_with_one_recording_of_its_class():
    labels = np.random.default_rng(0).permutation(np.arange(5000) % 10)
    chosen = spoken_digits.images_by_recording(labels, np.random.RandomState(0))
    assert chosen.shape == (2500, 2)
    assert len(np.unique(chosen)) == 5000
    for (digit, _, _), images in zip(spoken_digits.recordings(), chosen, strict=True):
        assert set(labels[images]) == {digit}


def tones(random):
    """One short made-up recording per name in the list."""
    count = len(spoken_digits.recordings())
    length = random.integers(800, 1200, count)
    return [np.sin(np.arange(n) * random.uniform(0.1, 0.3)) * random.uniform(0.01, 1) for n in length]


@pytest.fixture(scope="module")
def made_up():
    return tones(np.random.default_rng(0))


def samples(content):
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def test_sounds_are_one_second_at_the_noise_level_asked_for(made_up, monkeypatch):
    monkeypatch.setattr(spoken_digits, "SIGNAL_TO_NOISE_DB", (20.0, 20.0))
    sounds = spoken_digits.degraded_sounds(made_up, np.random.RandomState(1), "take")
    assert len(sounds) == 5000
    for content, waveform in zip(sounds[::500], made_up[::250], strict=True):
        sound = samples(content)
        assert len(sound) == 8000
        # At 20 dB the loudest stretch is the speech, at SPEECH_LEVEL; noise is a tenth of that.
        power = np.convolve(sound**2, np.ones(len(waveform)) / len(waveform), "valid")
        assert np.sqrt(power.max()) == pytest.approx(spoken_digits.SPEECH_LEVEL, rel=0.1)
        assert np.sqrt(power.min()) == pytest.approx(0.1 * spoken_digits.SPEECH_LEVEL, rel=0.5)


def test_the_two_sounds_of_a_recording_differ_and_repeat_under_the_seed(made_up):
    first = spoken_digits.degraded_sounds(made_up, np.random.RandomState(1), "take")
    assert len(set(first)) == 5000
    assert first == spoken_digits.degraded_sounds(made_up, np.random.RandomState(1), "take")
    assert first != spoken_digits.degraded_sounds(made_up, np.random.RandomState(2), "take")


@pytest.mark.parametrize("protocol", ["take", "speaker"])
def test_babble_comes_from_the_training_split(made_up, protocol):
    training = [
        spoken_digits.split_of(speaker, take, protocol) == "train" for _, speaker, take in spoken_digits.recordings()
    ]
    others_changed = [one if kept else np.ones_like(one) for one, kept in zip(made_up, training, strict=True)]
    before = spoken_digits.degraded_sounds(made_up, np.random.RandomState(1), protocol)
    after = spoken_digits.degraded_sounds(others_changed, np.random.RandomState(1), protocol)
    # A sound changes when its own recording does, and never because a recording of test or validation did.
    assert [one == other for one, other in zip(before, after, strict=True)] == [kept for kept in training for _ in "12"]


def test_images_are_grey_png_with_a_bar_and_repeat_under_the_seed(monkeypatch):
    monkeypatch.setattr(spoken_digits, "IMAGE_NOISE", 0.0)
    clean = np.zeros((50, 28, 28))
    clean[:, 10:18, 10:18] = 1.0
    png = spoken_digits.degraded_images(clean, np.random.RandomState(0))
    assert png == spoken_digits.degraded_images(clean, np.random.RandomState(0))
    low, high = spoken_digits.CONTRAST
    for content in png:
        pixels = tf.io.decode_png(content).numpy()[..., 0] / 255
        assert pixels.shape == (28, 28)
        bar = np.isclose(pixels, 0.5, atol=0.003)
        across = max(bar.all(axis=0).sum(), bar.all(axis=1).sum())
        assert across >= spoken_digits.BAR_WIDTH
        background, square = pixels[0, 0], pixels[10:18, 10:18][~bar[10:18, 10:18]]
        if square.size and not bar[0, 0]:
            assert low - 0.01 <= square.max() - background <= high + 0.01


def test_a_missing_recording_is_named(tmp_path):
    with pytest.raises(DataNotFound, match="0_george_0.wav is missing: .* takes 0 to 49 of george"):
        spoken_digits.read_recordings(tmp_path)


def test_images_are_read_from_the_csv(tmp_path):
    table = np.random.default_rng(0).integers(0, 256, (3, 785))
    table[:, -1] = [7, 0, 9]
    with gzip.open(tmp_path / "images.csv.gz", "wt") as file:
        np.savetxt(file, table, "%d", ",")
    images, labels = spoken_digits.read_images(tmp_path / "images.csv.gz")
    assert labels.tolist() == [7, 0, 9]
    np.testing.assert_array_equal(np.round(images * 255).astype(int).reshape(3, -1), table[:, :-1])


@pytest.mark.parametrize("protocol", ["take", "speaker"])
def test_splits_are_pinned(real, protocol):
    data = real(f"spoken-digits:{protocol}")
    assert data.class_names == tuple("0123456789")
    assert {name: records.digest()[:16] for name, records in data.splits.items()} == PINNED[protocol]


def test_the_class_of_sound_and_image_is_the_label(real):
    data = real("spoken-digits")
    assert {name: len(records) for name, records in data.splits.items()} == {
        "train": 4000,
        "validation": 500,
        "test": 500,
    }
    for records in data.splits.values():
        assert len(set(np.bincount(records.labels))) == 1
    everything = [image for records in data.splits.values() for image in records.columns["image"]]
    assert len(set(everything)) == 5000


def test_images_are_the_same_in_every_protocol(real):
    images = [
        {image for records in real(name).splits.values() for image in records.columns["image"]}
        for name in ("spoken-digits:take", "spoken-digits:speaker")
    ]
    assert images[0] == images[1]


def test_pairing_is_said_wherever_the_set_is_described():
    card = dataset_card("spoken-digits")
    assert "paired by class" in card.title
    assert "not recorded together" in card.notes
    assert "not recorded together" in spoken_digits.__doc__


SPLITS = ("train", "validation", "test")
PINNED = {
    "take": {"train": "2195d23391edb9da", "validation": "9368e83d11b30e88", "test": "2b855a40d8882740"},
    "speaker": {"train": "c360a24f08e13edd", "validation": "02d9874aeb08b6f9", "test": "572be85e65c464a2"},
}
