"""Recorded sound: WAV bytes -> waveform, spectrogram, log-mel spectrogram or cepstral coefficients."""

from __future__ import annotations

import dataclasses
import io
import wave
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.attempt_each import attempt_each
from multimodal_zoo.modalities.image import encode_bytes
from multimodal_zoo.modalities.modality import Decoded, Modality, require_fraction, require_positive

FEATURES = ("log_mel", "waveform", "stft", "mfcc")


@dataclasses.dataclass(frozen=True)
class Audio(Modality):
    """A recording of at most `seconds`: mixed down to mono, resampled, cut or padded with silence at the end.

    Args:
        sample_rate: samples per second the network hears; other rates are resampled (ideal low-pass, by FFT).
        seconds: length of the clip.
        features: "waveform" for `(samples,)` in -1..1; "stft" for the magnitude of the short-time Fourier transform,
            `(frames, bins)`, and "log_mel" for `(frames, mels)`, each clip standardised to mean 0 and variance 1;
            "mfcc" for the cosine transform (DCT-II, orthonormal) of the log-mel, `(frames, coefficients)`, each
            coefficient standardised over the clip.
        mels: mel bands (HTK scale) from 20 Hz to half the sample rate.
        coefficients: mel-frequency cepstral coefficients that are kept, the first (loudness) included, 1 to `mels`.
        window_ms, hop_ms: length and step of the analysis window in milliseconds.
        time_mask, frequency_mask: largest share of the frames and of the bands that augmentation blanks, in [0, 1).
        noise: standard deviation of the Gaussian noise that augmentation adds to the features.

    Before the standardising, "stft", "log_mel" and "mfcc" equal librosa's for windows that lie whole in the clip, to
    within 1e-4, relative and absolute: `librosa.stft(..., center=False)`, log(m + 1e-6) of
    `librosa.feature.melspectrogram(..., htk=True, norm=None, fmin=20)`, and `librosa.feature.mfcc(S=...)` of that.

    Raw: 16-bit PCM WAV bytes of any rate and any number of channels (absent: `b""`). In a record a float waveform at
    `sample_rate` will do as well. Tensor: `(samples,)`, `(frames, bins)`, `(frames, mels)` or
    `(frames, coefficients)` float32.

    Example:
        >>> Audio(sample_rate=8000, seconds=1.0, mels=40).shape
        (98, 40)

    Reference: SpecAugment masks: Park et al. 2019, arXiv:1904.08779, section 2. Cepstral coefficients: Davis and
    Mermelstein 1980, doi:10.1109/TASSP.1980.1163420, equation 1.
    """

    sample_rate: int = 8000
    seconds: float = 1.0
    features: str = "log_mel"
    mels: int = 40
    window_ms: float = 25.0
    hop_ms: float = 10.0
    time_mask: float = 0.0
    frequency_mask: float = 0.0
    noise: float = 0.0
    coefficients: int = 13

    kind: ClassVar[str] = "audio"

    def __post_init__(self) -> None:
        require_positive(
            "Audio",
            sample_rate=self.sample_rate,
            seconds=self.seconds,
            mels=self.mels,
            window_ms=self.window_ms,
            hop_ms=self.hop_ms,
            coefficients=self.coefficients,
        )
        require_fraction("Audio", time_mask=self.time_mask, frequency_mask=self.frequency_mask)
        if self.features not in FEATURES:
            raise ValueError(f"Audio: features is one of {', '.join(FEATURES)}, got {self.features!r}.")
        if self.features == "mfcc" and self.coefficients > self.mels:
            raise ValueError(f"Audio: of {self.mels} mels there are no {self.coefficients} coefficients.")
        if self.samples < self.window:
            raise ValueError(f"Audio: seconds={self.seconds} is shorter than one window of {self.window_ms} ms.")

    @property
    def samples(self) -> int:
        """Samples of one clip."""
        return round(self.sample_rate * self.seconds)

    @property
    def window(self) -> int:
        """Samples of one analysis window."""
        return round(self.sample_rate * self.window_ms / 1000)

    @property
    def hop(self) -> int:
        """Samples from one window to the next."""
        return round(self.sample_rate * self.hop_ms / 1000)

    @property
    def transform(self) -> int:
        """Samples of one Fourier transform: the next power of two from the window."""
        return 2 ** int(np.ceil(np.log2(self.window)))

    @property
    def shape(self) -> tuple[int, ...]:
        if self.features == "waveform":
            return (self.samples,)
        widths = {"stft": self.transform // 2 + 1, "log_mel": self.mels, "mfcc": self.coefficients}
        return (1 + (self.samples - self.window) // self.hop, widths[self.features])

    @property
    def same_in_any_batch(self) -> bool:
        """Products and logarithms of a whole batch round by where a number lies in memory."""
        return self.features == "waveform"

    def raw_name(self, name: str) -> str:
        return f"{name}_bytes"

    def encode(self, value: Any) -> bytes:
        if isinstance(value, (list, tuple, np.ndarray)):
            waveform = np.asarray(value, "float32")
            return wav_bytes(waveform, self.sample_rate) if waveform.size else b""
        return encode_bytes("Audio", value)

    def example(self, seed: int) -> bytes:
        """A WAV of a tenth of a second, or one clip if that is shorter: a tone of 100 to 1000 Hz in some noise."""
        random = np.random.default_rng(seed)
        seconds = np.arange(min(self.samples, self.sample_rate // 10)) / self.sample_rate
        tone = np.sin(2 * np.pi * random.uniform(100, 1000) * seconds)
        return wav_bytes(0.5 * tone + random.normal(0, 0.05, seconds.size), self.sample_rate)

    def clip(self, channels: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The mean of the channels of one recording, `(samples,)` at the rate of this modality, and whether it is one.

        A recording without samples, or with a rate that cannot be, is none.
        """
        waveform = tf.reduce_mean(channels, axis=1)
        usable = (tf.size(waveform) > 0) & (rate > 0)
        rate = tf.where(usable, rate, self.sample_rate)
        waveform = tf.cond(usable, lambda: waveform, lambda: tf.zeros((1,)))
        # What comes after the clip is not heard; a header that claims one sample per second must not make it long.
        heard = tf.cast(tf.math.ceil(self.seconds * tf.cast(rate, tf.float64)), tf.int64)
        waveform = waveform[: tf.maximum(heard, 1)]
        waveform = tf.cond(
            tf.equal(rate, self.sample_rate),
            lambda: waveform,
            lambda: resample(waveform, rate, self.sample_rate),
        )[: self.samples]
        return tf.ensure_shape(tf.pad(waveform, [[0, self.samples - tf.size(waveform)]]), (self.samples,)), usable

    def decode(self, raw: tf.Tensor) -> Decoded:
        # Only 16-bit PCM can be read.
        read, (waveform, usable) = attempt_each(
            raw,
            tf.audio.decode_wav,
            works=ONE_SILENT_SAMPLE,
            finish=self.clip,
            signature=(tf.TensorSpec((self.samples,), tf.float32), tf.TensorSpec((), tf.bool)),
        )
        present = read & usable
        tensor = self.extract(waveform)
        present_rows = tf.reshape(present, [-1] + [1] * len(self.shape))
        return Decoded(tf.where(present_rows, tensor, 0.0), tf.strings.length(raw) > 0, present)

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        def loudness_and_length(channels: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            power = tf.reduce_mean(tf.square(channels))
            decibels = 10.0 * tf.math.log(tf.maximum(power, 1e-10)) / np.log(10.0)
            return decibels, tf.cast(tf.shape(channels)[0], tf.float32) / tf.cast(rate, tf.float32)

        number = tf.TensorSpec((), tf.float32)
        _, (loudness, seconds) = attempt_each(
            raw, tf.audio.decode_wav, ONE_SILENT_SAMPLE, loudness_and_length, (number, number)
        )
        return {"loudness": loudness, "seconds": seconds}

    def extract(self, waveform: tf.Tensor) -> tf.Tensor:
        """The features of this modality of `(batch, samples)`."""
        if self.features == "waveform":
            return waveform
        kinds = {"stft": self.stft, "log_mel": self.log_mel, "mfcc": self.mfcc}
        return tf.ensure_shape(kinds[self.features](waveform), (None, *self.shape))

    def stft(self, waveform: tf.Tensor) -> tf.Tensor:
        """Magnitudes `(batch, frames, bins)`, standardised per clip."""
        return standardised(self.magnitudes(waveform), axes=[1, 2])

    def log_mel(self, waveform: tf.Tensor) -> tf.Tensor:
        """Log-mel spectrogram `(batch, frames, mels)` of `(batch, samples)`, standardised per clip."""
        return standardised(self.log_energies(waveform), axes=[1, 2])

    def mfcc(self, waveform: tf.Tensor) -> tf.Tensor:
        """Cepstral coefficients `(batch, frames, coefficients)`, each standardised over the frames of a clip."""
        return standardised(self.cepstrum(waveform), axes=[1])

    def cepstrum(self, waveform: tf.Tensor) -> tf.Tensor:
        """Cosine transform of the log-mel energies of each frame, `(batch, frames, coefficients)`."""
        return tf.matmul(self.log_energies(waveform), cosine_transform(self.mels, self.coefficients))

    def magnitudes(self, waveform: tf.Tensor) -> tf.Tensor:
        """Magnitudes `(batch, frames, bins)` of the Fourier transform of each Hann window."""
        return tf.abs(tf.signal.stft(waveform, self.window, self.hop, fft_length=self.transform))

    def log_energies(self, waveform: tf.Tensor) -> tf.Tensor:
        """Logarithm of the energy in each mel band, `(batch, frames, mels)`."""
        weights = mel_filters(self.mels, self.transform // 2 + 1, self.sample_rate)
        return tf.math.log(tf.matmul(tf.square(self.magnitudes(waveform)), weights) + 1e-6)

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if self.noise:
            tensor = tensor + tf.random.stateless_normal(tf.shape(tensor), seed, stddev=self.noise)
        if self.time_mask:
            kept = keep_outside_span(tf.shape(tensor)[0], self.shape[0], self.time_mask, seed + 1)
            tensor = tf.where(kept if len(self.shape) == 1 else kept[:, :, None], tensor, 0.0)
        # A cepstral coefficient is no band.
        if self.frequency_mask and self.features in ("log_mel", "stft"):
            kept = keep_outside_span(tf.shape(tensor)[0], self.shape[1], self.frequency_mask, seed + 2)
            tensor = tf.where(kept[:, None, :], tensor, 0.0)
        return tensor


def standardised(tensor: tf.Tensor, axes: list[int]) -> tf.Tensor:
    """To mean 0 and variance 1 over the axes; what is constant becomes 0."""
    mean, variance = tf.nn.moments(tensor, axes=axes, keepdims=True)
    return (tensor - mean) / tf.sqrt(variance + 1e-6)


def mel_filters(mels: int, bins: int, sample_rate: int) -> np.ndarray:
    """Triangles of height 1 over the frequencies, `(bins, mels)`, their corners evenly spaced in mel from 20 Hz up."""
    to_mel = lambda hertz: 2595.0 * np.log10(1.0 + hertz / 700.0)  # noqa: E731
    corners = np.linspace(to_mel(20.0), to_mel(sample_rate / 2), mels + 2)
    corners = 700.0 * (10.0 ** (corners / 2595.0) - 1.0)
    frequencies = np.linspace(0.0, sample_rate / 2, bins)[:, None]
    rising = (frequencies - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - frequencies) / (corners[2:] - corners[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype("float32")


def cosine_transform(size: int, coefficients: int) -> np.ndarray:
    """The orthonormal DCT-II as a matrix `(size, coefficients)`: a row of `size` values times it is its transform."""
    places = np.arange(size)[:, None] + 0.5
    matrix = np.sqrt(2.0 / size) * np.cos(np.pi / size * places * np.arange(coefficients)[None, :])
    matrix[:, 0] /= np.sqrt(2.0)
    return matrix.astype("float32")


def keep_outside_span(batch: tf.Tensor, length: int, largest_share: float, seed: tf.Tensor) -> tf.Tensor:
    """`(batch, length)` bool, False in one random span per row of at most `largest_share` of the length."""
    draws = tf.random.stateless_uniform((2, batch, 1), seed)
    width = draws[0] * largest_share * length
    start = draws[1] * (length - width)
    position = tf.range(length, dtype=tf.float32)[None, :]
    return (position < start) | (position >= start + width)


def resample(waveform: tf.Tensor, rate: tf.Tensor, new_rate: int) -> tf.Tensor:
    """Resample `(samples,)` from `rate` to `new_rate` by truncating or extending its spectrum."""
    count = tf.shape(waveform)[0]
    new_count = tf.cast(tf.round(tf.cast(count, tf.float64) * new_rate / tf.cast(rate, tf.float64)), tf.int32)
    new_count = tf.maximum(new_count, 1)
    spectrum = tf.signal.rfft(waveform)
    # The bin at half the lower rate stands for two conjugate bins on one side of the change and for one on the other.
    lower = tf.minimum(count, new_count)
    at_half = (tf.range(tf.shape(spectrum)[0]) == lower // 2) & (lower % 2 == 0) & (count != new_count)
    factor = tf.where(at_half, tf.where(new_count < count, 2.0, 0.5), 1.0)
    spectrum *= tf.cast(factor, tf.complex64)
    kept = tf.minimum(tf.shape(spectrum)[0], new_count // 2 + 1)
    spectrum = tf.pad(spectrum[:kept], [[0, new_count // 2 + 1 - kept]])
    scale = tf.cast(new_count, tf.float32) / tf.cast(count, tf.float32)
    return tf.signal.irfft(spectrum, fft_length=new_count[None]) * scale


def wav_bytes(waveform: np.ndarray, sample_rate: int) -> bytes:
    """A float waveform in -1..1, `(samples,)` or `(samples, channels)`, as 16-bit PCM WAV bytes."""
    samples = np.asarray(waveform)
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim != 2:
        raise ValueError(f"A waveform is (samples,) or (samples, channels), got shape {np.shape(waveform)}.")
    integers = np.clip(np.round(samples * 32768.0), -32768, 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(integers.tobytes())
    return buffer.getvalue()


ONE_SILENT_SAMPLE = wav_bytes(np.zeros(1), 8000)
