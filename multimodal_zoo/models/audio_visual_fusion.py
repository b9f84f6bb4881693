"""Sound and picture -> class."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from multimodal_zoo.encoders import image_backbone, image_cnn, log_mel_cnn
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Audio, Image
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:1802.02892, arXiv:1702.01992"))
def audio_visual_fusion(
    audio: Audio | None = Audio(sample_rate=8000, seconds=1.0),
    image: Image | None = Image(28, 28, 1),
    *,
    num_classes: int = 10,
    audio_filters: Sequence[int] = (64, 96, 128),
    image_filters: Sequence[int] = (32, 64, 128),
    backbone: str | None = None,
    backbone_weights: str | None = None,
    backbone_trainable: bool = True,
    fusion: str = "gated",
    joint_dim: int = 128,
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Class from a sound and a picture, each through a CNN, joined by a fusion operator.

    Args:
        audio, image: the modalities; None leaves one out and gives the network of the other alone. The audio has to
            come as a log-mel spectrogram.
        num_classes: classes.
        audio_filters: of the convolutions over time of the audio CNN.
        image_filters: of the 3x3 convolutions of the image CNN.
        backbone: instead of the small image CNN, a name of keras.applications or a preset of keras-hub.
        backbone_weights: "imagenet" or a file; None starts from random weights.
        backbone_trainable: False freezes the backbone, its normalisation statistics too.
        fusion: any of `list_fusions()`.
        joint_dim: width of the fused representation.
        dropout: share dropped of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"audio", "image"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        ValueError: the audio is no log-mel spectrogram.

    Example:
        >>> model = audio_visual_fusion(fusion="additive_attention", missing_modalities=True, modality_dropout=0.3)

    Reference: gated multimodal unit: Arevalo et al. 2017, arXiv:1702.01992, section 3; audio-visual features joined by
        learned gates: arXiv:1802.02892.
    """
    inputs = model_inputs(audio=audio, image=image, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    encodings = {}
    if audio is not None:
        if audio.features != "log_mel":
            raise ValueError(f"audio_visual_fusion reads Audio(features='log_mel'), got features={audio.features!r}.")
        encodings["audio"] = log_mel_cnn(audio_filters, name="audio")(seen["audio"])
    if image is not None:
        if backbone is None:
            encoder = image_cnn(image_filters, name="image")
        else:
            encoder = image_backbone(backbone, weights=backbone_weights, trainable=backbone_trainable, name="image")
        encodings["image"] = encoder(seen["image"])

    joint = fuse(fusion, joint_dim)(encodings, presence)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="audio_visual_fusion")
