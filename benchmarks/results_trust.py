"""What calibration, de-identified reports, attacked copies and privacy cost, in figures of the test split.

python benchmarks/results_trust.py                                          what is not there yet, and the tables
python benchmarks/results_trust.py --only synthetic-diagnosis plain 0       one run
python benchmarks/results_trust.py --only covid-cxr:fold0 plain 0 --epochs 1      the same, to try it
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
from experiment import kept_run, mean_and_spread, write_result

import multimodal_zoo as mz
from multimodal_zoo.datasets import DataSet, column
from multimodal_zoo.explain import judge_calibration
from multimodal_zoo.training import Privacy, accounted_epsilon, build_for, fit_private
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.splits import adapt

MODEL = "lstnet_diagnosis"
# As in `results_covid_cxr.py`: 230 training images leave no room for more.
NETWORK = {
    **{"filters": (16, 32, 64), "units": 32, "embedding_dim": 32, "joint_dim": 64, "dropout": 0.5},
    **{"missing_modalities": True, "modality_dropout": 0.3},
}
FIT = {"epochs": 30, "batch_size": 32, "patience": 6, "learning_rate": 1e-3, "class_weight": "balanced"}
# Pixels of eight bits that change by four are hardly seen.
RADIUS = 4 / 255
DELTA = 1e-4
PRIVATE = {"private, epsilon 8": 8.0, "private, epsilon 2": 2.0}
# The calibrated network is the plain one with its temperatures.
WAYS = ("plain", "de-identified reports", "attacked copies", *PRIVATE)
# Title -> data sets and seeds; each fold is a group of patients of its own, with a seed of its own.
DATA = {
    "covid-cxr, five folds by patient": tuple((f"covid-cxr:fold{fold}", fold) for fold in range(5)),
    "synthetic-diagnosis (SYNTHETIC)": tuple(("synthetic-diagnosis", seed) for seed in range(3)),
}


def name_of(data: str, way: str, seed: int, epochs: int | None) -> str:
    """The name a run is kept under."""
    tried = "" if epochs is None else f"-{epochs}-epochs"
    return f"trust-{data}-{way}-{seed}{tried}".replace(":", "-").replace(", ", "-").replace(" ", "_")


def run(spec: str, way: str, seed: int, epochs: int | None = None) -> dict[str, Any]:
    """Train one way on one data set and measure it on its test split."""
    data = mz.load_dataset(spec)
    if way == "de-identified reports":
        data = without_names_and_numbers(data)
    fit = {**FIT, **({} if epochs is None else {"epochs": epochs})}
    if way in PRIVATE:
        bundle = private(data, PRIVATE[way], seed, fit)
    else:
        attacked = mz.AdversarialExamples({"image": RADIUS}) if way == "attacked copies" else None
        bundle = mz.train_named(
            MODEL, data, seed=seed, arguments=NETWORK, adversarial=attacked, test=False, verbose=0, **fit
        )
    outcome = measured(bundle, data)
    if way == "plain":
        fitted = mz.calibrate(bundle, data.split("validation"))
        outcome["calibrated"] = {
            **measured(fitted, data),
            "by subset": judge_calibration(fitted, data.split("test")),
            "temperatures": {there: one["temperature"] for there, one in fitted.calibration.items()},
        }
    keras.utils.clear_session()
    return outcome


def measured(bundle: mz.Bundle, data: DataSet) -> dict[str, Any]:
    """The figures of the test split, and the main one under PGD on the image."""
    test = data.split("test")
    figures = mz.evaluate(bundle, test)
    (curve,) = mz.attack_curves(bundle, test, attacks=["pgd"], levels={"image": (0.0, RADIUS)}).curves
    outcome = {name: figures[name] for name in ("accuracy", "auc", "log_loss")}
    outcome |= {"auc attacked": curve.figures[1], "epochs": bundle.metrics.get("epochs")}
    outcome["epsilon"] = bundle.metrics.get("privacy", {}).get("epsilon")
    return outcome


def without_names_and_numbers(data: DataSet) -> DataSet:
    """The same data with every report de-identified, those of the test split, too."""
    splits = {}
    for name, records in data.splits.items():
        reports = column(mz.deidentify(text).text for text in records.columns["report"])
        splits[name] = dataclasses.replace(records, columns={**records.columns, "report": reports})
    return dataclasses.replace(data, splits=splits)


def private(data: DataSet, epsilon: float, seed: int, fit: dict[str, Any]) -> mz.Bundle:
    """A network trained by DP-SGD from random weights, on as many records as the others see at most."""
    keras.utils.set_random_seed(seed)
    train = data.split("train")
    modalities = adapt(data.modalities, train)
    model = build_for(MODEL, dataclasses.replace(data, modalities=modalities), NETWORK)
    bundle = mz.Bundle(model, modalities, data.class_names, model.card, {"epochs": fit["epochs"]})
    batch_size = min(64, len(train))
    steps = max(1, fit["epochs"] * len(train) // batch_size)
    privacy = Privacy(1.0, noise_for(epsilon, batch_size, steps, len(train)), batch_size, steps, DELTA)
    return fit_private(bundle, prepare(train, modalities), privacy, seed=seed)


def noise_for(epsilon: float, batch_size: int, steps: int, records: int) -> float:
    """The least noise multiplier, to a thousandth, with which a training spends no more than epsilon."""
    low, high = 0.2, 100.0
    while high / low > 1.001:
        # Of a ratio the middle is the root of the product.
        middle = (low * high) ** 0.5
        spent = accounted_epsilon(Privacy(1.0, middle, batch_size, steps, DELTA), records)
        low, high = (middle, high) if spent > epsilon else (low, middle)
    return high


def table_of_costs(title: str, runs: dict[str, Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """The ways beside each other; what one costs is told run by run against the plain one."""
    plain = runs["plain"]
    lines = {"plain": plain, "calibrated": [one["calibrated"] for one in plain]}
    lines |= {way: some for way, some in runs.items() if way != "plain"}
    rows = []
    for way, some in lines.items():
        cost = [before["auc"] - after["auc"] for before, after in zip(plain, some, strict=True)]
        rows.append(
            [
                way,
                *(mean_and_spread([one[key] for one in some], digits=3) for key in ("auc", "accuracy", "log_loss")),
                mean_and_spread([one["auc attacked"] for one in some], digits=3),
                "" if way == "plain" else mean_and_spread(cost, digits=3),
                len(some),
            ]
        )
    return {
        "title": f"{title}: test split, mean ± sd over the runs",
        "columns": ["way", "AUC", "accuracy", "log loss", "AUC under attack", "AUC that it costs", "runs"],
        "rows": rows,
        "note": f"Attack: PGD on the image, 10 steps, no pixel by more than {RADIUS * 255:.0f}/255. Privacy: DP-SGD "
        f"with delta {DELTA:g}, no class weights; vocabularies are not accounted for. The cost is the mean of the "
        "differences, run by run.",
    }


def table_of_calibration(title: str, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Temperatures and calibration errors by what is there."""
    calibrated = [one["calibrated"] for one in runs]
    rows = []
    for there in calibrated[0]["temperatures"]:
        errors = [
            mean_and_spread([one["by subset"][there][when]["ece"] for one in calibrated], digits=3)
            for when in ("before", "after")
        ]
        temperatures = [one["temperatures"][there] for one in calibrated]
        rows.append([there, mean_and_spread(temperatures, digits=2), *errors, len(calibrated)])
    return {
        "title": f"{title}: expected calibration error by what is there",
        "columns": ["there", "temperature", "error before", "error after", "runs"],
        "rows": rows,
        "note": "15 bins of equal width; temperatures fitted on the validation split, errors of the test split. With "
        "few records the error of a network that is well calibrated is above 0, too.",
    }


