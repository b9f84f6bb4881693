"""The film that a user likes next: vectors of users and films, whose product ranks all films."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import keras
import numpy as np

from multimodal_zoo.datasets import DataSet, Records
from multimodal_zoo.recipes.recipe import Figures, Recipe, add_recipes
from multimodal_zoo.training import Bundle
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.predict_split import predict_split

FIRST = 10
# What a user's training films are, when the film of a split is to be found.
BEFORE = {"validation": ("train",), "test": ("train", "validation")}


def catalogue(data: DataSet) -> Records:
    """A record of each film, in the order of their names."""
    train = data.split("train")
    _, rows = np.unique(train.columns["item"].astype(str), return_index=True)
    return train.take(rows)


def wanted(data: DataSet, split: str) -> Records:
    """One record of each user: the film that is to be found."""
    records = data.split(split)
    return records.take(records.labels == 1)


def liked_before(data: DataSet, split: str) -> dict[str, set[str]]:
    """User -> the films liked before the one that is to be found."""
    seen: dict[str, set[str]] = defaultdict(set)
    for part in BEFORE[split]:
        records = wanted(data, part)
        for user, item, history in zip(*(records.columns[name] for name in ("user", "item", "history")), strict=True):
            seen[user] |= {item, *history}
    return seen


def ranking_figures(scores: np.ndarray, data: DataSet, split: str) -> dict[str, float]:
    """NDCG and recall among the first ten of all films that the user had not liked before.

    Args:
        scores: `(users, films)` in the order of `wanted` and `catalogue`. What ties with the film stands before it.
        data: the data set.
        split: "validation" or "test".
    """
    films = {name: column for column, name in enumerate(catalogue(data).columns["item"])}
    records, seen = wanted(data, split), liked_before(data, split)
    ranks = []
    for own, user, item in zip(scores, records.columns["user"], records.columns["item"], strict=True):
        own = own.astype("float64")
        own[[films[name] for name in seen[user]]] = -np.inf
        ranks.append(np.sum(own >= own[films[item]]))
    found = np.array(ranks) <= FIRST
    return {"ndcg_at_10": float(np.mean(found / np.log2(1 + np.array(ranks)))), "recall_at_10": float(found.mean())}


def ranking(bundle: Bundle, data: DataSet, split: str) -> Figures:
    """Of the products of the vectors of users and films."""
    model = bundle.model
    users, films = (keras.Model(model.input, model.get_layer(f"{side}_vector").output) for side in ("user", "item"))
    of_users = predict_split(users, prepare(wanted(data, split), bundle.modalities))
    of_films = predict_split(films, prepare(catalogue(data), bundle.modalities))
    return ranking_figures(of_users @ of_films.T, data, split)


def popularity(data: DataSet) -> Figures:
    """The films that most users liked in training, the same for everyone."""
    counts = Counter(film for films in liked_before(data, "validation").values() for film in films)
    row = np.array([counts[name] for name in catalogue(data).columns["item"]], "float64")
    return ranking_figures(np.tile(row, (len(wanted(data, "test")), 1)), data, "test")


def random_order(data: DataSet) -> Figures:
    """What a random order is expected to reach."""
    films = len(catalogue(data))
    gains = np.sum(1 / np.log2(1 + np.arange(1, FIRST + 1)))
    return {"ndcg_at_10": float(gains / films), "recall_at_10": FIRST / films}


def next_film(network: str, reads: tuple[str, ...], arguments: dict[str, Any]) -> Recipe:
    """A network that learns which of the films of a batch each user liked next."""
    return Recipe(
        row=f"ml-100k:next-item/{network}",
        network=network,
        data="ml-100k:next-item",
        figure="ndcg_at_10",
        fit={"epochs": 25, "batch_size": 512, "patience": 3, "learning_rate": 4e-3, "in_batch_negatives": "item"},
        arguments={"embedding_dim": 32, "dropout": 0.2, **arguments},
        reads=reads,
        more=("recall_at_10",),
        measured=ranking,
        baselines={"the films that most users liked": popularity, "any order": random_order},
        notes="All films but those the user had liked before are ranked, none is drawn.",
        long=True,
    )


add_recipes(
    next_film("sasrec", ("item", "history"), {}),
    # No text, as in the protocol of clicks.
    next_film(
        "two_tower",
        ("user", "item", "age", "gender", "occupation", "year", "genres", "history"),
        {"joint_dim": 32, "hidden": (64,)},
    ),
)
