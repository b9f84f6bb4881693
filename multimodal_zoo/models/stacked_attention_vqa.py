"""Image and question -> answer, by several looks at the image."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from multimodal_zoo.encoders import image_backbone, image_regions, lstm_text
from multimodal_zoo.fusion import GuidedAttention, presence_of, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:1511.02274"))
def stacked_attention_vqa(
    image: Image | None = Image(64, 64, 3),
    question: Text | None = Text(2000, 20),
    *,
    num_classes: int = 13,
    filters: Sequence[int] = (32, 64, 128),
    backbone: str | None = None,
    backbone_weights: str | None = None,
    backbone_trainable: bool = True,
    embedding_dim: int = 64,
    joint_dim: int = 64,
    attention_dim: int = 64,
    hops: int = 2,
    answer_units: int | None = None,
    dropout: float = 0.3,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Answer to a question about an image, by several layers of attention over its regions.

    The question, read by an LSTM, is the first query. Each layer looks at the regions in the light of the query, and
    adds what it sees to the query: the next one looks more closely. The last query is the joint representation.

    Without the image the query stays the question; without the question the first look has no guide.

    To see where the network looked: the layers `attention_1`, `attention_2`, ... give the weight of each region,
    row by row from the upper left one, `keras.Model(model.input, model.get_layer("attention_2").output)`.

    Args:
        image, question: the modalities; None leaves one out and gives the network of the other alone.
        num_classes: answers.
        filters: of the 3x3 convolutions of the small CNN, each followed by max-pooling; the cells of its last
            feature map are the regions.
        backbone: instead of the small CNN, a name of keras.applications or a preset of keras-hub; the paper has VGG.
        backbone_weights: "imagenet" or a file; None starts from random weights.
        backbone_trainable: False freezes the backbone, its normalisation statistics too.
        embedding_dim: width of a word vector.
        joint_dim: width of the query and of each region: units of the LSTM.
        attention_dim: width of the hidden layer of each attention.
        hops: how many layers of attention, at least 1; the paper has 2.
        answer_units: width of a hidden layer between the last query and the answer; None goes straight to the answer,
            as in the paper. A linear map of the sum of question and look hardly says whether what was asked for is what
            was seen: questions of yes or no need the hidden layer.
        dropout: share dropped of what the answer is read from, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"image", "question"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        ValueError: `hops` or `answer_units` is below 1.

    Example:
        >>> model = stacked_attention_vqa(Image(64, 64, 3), Text(32, 10), num_classes=13, missing_modalities=True)

    Reference: Yang et al. 2016, arXiv:1511.02274, sections 3.1 (regions), 3.2.1 (question) and 3.3 (attention). There
        is no choice of fusion operator: the sum of query and look is the architecture.
    """
    if hops < 1:
        raise ValueError(f"hops has to be at least 1, got {hops!r}.")
    if answer_units is not None and answer_units < 1:
        raise ValueError(f"answer_units has to be at least 1, or None for no hidden layer, got {answer_units!r}.")
    inputs = model_inputs(image=image, question=question, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    query = None
    if question is not None:
        read = lstm_text(question.vocabulary_size, embedding_dim, joint_dim, name="question")
        query = read(seen["question"])
    if image is not None:
        if backbone is None:
            look = image_regions(filters, name="image")
        else:
            look = image_backbone(backbone, backbone_weights, backbone_trainable, name="image", regions=True)
        regions = keras.layers.Dense(joint_dim, activation="tanh", name="regions")(look(seen["image"]))
        there = presence_of(presence, tuple(seen), ["image"], "presence_of_image")
        for hop in range(1, hops + 1):
            attention = GuidedAttention(attention_dim, name=f"attention_{hop}")(regions, query, there)
            attended = keras.layers.Dot(axes=1, name=f"attended_{hop}")([attention, regions])
            query = attended if query is None else keras.layers.Add(name=f"query_{hop}")([attended, query])

    answer = joint = keras.layers.Identity(name="joint")(query)
    if answer_units is not None:
        answer = keras.layers.Dense(answer_units, activation="relu", name="answer")(joint)
    probabilities = classification_head(num_classes, dropout=dropout)(answer)
    return keras.Model(inputs, probabilities, name="stacked_attention_vqa")
