"""Hand, face and voice of a person in a virtual room -> intent."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from multimodal_zoo.encoders import SplitMask, image_cnn, log_mel_cnn, tcn
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Audio, Image, Series
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:2107.07502, arXiv:1803.01271"))
def interaction_vr(
    hand: Series | None = Series(3, 40, keep="oldest", align="given"),
    face: Image | None = Image(32, 32, 1),
    speech: Audio | None = Audio(8000, 0.6),
    *,
    num_classes: int = 6,
    hand_filters: Sequence[int] = (24, 24, 24, 24),
    face_filters: Sequence[int] = (16, 32, 64),
    speech_filters: Sequence[int] = (32, 48, 64),
    fusion: str = "concat",
    joint_dim: int = 64,
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Intent of a person in a virtual room from the motion of the hand, the face and what is said.

    Causal convolutions read where the hand was, a CNN the picture of the face, a CNN over time the sound of the voice;
    a fusion operator joins what the three say.

    Args:
        hand, face, speech: the modalities; None leaves one out. The speech has to come as a log-mel spectrogram.
        num_classes: intents.
        hand_filters: of the blocks of causal convolutions; the i-th looks 2^i steps back with each tap.
        face_filters: of the 3x3 convolutions over the face.
        speech_filters: of the convolutions over time of the voice.
        fusion: any of `list_fusions()`.
        joint_dim: width of the fused representation.
        dropout: share dropped of the hand's channels and of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"hand", "face", "speech"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = interaction_vr(Series(21, 90), Image(48, 48, 1), None, fusion="gated", missing_modalities=True)

    Reference: fusion of encodings of several sensors as in Liang et al. 2021, arXiv:2107.07502 (MultiBench), section 3;
        the hand: Bai et al. 2018, arXiv:1803.01271.
    """
    inputs = model_inputs(hand=hand, face=face, speech=speech, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    encodings = {}
    if hand is not None:
        places, there = SplitMask(name="hand_split")(seen["hand"])
        encodings["hand"] = tcn(hand_filters, dropout=dropout, name="hand")(places, there)
    if face is not None:
        encodings["face"] = image_cnn(face_filters, name="face")(seen["face"])
    if speech is not None:
        encodings["speech"] = log_mel_cnn(speech_filters, name="speech")(seen["speech"])

    joint = fuse(fusion, joint_dim)(encodings, presence)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="interaction_vr")
