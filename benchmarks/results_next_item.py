"""The film a user likes next: two networks with vectors for users and films, beside what is liked most.

python benchmarks/results_next_item.py                   runs what is not kept yet, and writes the result
python benchmarks/results_next_item.py --only sasrec 0   trains and keeps this network with this seed alone
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result
from seed_by_seed import seed_by_seed

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records
from multimodal_zoo.recipes import recipe_named, train_row
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.predict_split import predict_split

SEEDS = range(3)
FIRST = 10
NETWORKS = ("sasrec", "two_tower")


@functools.lru_cache(maxsize=1)
def data() -> Any:
    """The data set."""
    return mz.load_dataset("ml-100k:next-item")


@functools.lru_cache(maxsize=1)
def catalogue() -> Records:
    """A record of each film, in the order of their names."""
    train = data().split("train")
    _, rows = np.unique(train.columns["item"].astype(str), return_index=True)
    return train.take(rows)


@functools.lru_cache(maxsize=1)
def liked_before() -> dict[str, dict[str, set[str]]]:
    """By split and user: the films liked before the one that is to be found."""
    seen: dict[str, dict[str, set[str]]] = {"validation": defaultdict(set), "test": defaultdict(set)}
    for later, parts in (("validation", ("train",)), ("test", ("train", "validation"))):
        for part in parts:
            records = data().split(part)
            rows = zip(records.columns["user"], records.columns["item"], records.columns["history"], strict=True)
            for (user, item, history), label in zip(rows, records.labels, strict=True):
                if label:
                    seen[later][user] |= {item, *history}
    return seen


def wanted(split: str) -> Records:
    """One record of each user: the film that is to be found."""
    records = data().split(split)
    return records.take(records.labels == 1)


def figures(scores: np.ndarray, split: str) -> dict[str, float]:
    """NDCG and recall among the first ten of all films that the user had not liked before.

    Args:
        scores: `(users, films)` in the order of `wanted` and `catalogue`. What ties with the film stands before it.
    """
    films = {name: column for column, name in enumerate(catalogue().columns["item"])}
    records = wanted(split)
    ranks = []
    for own, user, item in zip(scores, records.columns["user"], records.columns["item"], strict=True):
        own = own.astype("float64")
        own[[films[name] for name in liked_before()[split][user]]] = -np.inf
        ranks.append(np.sum(own >= own[films[item]]))
    ranks = np.array(ranks)
    found = ranks <= FIRST
    return {"ndcg": float(np.mean(found / np.log2(1 + ranks))), "recall": float(found.mean()), "users": len(ranks)}


def by_popularity(split: str) -> np.ndarray:
    """Every user's scores: how many users liked each film in training."""
    counts = Counter()
    for films in liked_before()["validation"].values():
        counts.update(films)
    row = np.array([counts[name] for name in catalogue().columns["item"]], "float64")
    return np.tile(row, (len(wanted(split)), 1))


def train(network: str, seed: int) -> dict[str, Any]:
    """One network with one seed."""
    _, bundle, own = train_row(recipe_named(f"ml-100k:next-item/{network}"), seed, verbose=2)
    model = bundle.model
    sides = [keras.Model(model.input, model.get_layer(f"{side}_vector").output) for side in ("user", "item")]
    films = predict_split(sides[1], prepare(catalogue(), bundle.modalities))
    outcome: dict[str, Any] = {
        split: figures(predict_split(sides[0], prepare(wanted(split), bundle.modalities)) @ films.T, split)
        for split in ("validation", "test")
    }
    outcome |= {
        "auc": mz.evaluate(bundle, own.split("test"))["auc"],
        "epochs": bundle.metrics["epochs"],
        "training_seconds": bundle.metrics["seconds"],
        "parameters": model.count_params(),
    }
    keras.utils.clear_session()
    return outcome


def kept(network: str, seed: int) -> dict[str, Any]:
    """The outcome of one network with one seed, trained only if it was not before."""
    return kept_run(f"next-item-{network}-{seed}", functools.partial(train, network, seed))


def main() -> None:
    """Run what is not there yet and write the result."""
    runs = seed_by_seed(__doc__, "network", NETWORKS, SEEDS, kept)
    if runs is None:
        return
    popular = figures(by_popularity("test"), "test")
    films = len(catalogue())
    rows: list[list[Any]] = [
        ["nothing: any order", f"{100 * chance_of_ndcg(films):.2f}", f"{100 * FIRST / films:.2f}", None, None, None],
        [
            "nothing: what most users liked",
            f"{100 * popular['ndcg']:.2f}",
            f"{100 * popular['recall']:.2f}",
            *[None] * 3,
        ],
    ]
    for network, own in runs.items():
        cells = [mean_and_spread((one["test"][name] for one in own), 100, 2) for name in ("ndcg", "recall")]
        seconds = mean_and_spread((one["training_seconds"] for one in own), 1, 0)
        rows.append([f"`{network}`", *cells, own[0]["parameters"], seconds, len(own)])
    table = {
        "title": f"The last film that each of {popular['users']} users liked, among all {films} films",
        "columns": ["network", "NDCG@10, %", "recall@10, %", "parameters", "seconds of training", "seeds"],
        "rows": rows,
        "note": "All films but those the user had liked before are ranked, none is drawn. The vectors of users and "
        "films are layers of the networks: the ranking is a product of matrices, or the signature `search`.",
    }
    protocol = (
        "MovieLens-100K, rating of 4 or 5 liked; the last liked film of each user is for test, the one before it for "
        "validation; films liked within one second in an order drawn once; four films drawn at random beside each "
        "liked one in training; early stopping on validation AUC among 100 drawn films"
    )
    write_result("next-item", "The next film", protocol, [table], {"popularity": popular, **runs})


def chance_of_ndcg(films: int) -> float:
    """NDCG@10 of a random order."""
    return float(np.sum(1 / np.log2(1 + np.arange(1, FIRST + 1))) / films)


if __name__ == "__main__":
    main()
