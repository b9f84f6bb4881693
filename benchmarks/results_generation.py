"""What networks draw: digits from what was said, emoji from their names, each judged by another network.

python benchmarks/results_generation.py                      runs what is not kept yet, and writes the result
python benchmarks/results_generation.py --only translator 0  trains and keeps this row with this seed alone
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result
from results_rows import kept_bundle
from seed_by_seed import seed_by_seed

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, column
from multimodal_zoo.export import index_records
from multimodal_zoo.export.generated import generated_by
from multimodal_zoo.metrics import frechet_distance, generation_metrics, retrieval_metrics
from multimodal_zoo.modalities import png_of
from multimodal_zoo.recipes import recipe_named, train_row
from multimodal_zoo.tasks import constant_prediction
from multimodal_zoo.training import Bundle, save_bundle
from multimodal_zoo.training.evaluate import predictions_on
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.predict_split import predict_split

SEEDS = range(3)
DIGITS, PAIRS, DRAWN = "spoken-digits:take", "emoji-tw64:en-distinct", "emoji-tw64:en-distinct-drawn"
JUDGE = {"filters": (32, 64, 128), "text_encoder": "words", "missing_modalities": True}
# Row here -> the recipe whose networks draw, which are trained as its own row of the results.
RECIPES = {
    "autoencoder": "spoken-digits:take/multimodal_vae",
    "translator": "emoji-tw64:en-distinct-drawn/cross_modal_translator",
    "translator, critic": "emoji-tw64:en-distinct-drawn/cross_modal_translator+critic",
}
TRANSLATORS = tuple(row for row in RECIPES if row != "autoencoder")


@functools.lru_cache(maxsize=3)
def data(name: str) -> Any:
    """A data set, loaded once."""
    return mz.load_dataset(name)


def trained(row: str, seed: int) -> Bundle:
    """The network of a row, trained if it was not kept."""
    recipe = recipe_named(RECIPES[row])
    folder = kept_bundle(recipe, seed)
    if not folder.exists():
        # No network of one modality alone takes part in it.
        save_bundle(train_row(dataclasses.replace(recipe, alone=()), seed, verbose=2).together, folder)
    return mz.load_bundle(folder)


def records_of(pictures: np.ndarray, labels: np.ndarray) -> Records:
    """Drawn pictures as a person would have them."""
    return Records({"image": column(png_of(pictures).numpy().tolist())}, labels)


@functools.lru_cache(maxsize=1)
def digit_judge(seed: int) -> Bundle:
    """A network that reads pictures of digits, and never hears a sound."""
    return mz.train_named("audio_visual_fusion", data(DIGITS), seed=seed, arguments={"audio": None}, verbose=2)


@functools.lru_cache(maxsize=1)
def emoji_judge(seed: int) -> Bundle:
    """A network that finds the text of a picture."""
    return mz.train_named("image_text_retrieval", data(PAIRS), seed=seed, arguments=JUDGE, verbose=2)


def digits(seed: int) -> dict[str, Any]:
    """The autoencoder: its classes, with either modality missing; and what it draws on hearing a digit."""
    bundle, test = trained("autoencoder", seed), data(DIGITS).split("test")
    without: dict[str, tuple[str, ...]] = {"both": (), "audio": ("image",), "image": ("audio",)}
    accuracy = {read: mz.evaluate(bundle, test, without=others)["accuracy"] for read, others in without.items()}
    heard = prepare(test, bundle.modalities).without("image")
    painter = keras.Model(bundle.model.input, generated_by(bundle.model)["image"])
    drawn = records_of(predict_split(painter, heard), test.labels)
    judge = digit_judge(seed)
    return {
        "accuracy": accuracy,
        "drawn": mz.evaluate(judge, drawn)["accuracy"],
        "real": judge.metrics["test"]["accuracy"],
    }


def emoji(row: str, seed: int) -> dict[str, Any]:
    """A translator of names into pictures: its figures, those of its judge, and those of the mean picture."""
    bundle, test = trained(row, seed), data(DRAWN).split("test")
    wanted, pictures, _ = predictions_on(bundle, test)
    mean = constant_prediction("generation", data(DRAWN).split("train").labels, len(test))
    return {
        "figures": generation_metrics(wanted, pictures),
        "judged": judged(emoji_judge(seed), pictures),
        "real": judged(emoji_judge(seed), wanted),
        "mean picture": generation_metrics(wanted, mean),
    }


def judged(judge: Bundle, pictures: np.ndarray) -> dict[str, float]:
    """How often the judge finds the text of each picture, and how far its features are from those of real pictures."""
    test = data(PAIRS).split("test")
    ids = [str(number) for number in range(len(test))]

    def vectors(records: Records, layer: str) -> np.ndarray:
        return index_records(judge, records, ids, k=1, item_layer=layer).vectors

    drawn = vectors(records_of(pictures, test.labels), "image_vector")
    real = vectors(test.without("text"), "image_vector")
    texts = vectors(test.without("image"), "text_vector")
    found = retrieval_metrics(drawn, texts, test.labels, test.labels)["first_to_second"]
    return {**found, "frechet_distance": frechet_distance(drawn, real)}


def train(row: str, seed: int) -> dict[str, Any]:
    """One row with one seed."""
    outcome = digits(seed) if row == "autoencoder" else emoji(row, seed)
    keras.utils.clear_session()
    return outcome


def kept(row: str, seed: int) -> dict[str, Any]:
    """The outcome of one row with one seed, trained only if it was not before."""
    return kept_run(f"generation-{row.replace(', ', '-')}-{seed}", lambda: train(row, seed))


def digits_table(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """What the autoencoder tells and draws."""
    accuracy = [mean_and_spread((one["accuracy"][name] for one in runs), 100, 1) for name in ("both", "audio", "image")]
    seen = [mean_and_spread((one[name] for one in runs), 100, 1) for name in ("drawn", "real")]
    return {
        "title": "A spoken digit, and its picture drawn from the sound alone",
        "columns": [
            "network",
            "accuracy, %",
            "from sound alone, %",
            "from the picture alone, %",
            "drawn pictures read as the digit, %",
            "real pictures, %",
            "seeds",
        ],
        "rows": [["multimodal_vae", *accuracy, *seen, len(runs)]],
        "note": "The reader of pictures is an audio_visual_fusion without the sound. It never saw a drawn one.",
    }


def emoji_row(name: str, figures: list[dict[str, Any]], judges: list[dict[str, Any]] | None) -> list[Any]:
    """A row of the table of emoji."""
    own = [mean_and_spread((one[key] for one in figures), 1, 3) for key in ("rmse", "r2")]
    recall = mean_and_spread((one["recall_at_10"] for one in figures), 100, 1)
    if judges is None:
        return [name, *own, recall, "", "", len(figures)]
    text = mean_and_spread((one["recall_at_10"] for one in judges), 100, 1)
    distance = mean_and_spread((one["frechet_distance"] for one in judges), 1, 3)
    return [name, *own, recall, text, distance, len(figures)]


def emoji_table(outcomes: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """What the translators draw, beside the mean picture and the real ones."""
    first = outcomes["translator"]
    rows = [emoji_row("mean picture", [one["mean picture"] for one in first], None)]
    rows += [
        emoji_row(name, [one["figures"] for one in runs], [one["judged"] for one in runs])
        for name, runs in outcomes.items()
    ]
    real = mean_and_spread((one["real"]["recall_at_10"] for one in first), 100, 1)
    rows.append(["real pictures", "", "", "", real, mean_and_spread([0.0], 1, 3), len(first)])
    return {
        "title": "Emoji drawn from their names and keywords, unseen in training",
        "columns": ["drawn by", "RMSE", "R2", "own picture @10, %", "own text @10, %", "Frechet distance", "seeds"],
        "rows": rows,
        "note": "Own picture: among all pictures of the test split, by their pixels. Own text: by an "
        "image_text_retrieval, whose features of pictures the Frechet distance compares, too.",
    }


def main() -> None:
    """Run what is not there yet and write the result."""
    outcomes = seed_by_seed(__doc__, "row", tuple(RECIPES), SEEDS, kept)
    if outcomes is None:
        return
    tables = [digits_table(outcomes["autoencoder"]), emoji_table({row: outcomes[row] for row in TRANSLATORS})]
    write_result("generation", "Drawing", "splits by take and by picture; three seeds", tables, outcomes)


if __name__ == "__main__":
    main()