def main() -> None:
    """Run what is not there yet and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs=3, metavar=("DATA", "WAY", "SEED"), help=f"one run; ways: {', '.join(WAYS)}")
    parser.add_argument("--epochs", type=int, help="with --only: so many; kept under a name of its own")
    asked = parser.parse_args()
    if asked.only:
        data, way, seed = asked.only
        if way not in WAYS or not seed.isdecimal():
            parser.error(f"--only takes a data set, one of {', '.join(WAYS)} and a seed; got {' '.join(asked.only)}.")
        print(kept_run(name_of(data, way, int(seed), asked.epochs), lambda: run(data, way, int(seed), asked.epochs)))
        return
    if asked.epochs is not None:
        parser.error("--epochs goes with --only.")
    tables, samples = [], {}
    for title, asked_for in DATA.items():
        runs = {
            way: [
                kept_run(name_of(spec, way, seed, None), lambda s=spec, w=way, n=seed: run(s, w, n))
                for spec, seed in asked_for
            ]
            for way in WAYS
        }
        samples[title] = runs
        tables += [table_of_costs(title, runs), table_of_calibration(title, runs["plain"])]
    protocol = f"`{MODEL}`, narrow, image and report, either may be missing; a seed for each fold, or three seeds"
    write_result("trust", "What trust costs", protocol, tables, samples, packages=("dp-accounting",))


if __name__ == "__main__":
    main()
