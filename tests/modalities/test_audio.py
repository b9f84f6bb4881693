from pathlib import Path

import numpy as np
import pytest
import scipy.fft
import scipy.signal
import tensorflow as tf

from multimodal_zoo.modalities import Audio, wav_bytes
from multimodal_zoo.modalities.audio import cosine_transform, keep_outside_span, resample

# What librosa answers; librosa.md beside it says to which calls.
GOLDEN = Path(__file__).parents[1] / "golden" / "librosa.npz"


def tone(frequency, rate, seconds):
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)


WAVEFORM = Audio(sample_rate=8000, seconds=0.5, features="waveform")


def test_sixteen_bit_samples_come_back_exactly():
    samples = np.round(tone(440, 8000, 0.5) * 32768) / 32768
    decoded = WAVEFORM.decode(tf.constant([wav_bytes(samples, 8000)]))
    np.testing.assert_allclose(decoded.tensor[0].numpy(), samples, atol=1e-7)


def test_stereo_is_mixed_down_to_the_mean():
    left, right = tone(440, 8000, 0.5), tone(880, 8000, 0.5)
    tensor = WAVEFORM.decode(tf.constant([wav_bytes(np.stack([left, right], 1), 8000)])).tensor[0].numpy()
    np.testing.assert_allclose(tensor, (left + right) / 2, atol=1e-4)


@pytest.mark.parametrize("rate", [16000, 44100, 4000])
def test_another_rate_gives_the_same_sound(rate):
    other = WAVEFORM.decode(tf.constant([wav_bytes(tone(440, rate, 0.5), rate)])).tensor[0].numpy()
    np.testing.assert_allclose(other[100:-100], tone(440, 8000, 0.5)[100:-100], atol=0.01)


@pytest.mark.parametrize(("count", "new_rate"), [(1000, 500), (1000, 2003), (1001, 500), (999, 1500), (1000, 999)])
def test_resampling_equals_scipy(count, new_rate):
    samples = np.random.default_rng(0).normal(size=count).astype("float32")
    ours = resample(tf.constant(samples), tf.constant(1000), new_rate).numpy()
    np.testing.assert_allclose(ours, scipy.signal.resample(samples, len(ours)), atol=2e-5)


def test_short_clips_are_padded_at_the_end_and_long_ones_cut():
    short, long = tone(440, 8000, 0.25), tone(440, 8000, 2.0)
    tensor = WAVEFORM.decode(tf.constant([wav_bytes(short, 8000), wav_bytes(long, 8000)])).tensor.numpy()
    assert not tensor[0, 2000:].any() and tensor[0, :2000].any()
    np.testing.assert_allclose(tensor[1], long[:4000], atol=1e-4)


def triangles(mels):
    """One filter at a time, from its left corner up to 1 and down to its right; HTK mel, 20 to 4000 Hz."""
    mel = lambda hertz: 1127 * np.log(1 + hertz / 700)  # noqa: E731
    corners = 700 * (np.exp(np.linspace(mel(20), mel(4000), mels + 2) / 1127) - 1)
    frequencies = np.arange(129) * 8000 / 256
    return np.stack([np.interp(frequencies, corners[m : m + 3], [0, 1, 0]) for m in range(mels)], axis=1)


def test_log_mel_against_numpy():
    audio = Audio(sample_rate=8000, seconds=0.5, mels=20)
    samples = np.random.default_rng(1).normal(0, 0.1, 4000).astype("float32")
    frames = np.stack([samples[start : start + 200] for start in range(0, 4000 - 200 + 1, 80)])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(200) / 200)
    power = np.abs(np.fft.rfft(frames * hann, 256)) ** 2
    expected = np.log(power @ triangles(20) + 1e-6)
    expected = (expected - expected.mean()) / np.sqrt(expected.var() + 1e-6)
    np.testing.assert_allclose(audio.log_mel(tf.constant(samples[None]))[0].numpy(), expected, atol=2e-3)


def log_energies_of(samples):
    """Log-mel energies with SciPy's transform of each frame and the filters of `test_log_mel_against_numpy`."""
    return np.log(magnitudes_of(samples) ** 2 @ triangles(20) + 1e-6)


def magnitudes_of(samples):
    hann = scipy.signal.get_window("hann", 200)
    frames = np.stack([samples[start : start + 200] for start in range(0, len(samples) - 200 + 1, 80)])
    return np.abs(scipy.fft.rfft(frames.astype("float64") * hann, 256))


