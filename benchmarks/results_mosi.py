"""Sentiment of an utterance in its context, on mosi: every network for it, each modality alone, and one missing."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import tensorflow as tf
from experiment import kept_run, mean_and_spread, write_result
from parts import Part
from repeated_training import Budget, RepeatedTraining, use_one_thread
from sklearn.linear_model import LogisticRegression

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, find_dataset, mosi
from multimodal_zoo.training.fit import adapt
from multimodal_zoo.training.pipeline import prepare

SEEDS = range(5)
MODALITIES = mosi.MODALITIES
BUDGET = Budget(epochs=40, patience=10, batch_size=128, learning_rate=2e-3)
SETTINGS = {"dropout": 0.4}
MISSING = {"missing_modalities": True, "modality_dropout": 0.1}
NETWORKS = {
    "`emotion_recognizer`": ("emotion_recognizer", {}),
    "`emotion_recognizer`, concat": ("emotion_recognizer", {"fusion": "concat"}),
    "`tensor_fusion_sentiment`": ("tensor_fusion_sentiment", {}),
    "`mult_sentiment`": ("mult_sentiment", {}),
    "`memory_fusion_sentiment`": ("memory_fusion_sentiment", {}),
    "`misa_sentiment`": ("misa_sentiment", {}),
}
# bc-LSTM on these features, text, audio and video: Poria et al. 2017, ACL P17-1081, table 2.
PUBLISHED = ("bc-LSTM, as published (not measured by this command)", "80.3")


@functools.lru_cache(maxsize=1)
def data() -> mz.datasets.DataSet:
    """The data set."""
    return mz.load_dataset("mosi:context")


@functools.lru_cache(maxsize=1)
def modalities() -> dict[str, Any]:
    """The modalities, fitted on the training part."""
    return adapt(data().modalities, data().split("train"))


def part_of(records: Records) -> Part:
    """The records as the networks read them."""
    prepared = prepare(records, modalities())
    inputs = {name: tensor.numpy() for name, tensor in prepared.content.items()}
    return Part(inputs, prepared.labels.numpy(), np.ones(len(prepared), "float32"))


@functools.lru_cache(maxsize=1)
def parts() -> dict[str, Part]:
    """The splits, and "both": training and validation part together, none of it mixed beforehand."""
    utterances = mosi.split_utterances(find_dataset("mosi"))
    both = [mosi.in_context(utterances[name]) for name in ("train", "validation")]
    columns = {name: np.concatenate([one.columns[name] for one in both]) for name in MODALITIES}
    splits = {**data().splits, "both": Records(columns, np.concatenate([one.labels for one in both]))}
    return {name: part_of(records) for name, records in splits.items()}


def vary(part: Part, random: np.random.Generator) -> Part:
    """The augmentation of the modalities: utterances mixed with each other."""
    inputs = {
        name: modalities()[name].augment(tf.constant(values), tf.constant(random.integers(2**31, size=2))).numpy()
        for name, values in part.inputs.items()
    }
    return dataclasses.replace(part, inputs=inputs)


class Trained:
    """One network with several seeds: first to choose the number of epochs, then to learn from all that is not test."""

    def __init__(self, name: str, arguments: dict[str, Any], read: tuple[str, ...] = MODALITIES) -> None:
        self.name, self.read = name, read
        self.arguments = {**SETTINGS, **(MISSING if len(read) > 1 else {}), **arguments}

    @functools.cached_property
    def training(self) -> RepeatedTraining:
        """Made when something is left to be trained."""
        declared = {name: modalities()[name] if name in self.read else None for name in MODALITIES}
        build = functools.partial(mz.create_model, self.name, **declared, **self.arguments)
        return RepeatedTraining(build, self.read, BUDGET)

    def kept(self, what: str, run: Any) -> dict[str, Any]:
        """A run that is kept under a name that says what it depends on."""
        settings = {**self.arguments, **dataclasses.asdict(BUDGET), "reach": mosi.REACH}
        said = "_".join(f"{key}={value}" for key, value in sorted(settings.items()))
        return kept_run(f"mosi-{self.name}-{'+'.join(self.read)}-{said}-{what}", run)

    def choose(self, seed: int) -> dict[str, Any]:
        """Learn from the training part; the best epoch, and how good it is on validation."""
        learned = self.training.run(seed, parts()["train"], parts()["validation"], vary)
        return {"best_epoch": learned.best_epoch, "accuracy": accuracy(self.training, parts()["validation"])}

    def test(self, seed: int, epochs: int) -> dict[str, Any]:
        """Learn from training and validation part for so many epochs, and read the test part."""
        self.training.run(seed, parts()["both"], None, vary, epochs)
        test = parts()["test"]
        without = self.read if len(self.read) > 1 else ()
        return {
            "parameters": self.training.parameters,
            "accuracy": accuracy(self.training, test),
            "positive": self.training.predict(test)[:, 1].astype(float).round(5).tolist(),
            **{f"without {name}": accuracy(self.training, test, name) for name in without},
        }

    def outcome(self) -> dict[str, Any]:
        """The runs of all seeds."""
        chosen = [self.kept(f"choose-{seed}", functools.partial(self.choose, seed)) for seed in SEEDS]
        epochs = int(np.median([one["best_epoch"] for one in chosen]))
        tested = [self.kept(f"test-{seed}-{epochs}", functools.partial(self.test, seed, epochs)) for seed in SEEDS]
        return {"epochs": epochs, "validation": chosen, "test": tested}


def accuracy(training: RepeatedTraining, part: Part, without: str | None = None) -> float:
    """Share of the rows of a part that are right, perhaps without one modality."""
    return float((training.predict(part, without).argmax(axis=1) == part.labels).mean())


def row(label: str, outcome: dict[str, Any]) -> list[Any]:
    """A line of the table of networks."""
    tested = outcome["test"]

    def over_seeds(key: str, runs: list[dict[str, Any]] = tested) -> str | None:
        return mean_and_spread([one[key] for one in runs], 100, 1) if key in runs[0] else None

    seconds = sum(one["seconds"] for one in [*outcome["validation"], *tested])
    return [
        label,
        over_seeds("accuracy"),
        *(over_seeds(f"without {name}") for name in MODALITIES),
        over_seeds("accuracy", outcome["validation"]),
        outcome["epochs"],
        tested[0]["parameters"],
        round(seconds / len(SEEDS)),
    ]


def linear_accuracy(read: tuple[str, ...]) -> float:
    """Logistic regression on the features of the utterance alone, its strength chosen on validation."""
    # The last row that is there is the utterance; without the mask.
    own = {
        name: np.concatenate([last_rows(part.inputs[modality]) for modality in read], axis=1)
        for name, part in parts().items()
    }
    fits = [LogisticRegression(C=c, max_iter=1000) for c in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)]
    judged = [
        fit.fit(own["train"], parts()["train"].labels).score(own["validation"], parts()["validation"].labels)
        for fit in fits
    ]
    best = fits[int(np.argmax(judged))]
    return float(best.fit(own["both"], parts()["both"].labels).score(own["test"], parts()["test"].labels))


def last_rows(series: np.ndarray) -> np.ndarray:
    """`(rows, features)`: the last step of each that is there."""
    last = series.shape[1] - 1 - series[:, ::-1, -1].argmax(axis=1)
    return series[np.arange(len(series)), last, :-1]


def seeds_together(outcomes: list[dict[str, Any]]) -> str:
    """Test accuracy of the mean answer of all seeds of some networks, in per cent."""
    positive = np.mean([one["positive"] for outcome in outcomes for one in outcome["test"]], axis=0)
    return f"{100 * ((positive > 0.5) == parts()['test'].labels).mean():.1f}"


def main() -> None:
    """Run what is not there yet and write the result."""
    use_one_thread()
    alone = {f"{name} alone": Trained("emotion_recognizer", {}, (name,)).outcome() for name in MODALITIES}
    networks = {label: Trained(*network).outcome() for label, network in NETWORKS.items()}
    labels = {name: part.labels for name, part in parts().items()}
    majority = np.bincount(labels["both"]).argmax()
    baselines = [
        ["always the more frequent class", f"{100 * (labels['test'] == majority).mean():.1f}"],
        ["linear, text alone", f"{100 * linear_accuracy(('text',)):.1f}"],
        ["linear, text, audio and video", f"{100 * linear_accuracy(MODALITIES):.1f}"],
        list(PUBLISHED),
    ]
    mean = {label: np.mean([one["accuracy"] for one in outcome["test"]]) for label, outcome in networks.items()}
    best = max(mean, key=mean.__getitem__)
    reached = "reached" if 100 * mean[best] >= float(PUBLISHED[1]) else "not reached"
    tables = [
        {
            "title": "Test accuracy, %, mean ± sd over 5 seeds",
            "columns": [
                "network",
                "test accuracy",
                *(f"{name} missing" for name in MODALITIES),
                "validation accuracy (mixed)",
                "epochs",
                "parameters",
                "seconds a seed",
            ],
            "rows": [row(label, outcome) for label, outcome in {**alone, **networks}.items()],
            "note": f"The published figure is {reached} by the best mean, that of {best}. A modality alone: "
            "`emotion_recognizer` without the others. Missing: at test time, from all steps of all records.",
        },
        {
            "title": "To be held against them: test accuracy, %",
            "columns": ["what", "test accuracy"],
            "rows": baselines,
            "note": "Linear: logistic regression on the features of the utterance without its context.",
        },
        {
            "title": "Ensembles: test accuracy, %, of the mean answer of all seeds",
            "columns": ["networks", "test accuracy"],
            "rows": [
                *([f"5 seeds of {label}", seeds_together([outcome])] for label, outcome in networks.items()),
                [f"all {len(networks)} networks, 5 seeds each", seeds_together(list(networks.values()))],
            ],
        },
    ]
    protocol = (
        "`mosi:context`, official test videos; an utterance behind its neighbours in the video. The number of epochs "
        "is the median best one of 5 seeds that learned from the training part, judged on the validation part; then "
        "each seed learns from both parts for so many epochs, and reads the test part once. One thread"
    )
    write_result("mosi", "Sentiment on CMU-MOSI", protocol, tables, {**alone, **networks})


if __name__ == "__main__":
    main()
