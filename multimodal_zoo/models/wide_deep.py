"""User, item and context -> click, by memorising and by generalising."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from multimodal_zoo.encoders import crossed_ids, dense_layers, field_embeddings, linear_fields
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="arXiv:1606.07792"))
def wide_deep(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    hidden: Sequence[int] = (128, 128, 128),
    crosses: Sequence[Sequence[str]] = (),
    cross_buckets: int = 10_000,
    embedding_l2: float = 0.0,
    fusion: str = "concat",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability: a wide linear part that memorises combinations beside an MLP that generalises.

    The wide part has one weight for each value of a field and, where `crosses` asks for it, one for each combination
    of the values of two fields. A field that is absent has no part in it.

    Args:
        fields: ids, sets or histories of ids, numbers, and texts (the item's description), by name.
        embedding_dim: width of each field's vector.
        hidden: units of the MLP; the first layer is the fused representation.
        crosses: pairs of names of fields of ids whose combinations get weights, such as `[("user", "genres")]`.
        cross_buckets: weights of each cross; combinations are hashed to them.
        embedding_l2: L2 penalty on the embeddings. It touches every row of the tables in each step.
        fusion: what joins the field vectors at the bottom of the MLP, any of `list_fusions()`; the paper has "concat".
        dropout: share dropped after each layer of the MLP, in [0, 1).
        missing_modalities: add the input `presence`; a field may then be absent.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from the fields by name (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        UnknownName: a cross of a field that does not exist.
        ValueError: a cross that is no pair.

    Example:
        >>> model = wide_deep(crosses=[("user", "genres")])

    Reference: Cheng et al. 2016, arXiv:1606.07792, equations 1 to 3. One optimiser trains both parts; the paper has
        FTRL for the wide one.
    """
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embeddings = field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen)
    wide = [linear_fields(fields)(seen), *crossed_ids(fields, crosses, cross_buckets)(seen)]

    joint = fuse(fusion, hidden[0])(embeddings, presence)
    deep = dense_layers(hidden[1:], dropout, first=2)(joint)

    clicks = ranking_head(dropout)(deep, extra_logits=wide)
    return keras.Model(inputs, clicks, name="wide_deep")