def test_stft_magnitudes_equal_scipys():
    samples = np.random.default_rng(1).normal(0, 0.1, 4000).astype("float32")
    audio = Audio(sample_rate=8000, seconds=0.5, features="stft")
    wanted = magnitudes_of(samples)
    found = audio.magnitudes(tf.constant(samples[None]))[0].numpy()
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    # SciPy's own short-time transform, its scale (the sum of the window) taken out, agrees on the frames.
    _, _, spectrum = scipy.signal.stft(
        samples, window="hann", nperseg=200, noverlap=120, nfft=256, boundary=None, padded=False
    )
    np.testing.assert_allclose(found, np.abs(spectrum.T) * scipy.signal.get_window("hann", 200).sum(), atol=1e-5)
    standard = (wanted - wanted.mean()) / np.sqrt(wanted.var() + 1e-6)
    assert audio.shape == standard.shape == (48, 129)
    np.testing.assert_allclose(audio.extract(tf.constant(samples[None]))[0].numpy(), standard, atol=1e-4)


def test_cepstral_coefficients_equal_scipys_cosine_transform():
    np.testing.assert_allclose(cosine_transform(20, 13), scipy.fft.dct(np.eye(20), norm="ortho")[:, :13], atol=1e-6)
    samples = np.random.default_rng(1).normal(0, 0.1, 4000).astype("float32")
    audio = Audio(sample_rate=8000, seconds=0.5, mels=20, features="mfcc")
    cepstrum = scipy.fft.dct(log_energies_of(samples), norm="ortho", axis=-1)[:, :13]
    wanted = (cepstrum - cepstrum.mean(axis=0)) / np.sqrt(cepstrum.var(axis=0) + 1e-6)
    assert audio.shape == wanted.shape == (48, 13)
    np.testing.assert_allclose(audio.extract(tf.constant(samples[None]))[0].numpy(), wanted, atol=2e-3)


@pytest.mark.parametrize("name", ["magnitudes", "log_mel", "mfcc"])
def test_before_the_standardising_they_are_librosas(name):
    with np.load(GOLDEN) as file:
        signal, wanted = tf.constant(file["signal"][None]), file[name]
    audio = Audio(sample_rate=8000, seconds=0.5, mels=40, coefficients=13)
    ours = {"magnitudes": audio.magnitudes, "log_mel": audio.log_energies, "mfcc": audio.cepstrum}
    found = ours[name](signal)[0].numpy()
    assert found.shape == wanted.shape and np.ptp(wanted) > 1
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("features", ["stft", "mfcc", "log_mel"])
def test_digital_silence_is_finite_and_without_a_sound_the_tensor_is_zero(features):
    audio = Audio(sample_rate=8000, seconds=0.5, mels=20, features=features)
    decoded = audio.decode(tf.constant([wav_bytes(np.zeros(4000), 8000), b""]))
    assert decoded.tensor.shape == (2, *audio.shape) and np.isfinite(decoded.tensor.numpy()).all()
    np.testing.assert_array_equal(decoded.present, [True, False])
    assert not decoded.tensor[1].numpy().any()


def test_junk_and_silence_of_a_record_that_has_no_sound():
    audio = Audio(8000, 0.5)
    good = wav_bytes(tone(440, 8000, 0.5), 8000)
    decoded = audio.decode(tf.constant([good, b"", b"RIFF junk", good[:30]]))
    assert decoded.present.numpy().tolist() == [True, False, False, False]
    assert decoded.given.numpy().tolist() == [True, False, True, True]
    np.testing.assert_array_equal(decoded.tensor[0], audio.decode(tf.constant([good])).tensor[0])
    assert not decoded.tensor[1:].numpy().any()


def test_a_float_waveform_will_do_in_a_record():
    samples = tone(440, 8000, 0.5)
    assert WAVEFORM.encode(samples) == wav_bytes(samples, 8000)
    assert WAVEFORM.encode([]) == b""


def test_masks_blank_one_span_of_at_most_the_share():
    kept = keep_outside_span(tf.constant(200), 50, 0.3, tf.constant([0, 1])).numpy()
    blank = ~kept
    assert blank.sum(1).max() <= 16 and blank.any()
    for row in blank:
        where = np.flatnonzero(row)
        assert not len(where) or np.array_equal(where, np.arange(where[0], where[-1] + 1))


def test_augmentation_masks_whole_frames_and_bands():
    audio = Audio(8000, 0.5, time_mask=0.4, frequency_mask=0.4)
    ones = tf.ones((16, *audio.shape))
    masked = audio.augment(ones, tf.constant([3, 4], tf.int64)).numpy()
    frames, bands = (masked == 0).all(2), (masked == 0).all(1)
    assert frames.any() and bands.any()
    np.testing.assert_array_equal(masked == 0, frames[:, :, None] | bands[:, None, :])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"features": "chroma"}, "log_mel, waveform, stft, mfcc"),
        ({"features": "mfcc", "mels": 12}, "of 12 mels there are no 13 coefficients"),
        ({"coefficients": 0}, "coefficients"),
        ({"seconds": 0.01}, "shorter than one window"),
        ({"mels": 0}, "mels"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match="Audio") as error:
        Audio(**arguments)
    assert words in str(error.value)
