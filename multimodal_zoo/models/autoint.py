"""User, item and context -> click, by attention among the fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from multimodal_zoo.encoders import dense_layers, field_embeddings, interacting_attention, linear_fields
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="arXiv:1810.11921"))
def autoint(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    attention_layers: int = 3,
    heads: int = 2,
    head_dim: int = 8,
    hidden: Sequence[int] = (128, 128, 128),
    embedding_l2: float = 0.0,
    fusion: str = "concat",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability: fields that attend to each other, beside a linear part and an MLP (AutoInt+).

    A field that is absent is attended to by none, and what it would say itself is zeros.

    Args:
        fields: ids, sets or histories of ids, numbers, and texts (the item's description), by name.
        embedding_dim: width of each field's vector.
        attention_layers: how many interacting layers.
        heads, head_dim: attention heads and their width; their product is the width of a field behind each layer.
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
        ValueError: no attention layer, or a number that is not positive.

    Example:
        >>> model = autoint(attention_layers=2, heads=4, head_dim=4)

    Reference: Song et al. 2019, arXiv:1810.11921, equations 5 to 9, with the MLP of AutoInt+. The paper has no linear
        part of its own.
    """
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embeddings = field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen)
    first_order = linear_fields(fields)(seen)
    attended = interacting_attention(attention_layers, heads, head_dim)(embeddings, presence)
    attended = keras.layers.Dense(1, use_bias=False, dtype="float32", name="attention_logit")(attended)

    joint = fuse(fusion, hidden[0])(embeddings, presence)
    deep = dense_layers(hidden[1:], dropout, first=2)(joint)

    clicks = ranking_head(dropout)(deep, extra_logits=[first_order, attended])
    return keras.Model(inputs, clicks, name="autoint")
