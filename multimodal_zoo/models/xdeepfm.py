"""User, item and context -> click, by products of whole field vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from multimodal_zoo.encoders import compressed_interaction, dense_layers, field_embeddings, linear_fields
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="arXiv:1803.05170"))
def xdeepfm(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    maps: Sequence[int] = (64, 64),
    hidden: Sequence[int] = (128, 128, 128),
    embedding_l2: float = 0.0,
    fusion: str = "concat",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability: a linear part, a compressed interaction network and an MLP over the same field embeddings.

    A field that is absent is the zero vector: it has no part in the linear term, nor in any product.

    Args:
        fields: ids, sets or histories of ids, numbers, and texts (the item's description), by name.
        embedding_dim: width of each field's vector.
        maps: feature maps of each layer of the compressed interaction network.
        hidden: units of the MLP; the first layer is the fused representation.
        embedding_l2: L2 penalty on the embeddings. It touches every row of the tables in each step.
        fusion: what joins the field vectors at the bottom of the MLP, any of `list_fusions()`; the paper has "concat".
        dropout: share dropped after each layer of the MLP, in [0, 1).
        missing_modalities: add the input `presence`; a field may then be absent.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from the fields by name (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = xdeepfm({"user": Categorical(1000), "item": Categorical(2000)}, maps=(32, 32))

    Reference: Lian et al. 2018, arXiv:1803.05170, equations 6 to 9.
    """
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embeddings = field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen)
    first_order = linear_fields(fields)(seen)
    interactions = compressed_interaction(maps)(embeddings)
    interactions = keras.layers.Dense(1, use_bias=False, dtype="float32", name="cin_logit")(interactions)

    joint = fuse(fusion, hidden[0])(embeddings, presence)
    deep = dense_layers(hidden[1:], dropout, first=2)(joint)

    clicks = ranking_head(dropout)(deep, extra_logits=[first_order, interactions])
    return keras.Model(inputs, clicks, name="xdeepfm")
