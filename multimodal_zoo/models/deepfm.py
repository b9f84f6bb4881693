"""User, item and context -> click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from multimodal_zoo.encoders import dense_layers, factorization_machine, field_embeddings, linear_fields
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="arXiv:1703.04247"))
def deepfm(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    hidden: Sequence[int] = (128, 128, 128),
    embedding_l2: float = 0.0,
    tables: Mapping[str, str] | None = None,
    fusion: str = "concat",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability: a linear part, a factorisation machine and an MLP over the same field embeddings.

    A field that is absent is the zero vector: it takes no part in the linear term, nor in any interaction.

    Args:
        fields: ids, sets or histories of ids, numbers, and texts (the item's description), by name.
        embedding_dim: width of each field's vector, shared by the factorisation machine and the MLP.
        hidden: units of the MLP; the first layer is the fused representation.
        embedding_l2: L2 penalty on the embeddings. It touches every row of the tables in each step.
        tables: field of many ids -> a smaller table for its vectors: "hashed", "quotient_remainder" or
            "mixed_dimensions", see `encoders.field_embeddings`. The linear part keeps its number for each id.
        fusion: what joins the field vectors at the bottom of the MLP, any of `list_fusions()`; the paper has "concat".
        dropout: share dropped after each layer of the MLP, in [0, 1).
        missing_modalities: add the input `presence`; a field may then be absent and has a learned stand-in.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from the fields by name (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        UnknownName: no such table, or no such field for it.

    Example:
        >>> model = deepfm({"user": Categorical(1000), "item": Categorical(2000), "plot": Text(4000, 60)})

    Reference: Guo et al. 2017, arXiv:1703.04247, equations 1 to 4.
    """
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embeddings = field_embeddings(fields, embedding_dim, embedding_l2, tables)(seen)
    first_order = linear_fields(fields)(seen)
    second_order = factorization_machine()(embeddings)

    joint = fuse(fusion, hidden[0])(embeddings, presence)
    deep = dense_layers(hidden[1:], dropout, first=2)(joint)

    clicks = ranking_head(dropout)(deep, extra_logits=[first_order, second_order])
    return keras.Model(inputs, clicks, name="deepfm")
