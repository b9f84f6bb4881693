"""User, item and context -> click, by pairs that count as much as attention says."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from multimodal_zoo.encoders import field_embeddings, linear_fields
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="arXiv:1708.04617"))
def afm(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    embedding_l2: float = 0.0,
    fusion: str = "attentional_pairs",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability: a factorisation machine that weighs each pair of fields by attention.

    The fused representation is sum_(i<j) a_ij v_i * v_j, the weights a_ij a softmax over the pairs of fields that are
    there. A field that is absent is in no pair.

    Args:
        fields: ids, sets or histories of ids, numbers, and texts (the item's description), by name.
        embedding_dim: width of each field's vector.
        embedding_l2: L2 penalty on the embeddings. It touches every row of the tables in each step.
        fusion: what joins the field vectors, any of `list_fusions()`; the paper has "attentional_pairs".
        dropout: share dropped of the fused representation, in [0, 1).
        missing_modalities: add the input `presence`; a field may then be absent.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from the fields by name (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = afm({"user": Categorical(1000), "item": Categorical(2000), "plot": Text(4000, 60)})

    Reference: Xiao et al. 2017, arXiv:1708.04617, equations 2 to 6.
    """
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embeddings = field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen)
    first_order = linear_fields(fields)(seen)

    joint = fuse(fusion, embedding_dim)(embeddings, presence)

    clicks = ranking_head(dropout)(joint, extra_logits=first_order)
    return keras.Model(inputs, clicks, name="afm")
