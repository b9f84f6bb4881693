"""User -> vector, item -> vector, and their inner product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders import content_vectors, dense_layers, field_embeddings
from multimodal_zoo.fusion import PresenceOfGroups, fuse, silence_absent
from multimodal_zoo.heads import sum_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.fields import FIELDS
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="doi:10.1145/3298689.3346996"))
def two_tower(
    fields: Mapping[str, Modality] = FIELDS,
    *,
    user_fields: Sequence[str] = ("user", "age", "gender", "occupation", "history"),
    item_fields: Sequence[str] = ("item", "year", "genres", "plot", "image"),
    embedding_dim: int = 16,
    hidden: Sequence[int] = (64,),
    joint_dim: int = 32,
    image_filters: Sequence[int] = (16, 32, 64),
    fusion: str = "bi_interaction",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability by two towers that meet only in an inner product, so that items can be searched by an index.

    Each tower is an MLP over the vectors of its fields; its answer is the layer `user_vector` or `item_vector`. The
    two are multiplied entry by entry to the fused representation, whose sum is the logit. Neither tower reads a field
    of the other: `keras.Model(model.input, model.get_layer("item_vector").output)` is the network of the items.

    Args:
        fields: ids, sets or histories of ids, numbers, texts and images, by name.
        user_fields, item_fields: names of the fields of each side; names that are not among `fields` do no harm.
        embedding_dim: width of each field's vector.
        hidden: units of the MLP of each tower.
        joint_dim: width of the towers' vectors.
        image_filters: of the convolutions over an image.
        fusion: what joins the two vectors, any of `list_fusions()`. Only "bi_interaction" is an inner product, which an
            index can search.
        dropout: share dropped before each layer of the towers, in [0, 1).
        missing_modalities: add the input `presence`; a field may then be absent. Of a tower without any field the
            vector is zeros.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from the fields by name (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        ValueError: a field is on neither side or on both, or a side has none.

    Example:
        >>> model = two_tower({"user": Categorical(1000), "item": Categorical(2000), "plot": Text(4000, 60)})

    Reference: Yi et al. 2019, Sampling-bias-corrected neural modeling for large corpus item recommendations, RecSys,
        section 3 (the towers). They are trained there with a softmax over the items of the batch; see
        `objectives.InBatchSoftmax`.
    """
    sides = fields_of_sides(fields, user_fields, item_fields)
    inputs = model_inputs(**fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    content = {name: one for name, one in fields.items() if one.kind in ("text", "image")}
    others = {name: one for name, one in fields.items() if name not in content}
    vectors = {
        **(field_embeddings(others, embedding_dim)(seen) if others else {}),
        **content_vectors(content, embedding_dim, image_filters=image_filters)(seen),
    }

    def tower(side: str) -> Any:
        side_by_side = keras.layers.Concatenate(name=f"{side}_fields")([vectors[name] for name in sides[side]])
        deep = dense_layers(hidden, dropout, name=f"{side}_deep")(side_by_side)
        return keras.layers.Dense(joint_dim, name=f"{side}_vector")(deep)

    if presence is not None:
        columns = [[list(fields).index(name) for name in names] for names in sides.values()]
        presence = PresenceOfGroups(columns, name="presence_of_sides")(presence)
    joint = fuse(fusion, joint_dim)({side: tower(side) for side in sides}, presence)

    clicks = sum_head()([joint])
    return keras.Model(inputs, clicks, name="two_tower")


def fields_of_sides(
    fields: Mapping[str, Modality], user_fields: Sequence[str], item_fields: Sequence[str]
) -> dict[str, list[str]]:
    """Which fields each tower reads.

    Raises:
        ValueError: a field is on neither side or on both, or a side has none.
    """
    for name in fields:
        if (name in user_fields) == (name in item_fields):
            raise ValueError(
                f"The field {name!r} has to be in user_fields or in item_fields, and not in both; "
                f"got user_fields={list(user_fields)} and item_fields={list(item_fields)}."
            )
    sides = {
        "user": [name for name in fields if name in user_fields],
        "item": [name for name in fields if name in item_fields],
    }
    for side, names in sides.items():
        if not names:
            raise ValueError(f"The {side} tower reads nothing: none of {list(fields)} is in {side}_fields.")
    return sides
