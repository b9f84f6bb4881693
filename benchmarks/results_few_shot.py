"""Kinds of emoji that no training has seen: told apart by a few examples of each, and by their names alone.

python benchmarks/results_few_shot.py                           runs what is not kept yet, and writes the result
python benchmarks/results_few_shot.py --only prototypes:both 0  trains and keeps this row with this seed alone
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result
from seed_by_seed import seed_by_seed
from sklearn.feature_extraction.text import TfidfVectorizer

import multimodal_zoo as mz
from multimodal_zoo.datasets import DataSet, Records
from multimodal_zoo.export import index_records, zero_shot_index, zero_shot_scores
from multimodal_zoo.modalities import Image
from multimodal_zoo.recipes import recipe_named
from multimodal_zoo.recipes.reproduce import renamed
from multimodal_zoo.training import (
    build_for,
    draw_episode,
    few_shot_accuracy,
    fit_prototypes,
    reptile,
)
from multimodal_zoo.training.pipeline import Prepared, prepare
from multimodal_zoo.training.predict_split import predict_split
from multimodal_zoo.training.reptile import as_tensors, descent
from multimodal_zoo.training.splits import adapt

SEEDS = range(3)
DATA, PAIRS = "emoji-tw64:subgroups", "emoji-tw64:en/image_text_retrieval"
WAYS, SHOTS, QUERIES = 5, (1, 5), 5
READS = {"picture": ("image",), "name": ("report",), "both": ("image", "report")}
NETWORK = {"filters": (32, 64, 128), "units": 32, "highway": False, "fusion": "concat", "joint_dim": 64}
# More classes than are told apart later: harder to train on, better to be tested by (Snell et al. 2017, section 3.2).
PROTOTYPES = {"ways": 10, "shots": 5, "queries": 5, "episodes": 400}
TASKS, STEPS, RATE = 300, 8, 0.05
# Where a network learns every drawing anew, by so many steps, there are fewer of them.
DRAWINGS, LEARNED_DRAWINGS, LEARNED_STEPS = 600, 50, 16
NEAREST_MEAN = tuple(f"{way}:{read}" for way in ("no training", "prototypes") for read in READS)
ROWS = (*NEAREST_MEAN, "random weights:both", "reptile:both", "dual encoder")


@functools.lru_cache(maxsize=1)
def emoji() -> DataSet:
    """The emoji by subgroup, made small, with their names as reports, which is what the network calls a text."""
    data = renamed(mz.load_dataset(DATA), {"text": "report"})
    return dataclasses.replace(data, modalities={**data.modalities, "image": Image(32, 32, 3)})


def splits_of(modalities: dict[str, Any]) -> dict[str, Prepared]:
    """The splits as a network reads them."""
    return {name: prepare(emoji().split(name), modalities) for name in ("train", "validation", "test")}


def built(read: str) -> tuple[keras.Model, dict[str, Prepared]]:
    """A network of pictures, names or both with random weights, and the splits as it reads them."""
    left = {name: None for name in READS["both"] if name not in READS[read]}
    model = build_for("lstnet_diagnosis", emoji(), {**NETWORK, **left, "num_classes": WAYS})
    return model, splits_of(adapt(model.modalities, emoji().split("train")))


def of_vectors(vectors: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Examples of each class -> how often the nearest mean is right."""
    drawn = {"ways": WAYS, "queries": QUERIES, "episodes": DRAWINGS}
    return {str(shots): few_shot_accuracy(vectors, labels, shots=shots, **drawn)["accuracy"] for shots in SHOTS}


def prototypes(read: str, seed: int) -> dict[str, Any]:
    """A network trained so that means of a few examples tell classes apart."""
    keras.utils.set_random_seed(seed)
    model, splits = built(read)
    network = keras.Model(model.input, model.get_layer("joint").output)
    train = splits["train"]
    fit_prototypes(network, train.inputs(False), np.asarray(train.labels), seed=seed, **PROTOTYPES)
    return {
        name: of_vectors(predict_split(network, splits[name]), np.asarray(splits[name].labels))
        for name in ("validation", "test")
    }


