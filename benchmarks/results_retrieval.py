"""Which text goes with which image: recall among unseen pictures, both ways, beside chance.

python benchmarks/results_retrieval.py                  runs what is not kept yet, and writes the result
python benchmarks/results_retrieval.py --only emoji 0   trains and keeps this row with this seed alone
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import keras
from experiment import kept_run, mean_and_spread, write_result
from mobilenet_weights import mobilenet_copy, mobilenet_weights
from seed_by_seed import seed_by_seed

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records
from multimodal_zoo.metrics import MatchingRecall, chance_of_recall
from multimodal_zoo.objectives import MatchingLoss, MaxMarginRanking, SigLipLoss
from multimodal_zoo.training import build_for

SEEDS = range(3)
KS = (1, 5, 10)
WAYS = {"first_to_second": "text by image", "second_to_first": "image by text"}
LOSSES = {
    "CLIP": {"temperature": 0.07, "loss": lambda: MatchingLoss()},
    "SigLIP": {"temperature": 0.1, "loss": lambda: MatchingLoss(SigLipLoss(), bias=-10.0)},
    "hardest negatives": {"temperature": None, "loss": lambda: MatchingLoss(MaxMarginRanking(0.2))},
}


@dataclasses.dataclass(frozen=True)
class Row:
    """One network of the table.

    Args:
        data: the data set it learns on.
        tests: title -> data set of whose test split it is asked, the texts and pictures of each among themselves.
        network: arguments of the builder.
        image, text: what is changed in the modalities of the data set.
        loss: one of `LOSSES`.
        pretrained: whether the image encoder is the MobileNetV2 whose weights are at hand, frozen.
        fit: arguments of `fit`, the learning rate among them.
    """

    data: str
    tests: Mapping[str, str]
    network: Mapping[str, Any]
    image: Mapping[str, Any]
    text: Mapping[str, Any]
    loss: str = "CLIP"
    pretrained: bool = False
    fit: Mapping[str, Any] = dataclasses.field(default_factory=dict)


# Up to its sixth block the backbone tells shapes and colours; what it was trained on, photographs, comes later.
FROZEN = {"backbone": "MobileNetV2", "backbone_trainable": False}
EMOJI = Row(
    data="emoji-tw64:en",
    tests={"all": "emoji-tw64:en", "without flags and people": "emoji-tw64:en-distinct"},
    network={
        **FROZEN,
        "backbone_up_to": "block_6_expand_relu",
        "text_encoder": "words",
        "embedding_dim": 128,
        "joint_dim": 128,
        "dropout": 0.3,
    },
    image={"height": 96, "width": 96, "crop": 0.1},
    text={"word_drop": 0.2},
    pretrained=True,
    fit={"epochs": 30, "batch_size": 128, "patience": 8, "learning_rate": 1e-3},
)
FLICKR = Row(
    data="flickr8k-1k",
    tests={"all": "flickr8k-1k"},
    network={
        **FROZEN,
        "backbone_up_to": "block_13_expand_relu",
        "text_encoder": "words",
        "embedding_dim": 128,
        "joint_dim": 128,
        "dropout": 0.3,
    },
    image={"height": 128, "width": 128},
    text={"word_drop": 0.2},
    pretrained=True,
    fit={"epochs": 20, "batch_size": 128, "patience": 8, "learning_rate": 1e-3},
)
ROWS = {
    "emoji": EMOJI,
    "emoji, SigLIP": dataclasses.replace(EMOJI, loss="SigLIP"),
    "emoji, hardest negatives": dataclasses.replace(EMOJI, loss="hardest negatives"),
    "emoji, no pretrained weights": dataclasses.replace(
        EMOJI,
        network={"filters": (32, 64, 128), "text_encoder": "words", "joint_dim": 128, "dropout": 0.3},
        image={"height": 32, "width": 32, "crop": 0.1},
        pretrained=False,
    ),
    "flickr8k-1k": FLICKR,
}


@functools.lru_cache(maxsize=2)
def data(row: str) -> Any:
    """The data set of a row, its modalities changed as the row says."""
    official = mz.load_dataset(ROWS[row].data)
    changed = {
        name: dataclasses.replace(modality, **getattr(ROWS[row], name))
        for name, modality in official.modalities.items()
    }
    return dataclasses.replace(official, modalities=changed)


def train(name: str, seed: int) -> dict[str, Any]:
    """One network with one seed: its figures on the validation pictures and on each of the tests."""
    row = ROWS[name]
    loss, fit = LOSSES[row.loss], dict(row.fit)
    arguments = {"missing_modalities": True, "temperature": loss["temperature"], **row.network}
    if row.pretrained:
        arguments["backbone_weights"] = str(mobilenet_weights())
    keras.utils.set_random_seed(seed)
    model = build_for("image_text_retrieval", data(name), arguments)
    model.compile(keras.optimizers.Adam(fit.pop("learning_rate")), loss["loss"](), metrics=[MatchingRecall(10)])
    bundle = mz.fit(model, data(name), seed=seed, monitor="val_recall_at_10", verbose=2, **fit)
    outcome: dict[str, Any] = {
        "validation": bundle.metrics["validation"],
        "tests": {
            title: mz.evaluate(bundle, mz.load_dataset(asked).split("test")) for title, asked in row.tests.items()
        },
        "epochs": bundle.metrics["epochs"],
        "best_epoch": bundle.metrics["best_epoch"],
        "training_seconds": bundle.metrics["seconds"],
        "parameters": model.count_params(),
    }
    keras.utils.clear_session()
    return outcome


def kept(name: str, seed: int) -> dict[str, Any]:
    """The outcome of one row with one seed, trained only if it was not before."""
    return kept_run(f"retrieval-{name.replace(', ', '-').replace(' ', '_')}-{seed}", lambda: train(name, seed))


def chance(records: Records) -> dict[str, dict[str, float]]:
    """Recall in random order, by way and k: what is asked, and what it is found among, once each."""
    texts = {(number, text) for number, text in zip(records.labels.tolist(), records.columns["text"], strict=True)}
    of_texts, of_images = [number for number, _ in sorted(texts)], sorted(set(records.labels.tolist()))
    sides = {"first_to_second": (of_images, of_texts), "second_to_first": (of_texts, of_images)}
    return {way: {f"recall_at_{k}": chance_of_recall(*groups, k) for k in KS} for way, groups in sides.items()}


def rows_of(name: str, runs: list[dict[str, Any]]) -> list[list[Any]]:
    """Rows of the table: the network's and, for the first network of a data set, those of chance."""
    rows = []
    for title, asked in ROWS[name].tests.items():
        test = mz.load_dataset(asked).split("test")
        by_chance = chance(test)
        for way, words in WAYS.items():
            figures = [one["tests"][title][way] for one in runs]
            recalls = [mean_and_spread((one[f"recall_at_{k}"] for one in figures), 100, 1) for k in KS]
            times = mean_and_spread((one["recall_at_10"] / by_chance[way]["recall_at_10"] for one in figures), 1, 1)
            median = mean_and_spread((one["median_rank"] for one in figures), 1, 1)
            expected = f"{100 * by_chance[way]['recall_at_10']:.1f}"
            asked_of = f"{title}, {len(set(test.labels.tolist()))} pictures"
            rows.append([name, asked_of, words, *recalls, median, expected, times, len(runs)])
    return rows


