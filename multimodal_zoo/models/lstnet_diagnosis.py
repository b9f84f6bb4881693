"""Image and report -> diagnosis."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from multimodal_zoo.encoders import bag_of_words_highway, image_backbone, image_cnn, lstnet_text
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:1703.07015, arXiv:1801.04334"))
def lstnet_diagnosis(
    image: Image | None = Image(128, 128, 1),
    report: Text | None = Text(8000, 256),
    *,
    num_classes: int = 2,
    filters: Sequence[int] = (64, 128, 256),
    backbone: str | None = None,
    backbone_weights: str | None = None,
    backbone_trainable: bool = True,
    embedding_dim: int = 64,
    units: int = 64,
    skip: int = 4,
    highway: bool = True,
    fusion: str = "additive_attention",
    joint_dim: int = 128,
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Diagnosis from a medical image and its report, the report read in LSTNet's manner.

    The image goes through a small CNN or a backbone; the report through convolution, GRU, skip-GRU and temporal
    attention. A fusion operator joins them, and a linear bag-of-words path goes from the words straight to the logits,
    as LSTNet's autoregressive highway goes from the series to the forecast. It is silent when the report is absent.

    Args:
        image, report: the modalities; None leaves one out and gives the network of the other alone.
        num_classes: diagnoses.
        filters: of the 3x3 convolutions of the small CNN, each followed by max-pooling.
        backbone: instead of the small CNN, a name of keras.applications or a preset of keras-hub.
        backbone_weights: "imagenet" or a file; None starts from random weights.
        backbone_trainable: False freezes the backbone, its normalisation statistics too.
        embedding_dim, units, skip: word vectors, GRU units and step of the skip-GRU of the report branch.
        highway: whether there is the linear path from the words to the logits.
        fusion: any of `list_fusions()`.
        joint_dim: width of the fused representation.
        dropout: share dropped of the report's states and of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"image", "report"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = lstnet_diagnosis(Image(64, 64, 1), Text(4000, 160), fusion="gated", missing_modalities=True)

    Reference: Lai et al. 2018, arXiv:1703.07015, sections 3.3-3.6 (of which the report branch takes the layers, and
        words take the place of time steps); Wang et al. 2018 (TieNet), arXiv:1801.04334.
    """
    inputs = model_inputs(image=image, report=report, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    encodings = {}
    if image is not None:
        if backbone is None:
            encoder = image_cnn(filters, name="image")
        else:
            encoder = image_backbone(backbone, weights=backbone_weights, trainable=backbone_trainable, name="image")
        encodings["image"] = encoder(seen["image"])
    if report is not None:
        encodings["report"] = lstnet_text(
            report.vocabulary_size, embedding_dim=embedding_dim, units=units, skip=skip, dropout=dropout, name="report"
        )(seen["report"])

    joint = fuse(fusion, joint_dim)(encodings, presence)
    words = None
    if report is not None and highway:
        words = bag_of_words_highway(report.vocabulary_size, num_classes, name="highway")(seen["report"])
    probabilities = classification_head(num_classes, dropout=dropout)(joint, extra_logits=words)
    return keras.Model(inputs, probabilities, name="lstnet_diagnosis")
