"""Image, report and both on covid-cxr: five folds by patient, every fusion operator, and what was tried beside."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

import multimodal_zoo as mz
from multimodal_zoo.datasets import find_dataset
from multimodal_zoo.datasets.covid_cxr import read_rows, split_rows
from multimodal_zoo.metrics import bootstrap_interval
from multimodal_zoo.recipes.pretrained_backbone import mobilenet_copy, mobilenet_v2_weights
from multimodal_zoo.training import predictions_on

FOLDS = range(5)
SEEDS = range(2)
FUSIONS = ("additive_attention", "concat", "feature_pooling", "gated", "late_average", "late_weighted")
# The default fusion and what it is held against get every seed, the others the first one.
EVERY_SEED = ("image alone", "report alone", "both, additive_attention")
# A quarter of the default convolutions' width at 64 x 64 pixels: 230 training images leave no room for more.
NETWORK = {"filters": (16, 32, 64), "units": 32, "embedding_dim": 32, "joint_dim": 64, "dropout": 0.5}
FIT = {"epochs": 30, "batch_size": 32, "patience": 6, "learning_rate": 1e-3}
AUGMENTED = {"image": {"crop": 0.15, "rotate": 8.0, "noise": 0.02}, "report": {"word_drop": 0.2}}
MISSING = {"missing_modalities": True, "modality_dropout": 0.3}

# What was tried beside, to make the fusion better.
TRIED: dict[str, dict[str, Any]] = {
    "both, additive_attention, no modality dropout": {"fusion": "additive_attention"},
    "both, additive_attention, no augmentation": {"fusion": "additive_attention", "augmentation": False, **MISSING},
    "both, additive_attention, no highway": {"fusion": "additive_attention", "highway": False, **MISSING},
    "report alone, no highway": {"leave": ("image",), "highway": False},
    # The linear path starts from the solution of its logistic regression.
    "report alone, linear start": {"leave": ("image",), "fit": {"linear_start": 0.1}},
    "both, feature_pooling, linear start": {"fusion": "feature_pooling", "fit": {"linear_start": 0.1}, **MISSING},
}
# A network trained on many photographs, frozen, on larger pictures; where its weights are at hand.
if mobilenet_copy() is not None:
    PRETRAINED = {
        "backbone": "MobileNetV2",
        "backbone_trainable": False,
        "side": 128,
    }
    TRIED |= {
        "image alone, pretrained MobileNetV2": {"leave": ("report",), **PRETRAINED},
        "both, late_weighted, pretrained MobileNetV2": {"fusion": "late_weighted", **PRETRAINED, **MISSING},
    }
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "image alone": {"leave": ("report",)},
    "report alone": {"leave": ("image",)},
    **{f"both, {fusion}": {"fusion": fusion, **MISSING} for fusion in FUSIONS},
    **TRIED,
}


def name_of(label: str, fold: int, seed: int) -> str:
    """The name a run is kept under."""
    return f"covid-cxr-{label.replace(', ', '-').replace(' ', '_')}-fold{fold}-{seed}"


def train(experiment: dict[str, Any], fold: int, seed: int) -> dict[str, Any]:
    """One network on one fold; keeps the predicted probabilities of the test patients."""
    data = mz.load_dataset(f"covid-cxr:fold{fold}")
    settings = dict(experiment)
    leave, augmentation = settings.pop("leave", ()), settings.pop("augmentation", True)
    side, fit = settings.pop("side", None), settings.pop("fit", {})
    if "backbone" in settings:
        # Converted when they are needed, and not for whoever only imports this file.
        settings["backbone_weights"] = str(mobilenet_v2_weights())
    modalities: dict[str, Any] = {}
    for name, modality in data.modalities.items():
        varied = dataclasses.replace(modality, **AUGMENTED[name]) if augmentation else modality
        if name == "image" and side is not None:
            varied = dataclasses.replace(varied, height=side, width=side)
        modalities[name] = None if name in leave else varied
    bundle = mz.train_named(
        "lstnet_diagnosis",
        data,
        seed=seed,
        arguments={**NETWORK, **modalities, **settings},
        class_weight="balanced",
        verbose=0,
        **{**FIT, **fit},
    )
    outcome: dict[str, Any] = {"epochs": bundle.metrics["epochs"], "best_epoch": bundle.metrics["best_epoch"]}
    labels, predictions, _ = predictions_on(bundle, data.split("test"))
    outcome |= {"labels": labels.tolist(), "predictions": predictions[:, 1].astype(float).round(5).tolist()}
    if "presence" in bundle.model.input:
        for name in bundle.modalities:
            _, without, _ = predictions_on(bundle, data.split("test"), without=[name])
            outcome[f"without {name}"] = without[:, 1].astype(float).round(5).tolist()
    keras.utils.clear_session()
    return outcome


def linear_reference(fold: int) -> list[float]:
    """TF-IDF and logistic regression on the report, the linear baseline."""
    data = mz.load_dataset(f"covid-cxr:fold{fold}")
    train_split, test = data.split("train"), data.split("test")
    model = make_pipeline(
        TfidfVectorizer(binary=True),
        LogisticRegression(C=10, class_weight="balanced", max_iter=1000),
    )
    model.fit(train_split.columns["report"].tolist(), train_split.labels)
    return model.predict_proba(test.columns["report"].tolist())[:, 1].tolist()


def patients_of_the_test_rows() -> np.ndarray:
    """The patient of each test row, fold after fold."""
    rows = read_rows(find_dataset("covid-cxr"))
    return np.array([row.patient for fold in FOLDS for row in split_rows(rows, fold, True)["test"]])


def ranks(predictions: np.ndarray) -> np.ndarray:
    """Scores as ranks in 0..1, so that folds and networks with other calibrations can be pooled."""
    return np.argsort(np.argsort(predictions)) / max(1, len(predictions) - 1)


def pooled(folds: list[np.ndarray]) -> np.ndarray:
    """Out-of-fold scores of all rows."""
    return np.concatenate([ranks(fold) for fold in folds])


def main() -> None:
    """Run what is not there yet and write the result."""
    runs: dict[str, list[list[dict[str, Any]]]] = {label: [] for label in EXPERIMENTS}
    for seed in SEEDS:
        for label, experiment in EXPERIMENTS.items():
            if seed == SEEDS[0] or label in EVERY_SEED:
                runs[label].append(
                    [
                        kept_run(name_of(label, fold, seed), lambda e=experiment, f=fold, s=seed: train(e, f, s))
                        for fold in FOLDS
                    ]
                )
    labels = np.concatenate([np.array(runs["report alone"][0][fold]["labels"]) for fold in FOLDS])
    patients = patients_of_the_test_rows()
    if len(patients) != len(labels):
        raise SystemExit("runs/results/ holds runs on another copy of covid-cxr; remove them and start again.")

    scores = {
        label: [pooled([np.array(one["predictions"]) for one in seed]) for seed in seeds]
        for label, seeds in runs.items()
    }
    scores["late ensemble of image alone and report alone"] = [
        (image + report) / 2 for image, report in zip(scores["image alone"], scores["report alone"], strict=True)
    ]
    if "image alone, pretrained MobileNetV2" in scores:
        scores["late ensemble of image alone, pretrained MobileNetV2, and report alone"] = [
            (image + report) / 2
            # As many seeds as both have.
            for image, report in zip(
                scores["image alone, pretrained MobileNetV2"], scores["report alone"], strict=False
            )
        ]
    scores["late ensemble, image weighs a quarter"] = [
        (image + 3 * report) / 4 for image, report in zip(scores["image alone"], scores["report alone"], strict=True)
    ]
    linear = pooled([np.array(linear_reference(fold)) for fold in FOLDS])
    scores["TF-IDF + logistic regression on the report (linear reference)"] = [linear]

    rows, comparison = [], {}
    for label, seeds in scores.items():
        auc = [roc_auc_score(labels, one) for one in seeds]
        # A fusion that started from the solved linear path is held against the report alone that did, too.
        started = label.startswith("both") and label.endswith("linear start")
        rival = scores["report alone, linear start" if started else "report alone"]
        # Against the report alone with as many seeds: a mean over more seeds is better by itself.
        mean_score, mean_report = np.mean(seeds, 0), np.mean(rival[: len(seeds)], 0)

        def gain(drawn: np.ndarray, score: np.ndarray = mean_score, against: np.ndarray = mean_report) -> float | None:
            if len(np.unique(labels[drawn])) < 2:
                return None
            return roc_auc_score(labels[drawn], score[drawn]) - roc_auc_score(labels[drawn], against[drawn])

        def figure(drawn: np.ndarray, score: np.ndarray = mean_score) -> float | None:
            return roc_auc_score(labels[drawn], score[drawn]) if len(np.unique(labels[drawn])) == 2 else None

        low, high = bootstrap_interval(figure, patients, draws=1000)
        gain_low, gain_high = bootstrap_interval(gain, patients, draws=1000)
        everything = np.arange(len(labels))
        rows.append(
            [
                label,
                mean_and_spread(auc, digits=3),
                len(auc),
                f"{figure(everything):.3f} [{low:.3f}, {high:.3f}]",
                "" if label == "report alone" else f"{gain(everything):+.3f} [{gain_low:+.3f}, {gain_high:+.3f}]",
            ]
        )
        comparison[label] = {
            "auc": auc,
            "of the mean over seeds": figure(everything),
            "interval": [low, high],
        }
        comparison[label]["gain over report alone"] = [gain(everything), gain_low, gain_high]

    missing_rows = []
    for label, seeds in runs.items():
        if "without image" not in seeds[0][0]:
            continue
        cells = [label]
        for name in ("image", "report"):
            values = [
                roc_auc_score(labels, pooled([np.array(fold[f"without {name}"]) for fold in seed])) for seed in seeds
            ]
            cells.append(mean_and_spread(values, digits=3))
        missing_rows.append(cells)

    best = max(
        (one for one in comparison if one.startswith(("both", "late"))),
        key=lambda one: comparison[one]["of the mean over seeds"],
    )
    gained, gained_low, gained_high = comparison[best]["gain over report alone"]
    verdict = "beats" if gained_low > 0 else "does not beat" if gained_high < 0 else "cannot be told from"
    tables = [
        {
            "title": "COVID-19 against other: AUC over all test patients of the five folds",
            "columns": [
                "network",
                "AUC, mean ± sd over seeds",
                "seeds",
                "AUC of the seeds' mean [95 % interval]",
                "gain over report alone [95 % interval]",
            ],
            "rows": rows,
            "note": f"The best fusion, {best!r}, {verdict} the report alone: gain {gained:+.3f} "
            f"[{gained_low:+.3f}, {gained_high:+.3f}]. It was picked among {len(comparison)} rows on these same "
            "patients, so read the gain as an upper end. A fusion with linear start is held against the report alone "
            "with linear start. Intervals: 1000 resamples of patients.",
        },
        {
            "title": "The same networks with a modality missing at test time: AUC, mean ± sd over seeds",
            "columns": ["network", "image missing", "report missing"],
            "rows": missing_rows,
            "note": "To be held against 'report alone' and 'image alone' above.",
        },
    ]
    protocol = (
        f"{len(labels)} images with notes of {len(np.unique(patients))} patients, disease names masked, "
        f"5 folds by patient"
    )
    samples = {
        "auc": comparison,
        "runs": {
            label: [[{key: one[key] for key in ("epochs", "best_epoch", "seconds")} for one in seed] for seed in seeds]
            for label, seeds in runs.items()
        },
    }
    write_result("covid-cxr", "Chest X-ray and clinical note", protocol, tables, samples)


if __name__ == "__main__":
    main()