def no_training(read: str, seed: int) -> dict[str, Any]:
    """The nearest mean of pixels, of words weighed by their rarity, or of both beside each other."""
    data = emoji()
    words = TfidfVectorizer().fit(data.split("train").columns["report"])
    pictures = splits_of(adapt({"image": data.modalities["image"]}, data.split("train")))
    outcome = {}
    for name in ("validation", "test"):
        pixels = np.asarray(pictures[name].content["image"]).reshape(len(pictures[name]), -1)
        parts = {
            "image": pixels / np.linalg.norm(pixels, axis=1, keepdims=True),
            "report": words.transform(data.split(name).columns["report"]).toarray(),
        }
        vectors = np.concatenate([parts[part] for part in READS[read]], axis=1)
        outcome[name] = of_vectors(vectors, data.split(name).labels)
    return outcome


def tasks(train: Prepared, seed: int) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """Records of five classes each, without end."""
    random, labels = np.random.default_rng(seed), np.asarray(train.labels)
    while True:
        drawn = draw_episode(labels, WAYS, max(SHOTS), QUERIES, random)
        rows = np.concatenate([drawn.support, drawn.queries])
        yield rows_of(train, rows), np.concatenate([drawn.support_numbers, drawn.query_numbers])


def rows_of(split: Prepared, rows: np.ndarray) -> dict[str, Any]:
    """Some records as a network takes them."""
    return {name: np.asarray(tensor)[rows] for name, tensor in split.inputs(False).items()}


def random_weights(read: str, seed: int) -> dict[str, Any]:
    """What the steps alone learn, from random weights."""
    return learned(read, seed, count=0)


def learned(read: str, seed: int, count: int = TASKS) -> dict[str, Any]:
    """A network that learns the classes of each drawing by a few steps, from where Reptile led it in `count` tasks."""
    keras.utils.set_random_seed(seed)
    model, splits = built(read)
    loss = keras.losses.sparse_categorical_crossentropy
    if count:
        reptile(model, tasks(splits["train"], seed), loss, count=count, steps=STEPS, rate=RATE)
    start, step = model.get_weights(), descent(model, loss, RATE)
    outcome: dict[str, Any] = {}
    for name in ("validation", "test"):
        labels, random = np.asarray(splits[name].labels), np.random.default_rng(0)
        outcome[name] = {}
        for shots in SHOTS:
            right = []
            for _ in range(LEARNED_DRAWINGS):
                drawn = draw_episode(labels, WAYS, shots, QUERIES, random)
                support = as_tensors(rows_of(splits[name], drawn.support), drawn.support_numbers)
                for _ in range(LEARNED_STEPS):
                    step(*support)
                told = model.predict_on_batch(rows_of(splits[name], drawn.queries)).argmax(axis=1)
                right.append(float((told == drawn.query_numbers).mean()))
                model.set_weights(start)
            outcome[name][str(shots)] = float(np.mean(right))
    return outcome


def dual_encoder(seed: int) -> dict[str, Any]:
    """A network that learned which name goes with which picture of other kinds: by examples, and by names alone."""
    recipe, data = recipe_named(PAIRS), mz.load_dataset(DATA)
    assert recipe.backbone is not None
    read = {name: dataclasses.replace(one, **recipe.modalities[name]) for name, one in data.modalities.items()}
    pairs = {name: as_pairs(split) for name, split in data.splits.items()}
    card = dataclasses.replace(data.card, task="retrieval")
    bundle = mz.train_named(
        "image_text_retrieval",
        dataclasses.replace(data, card=card, modalities=read, class_names=(), splits=pairs),
        seed=seed,
        arguments={**recipe.arguments, "backbone_weights": str(recipe.backbone())},
        verbose=2,
        **recipe.fit,
    )
    layers = {"picture": "image_vector", "name": "text_vector"}
    outcome: dict[str, Any] = {}
    for name in ("validation", "test"):
        split = data.split(name)
        ids = [str(row) for row in range(len(split))]
        vectors = {read: index_records(bundle, split, ids, item_layer=layer).vectors for read, layer in layers.items()}
        vectors["both"] = np.concatenate(list(vectors.values()), axis=1)
        outcome[name] = {read: of_vectors(one, split.labels) for read, one in vectors.items()}
        outcome[name]["zero-shot"] = zero_shot(bundle, split, data.class_names)
    return outcome


