"""User, item and context -> click, by pairs alone."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from multimodal_zoo.encoders import field_embeddings, linear_fields
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import sum_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="doi:10.1109/ICDM.2010.127"))
def fm(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    embedding_l2: float = 0.0,
    fusion: str = "bi_interaction",
    dropout: float = 0.0,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability: a factorisation machine, w_0 + sum_i w_i x_i + sum_(i<j) <v_i, v_j> x_i x_j.

    The fused representation is sum_(i<j) v_i * v_j, entry by entry; the score adds up its entries. A field that is
    absent is the zero vector: it has no part in either term.

    Args:
        fields: ids, sets or histories of ids, numbers, and texts (the item's description), by name.
        embedding_dim: width of each field's vector.
        embedding_l2: L2 penalty on the embeddings. It touches every row of the tables in each step.
        fusion: what joins the field vectors, any of `list_fusions()`; a factorisation machine has "bi_interaction".
        dropout: share dropped of the fused representation, in [0, 1).
        missing_modalities: add the input `presence`; a field may then be absent.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from the fields by name (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = fm({"user": Categorical(1000), "item": Categorical(2000), "plot": Text(4000, 60)})

    Reference: Rendle 2010, Factorization Machines, ICDM, equation 1.
    """
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embeddings = field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen)
    first_order = linear_fields(fields)(seen)
    joint = fuse(fusion, embedding_dim)(embeddings, presence)
    second_order = keras.layers.Dropout(dropout, name="second_order")(joint)

    clicks = sum_head()([first_order, second_order])
    return keras.Model(inputs, clicks, name="fm")
