"""Image and question -> answer: each attends to the other, at three levels of the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders import image_backbone, image_regions, question_hierarchy
from multimodal_zoo.fusion import AlternatingCoAttention, ParallelCoAttention, presence_of, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model
from multimodal_zoo.unknown_name import UnknownName

CO_ATTENTIONS = ("parallel", "alternating")


@register_model(ModelCard(task="classification", paper="arXiv:1606.00061"))
def co_attention_vqa(
    image: Image | None = Image(64, 64, 3),
    question: Text | None = Text(2000, 20),
    *,
    num_classes: int = 13,
    filters: Sequence[int] = (32, 64, 128),
    backbone: str | None = None,
    backbone_weights: str | None = None,
    backbone_trainable: bool = True,
    co_attention: str = "parallel",
    attention_dim: int = 64,
    joint_dim: int = 64,
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Answer to a question about an image, by attention of each to the other at three levels of the question.

    The question is told as words, as phrases of up to three words, and as states of an LSTM over the phrases. At each
    level the regions of the image are weighted in the light of the question, and the question's places in that of
    the regions. What is attended, image and question summed, is joined from the words upwards.

    Without the image the question attends to itself, and the other way round.

    To see where the network looked: the layers `word_attention_image`, `phrase_attention_image` and
    `question_attention_image` give the weight of each region, row by row from the upper left one, and those whose
    names end in `_question` that of each word, as in
    `keras.Model(model.input, model.get_layer("question_attention_image").output)`.

    Args:
        image, question: the modalities; None leaves one out and gives the network of the other alone.
        num_classes: answers.
        filters: of the 3x3 convolutions of the small CNN, each followed by max-pooling; the cells of its last
            feature map are the regions.
        backbone: instead of the small CNN, a name of keras.applications or a preset of keras-hub; the paper has VGG
            and ResNet.
        backbone_weights: "imagenet" or a file; None starts from random weights.
        backbone_trainable: False freezes the backbone, its normalisation statistics too.
        co_attention: "parallel", by the affinity of each word to each region, or "alternating", where a summary of
            the question chooses among the regions, and these among the words.
        attention_dim: width of the hidden layer of each attention.
        joint_dim: width of regions, words, phrases and LSTM, and of the joint representation.
        dropout: share dropped of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"image", "question"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownName: `co_attention` is neither of the two.

    Example:
        >>> model = co_attention_vqa(Image(64, 64, 3), Text(32, 10), co_attention="alternating")

    Reference: Lu et al. 2016, arXiv:1606.00061: section 3.2 (question hierarchy), 3.3 (co-attention), 3.4 (the
        answer from word to phrase to question). There is no choice of fusion operator: the co-attention is the fusion.
    """
    if co_attention not in CO_ATTENTIONS:
        raise UnknownName("co_attention", co_attention, CO_ATTENTIONS)
    inputs = model_inputs(image=image, question=question, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    whole, there = {}, {}
    if image is not None:
        if backbone is None:
            look = image_regions(filters, name="image")
        else:
            look = image_backbone(backbone, backbone_weights, backbone_trainable, name="image", regions=True)
        whole["image"] = keras.layers.Dense(joint_dim, activation="tanh", name="regions")(look(seen["image"]))
        if presence is not None:
            there["image"] = presence_of(presence, tuple(seen), ["image"], "presence_of_image")
    levels = {"image": whole}
    if question is not None:
        told, ids = question_hierarchy(question.vocabulary_size, joint_dim, name="question")(seen["question"])
        there["question"] = ids
        levels = {level: {**whole, "question": words} for level, words in told.items()}

    answer = None
    for level, features in levels.items():
        found = attended(level, features, there, co_attention, attention_dim)
        if answer is not None:
            found = keras.layers.Concatenate(name=f"{level}_and_below")([found, answer])
        name = "joint" if level == list(levels)[-1] else f"{level}_answer"
        answer = keras.layers.Dense(joint_dim, activation="tanh", name=name)(found)

    probabilities = classification_head(num_classes, dropout=dropout)(answer)
    return keras.Model(inputs, probabilities, name="co_attention_vqa")


def attended(
    level: str, features: Mapping[str, Any], there: Mapping[str, Any], co_attention: str, attention_dim: int
) -> Any:
    """What is seen and read at one level, summed: `(batch, joint_dim)`."""
    if co_attention == "alternating" and len(features) == 2:
        attend = AlternatingCoAttention("question", "image", attention_dim, name=f"{level}_co_attention")
    else:
        attend = ParallelCoAttention(tuple(features), attention_dim, name=f"{level}_co_attention")
    parts = []
    for name, weights in attend(features, there).items():
        weights = keras.layers.Identity(dtype="float32", name=f"{level}_attention_{name}")(weights)
        parts.append(keras.layers.Dot(axes=1, name=f"{level}_attended_{name}")([weights, features[name]]))
    return keras.layers.Add(name=f"{level}_attended")(parts) if len(parts) > 1 else parts[0]