def zero_shot(bundle: mz.Bundle, split: Records, class_names: Sequence[str]) -> dict[str, Any]:
    """The share of each kind that its name finds, of all kinds of a split: the mean over the kinds."""
    kinds = sorted(set(split.labels.tolist()))
    names = [class_names[kind] for kind in kinds]
    index = zero_shot_index(bundle, {name: [words_of(name)] for name in names})
    order = np.argsort(-zero_shot_scores(bundle, index, split.without("text")), axis=1)
    wanted = np.array([kinds.index(label) for label in split.labels])
    found = {
        str(top): [float((order[wanted == kind, :top] == kind).any(axis=1).mean()) for kind in range(len(kinds))]
        for top in (1, 5)
    }
    means = {top: float(np.mean(shares)) for top, shares in found.items()}
    return {**means, "kinds": len(kinds), "by kind": dict(zip(names, found["1"], strict=True))}


def as_pairs(split: Records) -> Records:
    """The same records, each of its own class: its picture belongs to its text alone."""
    return dataclasses.replace(split, labels=np.arange(len(split), dtype=np.int32))


def words_of(kind: str) -> str:
    """The name of a kind as words: "roles & careers" is "roles careers"."""
    return " ".join(re.findall(r"\w+", kind))


def train(row: str, seed: int) -> dict[str, Any]:
    """One row with one seed."""
    way, _, read = row.partition(":")
    ways = {"no training": no_training, "prototypes": prototypes, "random weights": random_weights, "reptile": learned}
    outcome = dual_encoder(seed) if way == "dual encoder" else ways[way](read, seed)
    keras.utils.clear_session()
    return outcome


def kept(row: str, seed: int) -> dict[str, Any]:
    """The outcome of one row with one seed, trained only if it was not before."""
    if row.startswith("no training"):
        # No seed makes a difference.
        seed = 0
    return kept_run(f"few-shot-{row.replace(':', '-').replace(' ', '_')}-{seed}", lambda: train(row, seed))


def table_of_examples(outcomes: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A few examples of each of five kinds."""
    rows: list[list[Any]] = [["chance", "", *[f"{100 / WAYS:.1f}" for _ in SHOTS], None]]
    for row, runs in outcomes.items():
        way, _, read = row.partition(":")
        runs = runs[:1] if way == "no training" else runs
        for one in [read] if read else READS:
            tests = [run["test"] if read else run["test"][one] for run in runs]
            cells = [mean_and_spread([test[str(shots)] for test in tests], 100, 1) for shots in SHOTS]
            rows.append([way, one, *cells, len(runs)])
    return {
        "title": "Five unseen kinds of emoji told apart by a few examples of each",
        "columns": ["way", "reads", "one example, %", "five examples, %", "seeds"],
        "rows": rows,
        "note": f"Share of {QUERIES} others of each kind that are told right, over {DRAWINGS} drawings of kinds and "
        "examples, the nearest mean of the examples being the answer. No training: pixels, and words weighed by their "
        "rarity; no seed makes a difference. Prototypes: `fit_prototypes`. Dual encoder: `image_text_retrieval`, "
        f"trained on names and pictures of other kinds. Reptile: {LEARNED_DRAWINGS} drawings, each learned by "
        f"{LEARNED_STEPS} steps of descent from where `reptile` led; random weights: the same steps without it.",
    }


def table_of_names(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Names alone."""
    tests = [one["test"]["zero-shot"] for one in runs]
    kinds = tests[0]["kinds"]
    cells = [mean_and_spread([test[str(top)] for test in tests], 100, 1) for top in (1, 5)]
    return {
        "title": f"{kinds} unseen kinds of emoji told apart by their names",
        "columns": ["way", "first is right, %", "one of five is right, %", "seeds"],
        "rows": [
            ["chance", f"{100 / kinds:.1f}", f"{500 / kinds:.1f}", None],
            ["zero-shot, image_text_retrieval", *cells, len(runs)],
        ],
        "note": "Each kind counts alike, however many emoji it has. The network has learned pictures and names of "
        "other kinds, and is given the name of a kind as its only text: `zero_shot_index`.",
    }


def main() -> None:
    """Run what is not there yet and write the result."""
    outcomes = seed_by_seed(__doc__, "row", ROWS, SEEDS, kept)
    if outcomes is None:
        return
    tables = [table_of_examples(outcomes), table_of_names(outcomes["dual encoder"])]
    protocol = "emoji-tw64:subgroups: no kind is in two splits; no setting was tuned"
    write_result("few-shot", "Few examples, or none", protocol, tables, outcomes)


if __name__ == "__main__":
    main()
