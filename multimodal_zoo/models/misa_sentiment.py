"""Text, audio and video features -> sentiment, by what they share and what each says alone."""

from __future__ import annotations

import keras

from multimodal_zoo.encoders import series_lstm
from multimodal_zoo.fusion import MutualAttention, PresenceColumns, fuse, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Series
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.models.steps import split_steps
from multimodal_zoo.objectives import SharedAndPrivate
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:2005.03545"))
def misa_sentiment(
    text: Series | None = Series(100, 11, keep="oldest", align="given"),
    audio: Series | None = Series(73, 11, keep="oldest", align="given"),
    video: Series | None = Series(100, 11, keep="oldest", align="given"),
    *,
    num_classes: int = 2,
    units: int = 32,
    dim: int = 16,
    heads: int = 2,
    similarity: float = 1.0,
    difference: float = 0.3,
    reconstruction: float = 1.0,
    fusion: str = "concat",
    joint_dim: int = 32,
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Sentiment from what text, audio and video features have in common and from what each says alone: MISA.

    An LSTM reads each modality up to its last step. One encoder for all gives its shared representation, another its
    private one; losses bring the shared ones together, keep the private ones apart from them and from each other, and
    ask that both give the modality back. The representations attend to each other, then they are joined.

    Args:
        text, audio, video: features of each step; None leaves a modality out.
        num_classes: classes of sentiment.
        units: of the LSTMs.
        dim: width of each shared and of each private representation.
        heads: of the attention among the representations.
        similarity, difference, reconstruction: weights of the three losses, see `SharedAndPrivate`.
        fusion: any of `list_fusions()`; it joins the two representations of each modality, side by side, with those
            of the others.
        joint_dim: width of the fused representation.
        dropout: share dropped of the features, of the states, in the attention and of the joint representation, in
            [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"text", "audio", "video"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = misa_sentiment(similarity=0.5, missing_modalities=True)

    Reference: Hazarika et al. 2020, arXiv:2005.03545, section 3; the text, too, is read by an LSTM here.
    """
    inputs = model_inputs(text=text, audio=audio, video=video, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)
    steps, there = split_steps(seen)

    encodings = {}
    for name, series in steps.items():
        state = series_lstm(units, dropout, name=name)(series, there[name])
        projected = keras.layers.Dense(dim, activation="relu", name=f"{name}_projection")(state)
        encodings[name] = keras.layers.LayerNormalization(name=f"{name}_norm")(projected)
    separate = SharedAndPrivate(similarity, difference, reconstruction, name="shared_and_private")
    parts = separate(encodings, presence=presence)

    of_parts = None
    if presence is not None:
        of_parts = PresenceColumns(2 * list(range(len(steps))), name="presence_of_parts")(presence)
    parts = MutualAttention(heads, dropout=dropout, name="mutual_attention")(parts, presence=of_parts)
    both = {
        name: keras.layers.Concatenate(name=f"{name}_both")([parts[f"{name}_shared"], parts[f"{name}_private"]])
        for name in steps
    }
    joint = fuse(fusion, joint_dim)(both, presence)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="misa_sentiment")
