"""The fields that a recommender of the zoo reads by default."""

from __future__ import annotations

from multimodal_zoo.modalities import Categorical, Modality, MultiCategorical, Numeric

FIELDS: dict[str, Modality] = {
    "user": Categorical(1000),
    "item": Categorical(2000),
    "genres": MultiCategorical(24, 6),
    "age": Numeric(1),
}
