"""Text, audio and video features -> sentiment, by a memory of what changes in them together."""

from __future__ import annotations

import keras

from multimodal_zoo.fusion import silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Series
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.models.steps import fuse_steps, split_steps
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:1802.00927"))
def memory_fusion_sentiment(
    text: Series | None = Series(100, 11, keep="oldest", align="given"),
    audio: Series | None = Series(73, 11, keep="oldest", align="given"),
    video: Series | None = Series(100, 11, keep="oldest", align="given"),
    *,
    num_classes: int = 2,
    units: int = 32,
    memory_units: int = 32,
    fusion: str = "memory_fusion",
    joint_dim: int = 32,
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Sentiment from aligned text, audio and video features by LSTMs and a common memory: MFN.

    An LSTM reads each modality. At every step, attention over the memories of all LSTMs, of this step and the one
    before, finds what changed in several of them at once, and a gated memory keeps it. The last states and that
    memory decide.

    Args:
        text, audio, video: features of each step; None leaves a modality out. Steps of the same place are of the
            same moment, so all have the same number, and `align="given"`.
        num_classes: classes of sentiment.
        units: of each LSTM.
        memory_units: width of the memory.
        fusion: any of `list_fusions()`; one over vectors joins the last states of the LSTMs.
        joint_dim: width of the fused representation.
        dropout: share dropped of the features and of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"text", "audio", "video"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        ValueError: the modalities have different numbers of steps.

    Example:
        >>> aligned = {"keep": "oldest", "align": "given"}
        >>> model = memory_fusion_sentiment(Series(300, 20, **aligned), Series(74, 20, **aligned), None)

    Reference: Zadeh et al. 2018, arXiv:1802.00927, section 3.
    """
    inputs = model_inputs(text=text, audio=audio, video=video, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)
    steps, there = split_steps(seen)

    steps = {name: keras.layers.Dropout(dropout, name=f"{name}_dropout")(series) for name, series in steps.items()}
    joint = fuse_steps(fusion, joint_dim, steps, there, presence, units=units, memory_units=memory_units)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="memory_fusion_sentiment")
