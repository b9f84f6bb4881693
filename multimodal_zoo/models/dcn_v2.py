"""User, item and context -> click, by a cross network beside an MLP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from multimodal_zoo.encoders import cross_network, dense_layers, field_embeddings
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="arXiv:2008.13535, arXiv:1708.05123"))
def dcn_v2(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    cross_layers: int = 3,
    cross_form: str = "matrix",
    cross_rank: int | None = None,
    hidden: Sequence[int] = (128, 128, 128),
    embedding_l2: float = 0.0,
    fusion: str = "concat",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability: a cross network, whose layers each add one order of products, beside an MLP.

    The two read the same field vectors, side by side; their last layers together give the logit (the parallel
    structure of the paper).

    Args:
        fields: ids, sets or histories of ids, numbers, and texts (the item's description), by name.
        embedding_dim: width of each field's vector.
        cross_layers: how many cross layers.
        cross_form: "matrix" for DCN-V2, "vector" for the first DCN.
        cross_rank: rank of the matrices; None for full ones.
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
        ValueError: form, rank or number of the cross layers is none there is.

    Example:
        >>> model = dcn_v2(cross_layers=2, cross_rank=16)

    Reference: Wang et al. 2021, arXiv:2008.13535, section 3, equations 1 and 2; Wang et al. 2017, arXiv:1708.05123,
        equation 3 ("vector").
    """
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embeddings = field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen)
    side_by_side = keras.layers.Concatenate(name="side_by_side")(list(embeddings.values()))
    crossed = cross_network(cross_layers, cross_form, cross_rank)(side_by_side)
    crossed = keras.layers.Dense(1, use_bias=False, dtype="float32", name="cross_logit")(crossed)

    joint = fuse(fusion, hidden[0])(embeddings, presence)
    deep = dense_layers(hidden[1:], dropout, first=2)(joint)

    clicks = ranking_head(dropout)(deep, extra_logits=crossed)
    return keras.Model(inputs, clicks, name="dcn_v2")
