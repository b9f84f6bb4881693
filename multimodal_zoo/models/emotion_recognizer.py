"""Face, voice and words -> emotion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders import SplitMask, bigru, frames_lstm, image_cnn, log_mel_cnn, series_lstm
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Audio, Image, Modality, Series, Text, Video
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="doi:10.18653/v1/P17-1081"))
def emotion_recognizer(
    text: Text | Series | None = Series(100, 11, keep="oldest", align="given"),
    audio: Audio | Series | None = Series(73, 11, keep="oldest", align="given"),
    video: Video | Image | Series | None = Series(100, 11, keep="oldest", align="given"),
    *,
    num_classes: int = 2,
    units: int = 32,
    fusion: str = "late_average",
    joint_dim: int = 32,
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Emotion from a face, a voice and words, each as recorded or as features of each step.

    Features are read by an LSTM: those of an utterance behind those of its neighbours make it an utterance in the
    context of its conversation. Recordings go through a small network of their kind: words through a GRU from either
    end, a voice as log-mel spectrogram through a CNN, a face through a CNN, frame by frame where it moves.

    Args:
        text: the words; None leaves a modality out.
        audio: the voice; a recording has to come as a log-mel spectrogram.
        video: the face, on one picture or moving.
        num_classes: emotions.
        units: of the LSTMs and GRUs.
        fusion: any of `list_fusions()`.
        joint_dim: width of the fused representation.
        dropout: share dropped of features, states and the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"text", "audio", "video"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        TypeError: a modality of another kind.

    Example:
        >>> face, voice, words = Image(48, 48, 1), Audio(16000, 3.0), Text(8000, 40)
        >>> model = emotion_recognizer(words, voice, face, num_classes=7, missing_modalities=True)

    Reference: Poria et al. 2017, ACL P17-1081, section 3.2 (features of an utterance in their context, by an LSTM);
        fusion of what the modalities say by themselves: Snoek et al. 2005, Early versus late fusion.
    """
    modalities = {"text": text, "audio": audio, "video": video}
    inputs = model_inputs(**modalities, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    encodings = {name: encoder_of(name, modalities[name], units, dropout)(tensor) for name, tensor in seen.items()}
    joint = fuse(fusion, joint_dim)(encodings, presence)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="emotion_recognizer")


def encoder_of(name: str, modality: Modality | None, units: int, dropout: float) -> Callable[[Any], Any]:
    """The encoder of a modality, by its kind; raises TypeError where the network has none for it."""
    if isinstance(modality, Text):
        return bigru(modality.vocabulary_size, units=units, dropout=dropout, name=name)
    if isinstance(modality, Audio) and modality.features == "log_mel":
        return log_mel_cnn(dropout=dropout, name=name)
    if isinstance(modality, Image):
        return image_cnn(name=name)
    if isinstance(modality, (Series, Video)):
        encode = (series_lstm if isinstance(modality, Series) else frames_lstm)(units=units, dropout=dropout, name=name)
        return lambda tensor: encode(*SplitMask(name=f"{name}_split")(tensor))
    raise TypeError(
        f"emotion_recognizer reads {name} as Text, Audio(features='log_mel'), Image, Video or Series; got {modality!r}."
    )
