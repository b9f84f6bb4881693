"""Image -> vector, text -> vector, in one space: which text goes with which image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders import bigru, image_backbone, image_cnn, mean_of_words, transformer
from multimodal_zoo.fusion import silence_absent
from multimodal_zoo.heads import retrieval_head
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.models.sides import projected_sides, text_of_phrases
from multimodal_zoo.registry import ModelCard, register_model
from multimodal_zoo.unknown_name import UnknownName

TEXT_ENCODERS: dict[str, Callable[..., Callable[[Any], Any]]] = {
    "cnn": text_of_phrases,
    "gru": bigru,
    "transformer": transformer,
    "words": mean_of_words,
}


@register_model(ModelCard(task="retrieval", paper="arXiv:2103.00020, arXiv:1707.05612"))
def image_text_retrieval(
    image: Image = Image(64, 64, 3),
    text: Text = Text(4000, 24),
    *,
    filters: Sequence[int] = (32, 64, 128),
    backbone: str | None = None,
    backbone_weights: str | None = None,
    backbone_trainable: bool = True,
    backbone_up_to: str | None = None,
    text_encoder: str = "cnn",
    embedding_dim: int = 64,
    joint_dim: int = 64,
    temperature: float | None = 0.07,
    dropout: float = 0.2,
    missing_modalities: bool = False,
) -> keras.Model:
    """Image and text as vectors of one space, near each other where they belong together, for search either way.

    Each side has its encoder and a linear map to a vector of length 1: the layers `image_vector` and
    `text_vector`. They meet in a cosine only, so a collection is embedded once and searched by an index. The layer
    `joint`, what the signature `embed` answers, is the direction of the sum of those that are there: of an image alone
    its embedding, of a text alone its embedding, of both the direction between them, a query by "this picture, and
    these words". Exported, the network answers the cosine of each record's image and text; where one of them is absent
    there is no match to tell, and it is 0.

    The labels are group numbers: records of one number belong together, as the captions of one picture do. Trained on
    `MatchingLoss()`, which is CLIP's; compile the network with another one before `fit`, such as
    `MatchingLoss(SigLipLoss(), bias=-10.0)`, or with `temperature=None`
    `MatchingLoss(MaxMarginRanking(negatives="hardest"))`.

    Args:
        image, text: the modalities, both needed.
        filters: of the 3x3 convolutions of the small CNN, each followed by max-pooling.
        backbone: instead of the small CNN, a name of keras.applications or a preset of keras-hub.
        backbone_weights: "imagenet" or a file; None starts from random weights.
        backbone_trainable: False freezes the backbone, its normalisation statistics too.
        backbone_up_to: the layer of it whose feature map is averaged; None takes the last one, see `image_backbone`.
        text_encoder: "cnn" (over one, two and three words), "gru" (from either end), "transformer", or "words" (the
            mean of the words' vectors, for names and keywords).
        embedding_dim: width of a word vector.
        joint_dim: width of the space.
        temperature: by which cosines are divided in the loss, at the start; it is learned. None leaves plain cosines.
        dropout: share dropped of what each encoder gives, in [0, 1).
        missing_modalities: add the input `presence`; image or text may then be absent, which a single side to embed
            needs. In training such a record is in no pair.

    Returns:
        `keras.Model` from `{"image", "text"}` (and `presence`) to `(batch, 3, joint_dim)`: the embeddings of image and
        text, each of the length sqrt(1/temperature), and `joint`. `heads.match_scores` makes the cosines of them.

    Raises:
        UnknownName: there is no such text encoder, backbone or layer of it.
        ValueError: image or text is missing.

    Example:
        >>> model = image_text_retrieval(Image(64, 64, 3), Text(4000, 24), joint_dim=128, missing_modalities=True)

    Reference: Radford et al. 2021, arXiv:2103.00020, section 2.3 and figure 3; Faghri et al. 2018, arXiv:1707.05612,
        section 3 (the text by a GRU; hard negatives). The encoders are smaller here.
    """
    if image is None or text is None:
        raise ValueError(f"image_text_retrieval needs an image and a text; got image={image!r} and text={text!r}.")
    if text_encoder not in TEXT_ENCODERS:
        raise UnknownName("text_encoder", text_encoder, TEXT_ENCODERS)
    inputs = model_inputs(image=image, text=text, presence=missing_modalities)
    seen, presence = silence_absent(inputs)

    if backbone is None:
        look = image_cnn(filters, name="image")
    else:
        look = image_backbone(backbone, backbone_weights, backbone_trainable, name="image", up_to=backbone_up_to)
    encodings = {
        "image": look(seen["image"]),
        "text": TEXT_ENCODERS[text_encoder](text.vocabulary_size, embedding_dim, name="text")(seen["text"]),
    }

    projected = projected_sides(encodings, joint_dim, dropout, presence)
    return keras.Model(inputs, retrieval_head(temperature)(projected), name="image_text_retrieval")
