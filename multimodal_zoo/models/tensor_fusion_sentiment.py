"""Text, audio and video features -> sentiment, by their outer product."""

from __future__ import annotations

import keras

from multimodal_zoo.encoders import dense_layers, series_lstm
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Series
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.models.steps import split_steps
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:1707.07250"))
def tensor_fusion_sentiment(
    text: Series | None = Series(100, 11, keep="oldest", align="given"),
    audio: Series | None = Series(73, 11, keep="oldest", align="given"),
    video: Series | None = Series(100, 11, keep="oldest", align="given"),
    *,
    num_classes: int = 2,
    text_units: int = 32,
    audio_units: int = 8,
    video_units: int = 8,
    fusion: str = "tensor_fusion",
    joint_dim: int = 32,
    hidden: tuple[int, ...] = (32,),
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Sentiment from text, audio and video features, joined by the outer product of all three: TFN.

    An embedding network reads each modality up to its last step; the tensor fusion layer multiplies every entry of
    one embedding, or a 1, by every entry of the others; the inference network reads the products. The text has the
    widest embedding, as it tells most.

    Args:
        text, audio, video: features of each step; None leaves a modality out.
        num_classes: classes of sentiment.
        text_units, audio_units, video_units: widths of the embeddings; the outer product has as many entries as
            these widths, each plus 1, give multiplied.
        fusion: any of `list_fusions()`.
        joint_dim: width of the fused representation, the first layer of the inference network.
        hidden: units of its further layers.
        dropout: share dropped of the features, of the embeddings and in the inference network, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"text", "audio", "video"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        ValueError: the outer product would be too large.

    Example:
        >>> model = tensor_fusion_sentiment(missing_modalities=True, modality_dropout=0.1)

    Reference: Zadeh et al. 2017, arXiv:1707.07250, section 4. There audio and video are means over the steps, through
        dense layers; here they are read as the text is, by an LSTM.
    """
    inputs = model_inputs(text=text, audio=audio, video=video, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)
    steps, there = split_steps(seen)

    units = {"text": text_units, "audio": audio_units, "video": video_units}
    embeddings = {
        name: series_lstm(units[name], dropout, name=name)(series, there[name]) for name, series in steps.items()
    }
    joint = fuse(fusion, joint_dim)(embeddings, presence)
    inferred = dense_layers(hidden, dropout, first=2, name="inference")(joint)
    probabilities = classification_head(num_classes, dropout=dropout)(inferred)
    return keras.Model(inputs, probabilities, name="tensor_fusion_sentiment")
