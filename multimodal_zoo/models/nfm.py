"""User, item and context -> click, by an MLP over the sum of all pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from multimodal_zoo.encoders import dense_layers, field_embeddings, linear_fields
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="arXiv:1708.05027"))
def nfm(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    hidden: Sequence[int] = (128,),
    embedding_l2: float = 0.0,
    fusion: str = "bi_interaction",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability: a linear part, and an MLP over the products of all pairs of field vectors, summed.

    The fused representation is the bi-interaction sum_(i<j) v_i * v_j. A field that is absent is the zero vector: it
    has no part in the linear term, nor in any pair.

    Args:
        fields: ids, sets or histories of ids, numbers, and texts (the item's description), by name.
        embedding_dim: width of each field's vector.
        hidden: units of the MLP behind the fused representation; none at all leaves a weighted factorisation machine.
        embedding_l2: L2 penalty on the embeddings. It touches every row of the tables in each step.
        fusion: what joins the field vectors, any of `list_fusions()`; the paper has "bi_interaction".
        dropout: share dropped of the fused representation and after each layer of the MLP, in [0, 1).
        missing_modalities: add the input `presence`; a field may then be absent.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from the fields by name (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = nfm({"user": Categorical(1000), "item": Categorical(2000), "plot": Text(4000, 60)})

    Reference: He and Chua 2017, arXiv:1708.05027, equations 2 to 7; without its batch normalisation.
    """
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embeddings = field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen)
    first_order = linear_fields(fields)(seen)

    joint = fuse(fusion, embedding_dim)(embeddings, presence)
    deep = dense_layers(hidden, dropout)(joint)

    clicks = ranking_head(dropout)(deep, extra_logits=first_order)
    return keras.Model(inputs, clicks, name="nfm")
