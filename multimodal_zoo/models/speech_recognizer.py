"""Speech -> its transcript, character by character."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders import SplitMask, StandardisedSteps, deep_speech
from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.fusion import silence_absent
from multimodal_zoo.heads import transcription_head
from multimodal_zoo.modalities import Audio, Modality, Series
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="transcription", paper="arXiv:1412.5567"))
def speech_recognizer(
    audio: Audio | Series = Series(13, 400, keep="oldest"),
    *,
    num_classes: int = 28,
    filters: Sequence[int] = (64, 64),
    kernel: int = 5,
    strides: Sequence[int] = (2, 2),
    units: int = 64,
    layers: int = 1,
    dropout: float = 0.2,
    missing_modalities: bool = False,
) -> keras.Model:
    """Speech to text by convolutions over time, GRUs from either end and a character, or none, at every frame.

    It learns from recordings and what was said in them, without knowing when: by the CTC loss. The mean of all states
    (`joint`) decides how much of each channel goes into the answer, so that a frame is read in the light of the whole
    recording.

    Args:
        audio: the speech: frames of features such as cepstral coefficients, or a recording as spectrogram, log-mel
            spectrogram or cepstral coefficients.
        num_classes: characters, the blank included, which is the first.
        filters, kernel, strides: channels of each convolution over time, frames it sees at once, and of how many frames
            it leaves one. A transcript needs at least as many frames as characters.
        units, layers: units of each GRU, and layers of them.
        dropout: share dropped of the channels before each layer of GRUs and before the characters, in [0, 1).
        missing_modalities: add the input `presence`; without its recording a record has an empty transcript.

    Returns:
        `keras.Model` from `{"audio"}` (and `presence`) to `(batch, frames, num_classes)` probabilities, for `CtcLoss`
        and `ctc_search`.

    Raises:
        TypeError: a modality of another kind, or a waveform.
        ValueError: filters and strides are not of one number.

    Example:
        >>> model = speech_recognizer(Audio(16000, 10.0, features="log_mel"), filters=(128, 128), units=256, layers=2)

    Reference: Hannun et al. 2014, arXiv:1412.5567, section 2; GRUs and strides as in Amodei et al. 2015,
        arXiv:1512.02595, section 3; the weighing of channels: Han et al. 2020, arXiv:2005.03191, section 2.2.3.
    """
    inputs = model_inputs(audio=audio, presence=missing_modalities)
    seen, presence = silence_absent(inputs)

    frames, there = frames_of(audio, seen["audio"], presence)
    frames = StandardisedSteps(name="audio_standardised")(frames, there)
    states, there = deep_speech(filters, kernel, strides, units, layers, dropout, name="audio")(frames, there)

    joint = MaskedMean(name="joint")(states, there)
    weights = keras.layers.Dense(2 * units, activation="sigmoid", name="channel_weights")(joint)
    states = keras.layers.Multiply(name="weighed_states")([states, ops.expand_dims(weights, 1)])
    probabilities = transcription_head(num_classes, dropout)(states, there)
    return keras.Model(inputs, probabilities, name="speech_recognizer")


def frames_of(audio: Modality, tensor: Any, presence: Any) -> tuple[Any, Any]:
    """The features of each frame and which frames are there; raises TypeError where the network cannot read them."""
    if isinstance(audio, Series):
        return SplitMask(name="audio_split")(tensor)
    if not isinstance(audio, Audio) or audio.features == "waveform":
        raise TypeError(
            f"speech_recognizer reads audio as Series, or as Audio with features 'log_mel', 'mfcc' or 'stft'; got "
            f"{audio!r}."
        )
    there = ops.ones_like(tensor[:, :, 0], dtype="int32")
    return tensor, there if presence is None else there * ops.cast(presence > 0.5, "int32")
