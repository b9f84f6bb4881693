"""Text, audio and video features -> sentiment, each modality hearing the others step by step."""

from __future__ import annotations

import keras

from multimodal_zoo.encoders.present_steps import ZeroPadding
from multimodal_zoo.fusion import silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Series
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.models.steps import fuse_steps, split_steps
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:1906.00295"))
def mult_sentiment(
    text: Series | None = Series(100, 11, keep="oldest", align="given"),
    audio: Series | None = Series(73, 11, keep="oldest", align="given"),
    video: Series | None = Series(100, 11, keep="oldest", align="given"),
    *,
    num_classes: int = 2,
    kernel: int = 3,
    dim: int = 16,
    layers: int = 1,
    heads: int = 4,
    fusion: str = "cross_modal_transformer",
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Sentiment from text, audio and video features by cross-modal attention, step by step: MulT.

    A convolution over time brings each modality to one width; in a stream for every ordered pair, one modality
    attends to the steps of another; self-attention reads the streams of a modality together, and the last steps of
    all three decide. The modalities need not be aligned.

    Args:
        text, audio, video: features of each step; None leaves a modality out. They may differ in their steps.
        num_classes: classes of sentiment.
        kernel: steps that the convolution sees at once.
        dim: width of a stream and of the fused representation.
        layers: blocks of cross-modal attention, and of self-attention.
        heads: of attention.
        fusion: any of `list_fusions()`; one over vectors joins the last states of LSTMs behind the convolutions.
        dropout: share dropped of the features, in the blocks and of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"text", "audio", "video"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = mult_sentiment(Series(300, 50), Series(74, 375), Series(35, 500), num_classes=7)

    Reference: Tsai et al. 2019, arXiv:1906.00295, section 3; see `CrossModalTransformer` for what differs.
    """
    inputs = model_inputs(text=text, audio=audio, video=video, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)
    steps, there = split_steps(seen)

    convolved = {}
    for name, series in steps.items():
        known = ZeroPadding(name=f"{name}_padding")(series, there[name])
        dropped = keras.layers.Dropout(dropout, name=f"{name}_dropout")(known)
        convolved[name] = keras.layers.Conv1D(dim, kernel, padding="same", name=f"{name}_convolution")(dropped)
    joint = fuse_steps(fusion, dim, convolved, there, presence, units=dim, layers=layers, heads=heads, dropout=dropout)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="mult_sentiment")
