"""The two splits that a training is given: what is learned from them beforehand, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality
from multimodal_zoo.shards import ShardSplit
from multimodal_zoo.training.pipeline import HasDataset, Prepared, as_dataset, raw_records

# So many training inputs are sketched, to be held against those of later days.
SKETCHED = 5000


def splits_of(data: Any) -> tuple[HasDataset | tf.data.Dataset, HasDataset | tf.data.Dataset]:
    """Training and validation part of what `fit` was given."""
    if hasattr(data, "split"):
        return data.split("train"), data.split("validation")
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return data[0], data[1]
    raise TypeError(f"data has to be a DataSet or a pair (training, validation), got {type(data).__name__}.")


def adapt(modalities: Mapping[str, Modality], data: Any) -> dict[str, Modality]:
    """Fit the modalities that have not learned yet on the raw values of the training split."""
    to_learn = [name for name, one in modalities.items() if one.learned and not one.learned_state()]
    values: dict[str, Any] = {name: [] for name in to_learn}
    if isinstance(data, ShardSplit):
        values = {name: data.values_of(name) for name in to_learn}
    elif hasattr(data, "columns"):
        values = {name: list(data.columns.get(name, ())) for name in to_learn}
    elif to_learn:
        for record, _ in as_dataset(data).as_numpy_iterator():
            for name in to_learn:
                values[name].append(record.get(name))
    fitted = {name: one.adapt(values[name]) if name in values else one for name, one in modalities.items()}
    return {name: one.agree_with(fitted) for name, one in fitted.items()}


def require_visible(prepared: Prepared, modalities: Mapping[str, Modality], with_presence: bool) -> Prepared:
    """Without a presence input, a missing picture or sound would pass for a black or silent one: refuse it."""
    if with_presence:
        return prepared
    missing = (prepared.presence.numpy() == 0).sum(0)
    for column, (name, modality) in enumerate(modalities.items()):
        if missing[column] and not modality.shows_absence:
            raise ValueError(
                f"{missing[column]} of {len(prepared)} records have no readable {name!r}. Build the model with "
                "missing_modalities=True, or pass on_undecodable='skip' if they are broken files."
            )
    return prepared


def sketched_records(data: Any, modalities: Mapping[str, Modality]) -> Iterator[dict[str, tf.Tensor]]:
    """Some thousand training records, spread over the split where that is possible."""
    if hasattr(data, "columns") and len(data) > SKETCHED:
        data = data.take(np.linspace(0, len(data) - 1, SKETCHED).astype(np.int64))
    if isinstance(data, ShardSplit):
        return raw_records(data.spread(SKETCHED), modalities)
    return raw_records(as_dataset(data).take(SKETCHED), modalities)


def described(data: Any) -> dict[str, Any]:
    """Name, title, licence and origin of the data, as far as it has a card."""
    card = getattr(data, "card", None)
    if card is None:
        return {}
    return {
        "name": f"{card.name}:{data.protocol}",
        "title": card.title,
        "licence": card.licence,
        "source": card.source,
        "synthetic": card.synthetic,
    }