def write(outcomes: dict[str, list[dict[str, Any]]]) -> None:
    """Write the result."""
    table = {
        "title": "Unseen pictures and their texts, each searched by the other",
        "columns": [
            "network",
            "searched",
            "way",
            *(f"recall@{k}, %" for k in KS),
            "median rank",
            "recall@10 by chance, %",
            "times chance",
            "seeds",
        ],
        "rows": [row for name, runs in outcomes.items() for row in rows_of(name, runs)],
        "note": "The text of an emoji is its English name with keywords. Flags and people look nearly alike among "
        "themselves, so figures stand beside with and without them, of the same network. Rows that name no loss have "
        "that of CLIP.",
    }
    protocol = "splits by picture; all settings were chosen on the validation pictures; of flickr8k-1k 400 to train on"
    write_result("image-text-retrieval", "Image-text retrieval", protocol, [table], outcomes)


def main() -> None:
    """Run what is not there yet and write the result."""
    # What needs the pretrained weights is left out where they are not at hand.
    left_out = [name for name, row in ROWS.items() if row.pretrained and mobilenet_copy() is None]
    outcomes = seed_by_seed(__doc__, "row", list(ROWS), SEEDS, kept, left_out)
    if outcomes is not None:
        write(outcomes)


if __name__ == "__main__":
    main()
