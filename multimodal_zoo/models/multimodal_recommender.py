"""User, item, what the item says and what it looks like -> click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from multimodal_zoo.encoders import (
    UnknownAtRandom,
    content_vectors,
    dense_layers,
    factorization_machine,
    field_embeddings,
    linear_fields,
)
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Categorical, Image, Modality, Text
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model

FIELDS: dict[str, Modality] = {"user": Categorical(1000), "item": Categorical(2000)}


@register_model(ModelCard(task="ranking", paper="arXiv:1703.04247, arXiv:1510.01784"))
def multimodal_recommender(
    fields: Mapping[str, Modality] = FIELDS,
    plot: Text | None = Text(4000, 40),
    image: Image | None = Image(64, 64, 3),
    *,
    embedding_dim: int = 16,
    hidden: Sequence[int] = (128, 128, 128),
    text_channels: int = 32,
    image_filters: Sequence[int] = (16, 32, 64),
    item_drop: float = 0.5,
    embedding_l2: float = 0.0,
    fusion: str = "concat",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability of items without history too: DeepFM whose item is also read, as text and as image.

    Text and image become field vectors, so the factorisation machine lets what an item says and looks like meet the
    user directly. In training a share of the items is taken for unknown, as a new item is: what the ids could say
    alone, the content then learns to say, too. A field that is absent is the zero vector: it takes no part in the
    linear term, nor in any interaction.

    Args:
        fields: ids, sets or histories of ids, and numbers, by name; "item" is the item's id.
        plot, image: what the item says and looks like; None leaves one out.
        embedding_dim: width of each field's vector.
        hidden: units of the MLP; the first layer is the fused representation.
        text_channels: channels of each of the convolutions over one, two and three words.
        image_filters: of the convolutions over the image.
        item_drop: share of training records in which the item's id is taken for unknown, in [0, 1).
        embedding_l2: L2 penalty on the embeddings of `fields`. It touches every row of the tables in each step.
        fusion: what joins the field vectors at the bottom of the MLP, any of `list_fusions()`; "concat" is DeepFM's.
        dropout: share dropped of the content and after each layer of the MLP, in [0, 1).
        missing_modalities: add the input `presence`; a field may then be absent and has a learned stand-in.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from the fields, `plot` and `image` (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        ValueError: neither text nor image.

    Example:
        >>> model = multimodal_recommender(FIELDS, Text(6000, 60), image=None, missing_modalities=True)

    Reference: Guo et al. 2017, arXiv:1703.04247, equations 1 to 4; He and McAuley 2016, arXiv:1510.01784 (content in
        the space of the ids); Volkovs et al. 2017, DropoutNet, NeurIPS (items taken for unknown).
    """
    content = {name: one for name, one in (("plot", plot), ("image", image)) if one is not None}
    if not content:
        raise ValueError("multimodal_recommender reads a plot or an image besides the fields; for neither, use deepfm.")
    inputs = model_inputs(**fields, **content, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)
    if item_drop and "item" in fields:
        seen["item"] = UnknownAtRandom(item_drop, name="item_unknown_at_random")(seen["item"])

    embeddings = {
        **field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen),
        **content_vectors(content, embedding_dim, text_channels, image_filters, dropout)(seen),
    }
    # An absent image is black here, and the vector of a black image is not zero.
    embeddings, _ = silence_absent({**embeddings, "presence": presence}, suffix="vector_if_present")
    first_order = linear_fields(fields)(seen)
    second_order = factorization_machine()(embeddings)

    joint = fuse(fusion, hidden[0])(embeddings, presence)
    deep = dense_layers(hidden[1:], dropout, first=2)(joint)

    clicks = ranking_head(dropout)(deep, extra_logits=[first_order, second_order])
    return keras.Model(inputs, clicks, name="multimodal_recommender")
