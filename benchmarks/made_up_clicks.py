"""Made-up clicks as raw records: eight ids as strings and thirteen numbers, in memory."""

from __future__ import annotations

import numpy as np

from multimodal_zoo.datasets import DataSet, DataSetCard, Records, column
from multimodal_zoo.modalities import Categorical, Modality, Numeric

FIELDS, IDS, NUMBERS = 8, 10_000, 13
MODALITIES: dict[str, Modality] = {
    **{f"field_{number}": Categorical(IDS + 2) for number in range(FIELDS)},
    "numbers": Numeric(NUMBERS),
}
CARD = DataSetCard("clicks", "SYNTHETIC clicks", "ranking", "none", "made up", "none", {"all": "train"}, synthetic=True)


def made_up_clicks(count: int) -> DataSet:
    """A training split of random clicks; every string is an object of its own, as in what is read from files."""
    draw = np.random.default_rng(0)
    columns = {f"field_{field}": column(f"id-{one}" for one in draw.integers(0, IDS, count)) for field in range(FIELDS)}
    columns["numbers"] = draw.normal(size=(count, NUMBERS)).astype("float32")
    return DataSet(
        CARD, "all", MODALITIES, (), {"train": Records(columns, draw.integers(0, 2, count).astype("float32"))}
    )


def fitted_fields() -> dict[str, Modality]:
    """The fields with the vocabulary that all of them have."""
    ids = [f"id-{number}" for number in range(IDS)]
    numbers = np.random.default_rng(1).normal(size=(100, NUMBERS)).astype("float32")
    return {
        name: one.adapt(list(numbers)) if isinstance(one, Numeric) else one.adapt(ids)
        for name, one in MODALITIES.items()
    }
