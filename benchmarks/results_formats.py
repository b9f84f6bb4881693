"""The flagships in other formats: size, time of one answer and the main figure, and what distillation gives instead.

Needs the extras litert, onnx and openvino: `make results ONLY=formats` installs them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import keras
import numpy as np
from experiment import KEPT, kept_run, mean_and_spread, write_result

import multimodal_zoo as mz
from multimodal_zoo.export.formats import FORMATS, AccuracyLost, FormatError, export_trunk

PACKAGES = ("ai-edge-litert", "tf2onnx", "onnx", "onnxruntime", "openvino")
TOLERANCE = 0.01
# Narrow networks and few epochs: the tables compare formats of one network, not networks.
NETWORKS: dict[str, dict[str, Any]] = {
    "lstnet_diagnosis": {
        "data": "covid-cxr:fold0",
        "fit": {"epochs": 12, "batch_size": 32, "patience": 4},
        "arguments": {"missing_modalities": True, "modality_dropout": 0.3, "filters": (16, 32, 64)},
    },
    "audio_visual_fusion": {
        "data": "spoken-digits:take",
        "fit": {"epochs": 10, "batch_size": 64, "patience": 4, "learning_rate": 2e-3},
        "arguments": {"missing_modalities": True, "modality_dropout": 0.3, "image_filters": (16, 32, 64)},
    },
    "deepfm": {
        "data": "ml-100k:ctr",
        "fit": {"epochs": 8, "batch_size": 2048, "patience": 2},
        "arguments": {"missing_modalities": True, "modality_dropout": 0.05},
    },
}
SEEDS = range(3)
NARROW = {"audio_filters": (12, 16, 24), "image_filters": (4, 8, 16), "joint_dim": 32}
STUDENTS = {
    "both, narrow": NARROW,
    "image alone, narrow": {**NARROW, "audio": None, "missing_modalities": False, "modality_dropout": 0.0},
}
TAUGHT: dict[str, dict[str, Any]] = {
    "labels alone": {"alpha": 0.0},
    "labels and teacher": {"alpha": 0.7},
    "labels alone, pruned from the teacher": {"alpha": 0.0, "prune": True},
}


@lru_cache(maxsize=1)
def data(spec: str) -> Any:
    """One data set at a time."""
    return mz.load_dataset(spec)


@lru_cache(maxsize=1)
def trained(name: str) -> mz.Bundle:
    """The bundle of a network, from `runs/results` if it was trained before."""
    folder = KEPT / f"formats-bundle-{name}"
    if not folder.exists():
        network = NETWORKS[name]
        mz.train_named(name, data(network["data"]), folder, arguments=network["arguments"], verbose=0, **network["fit"])
    return mz.load_bundle(folder)


def export(name: str, format: str, quantize: str | None) -> dict[str, Any]:
    """The report of one export, with `problem` where none was written."""
    to = KEPT / "formats" / name / f"{format}-{quantize or 'float'}"
    try:
        return export_trunk(
            trained(name), to, format, data=data(NETWORKS[name]["data"]), quantize=quantize, tolerance=TOLERANCE
        )
    except AccuracyLost as error:
        return {**error.report, "problem": "refused by the gate"}
    except FormatError as error:
        return {"problem": str(error)}


def format_table(name: str, reports: dict[tuple[str, str | None], dict[str, Any]]) -> dict[str, Any]:
    """Size, time and figure of each format of one network."""
    measured = [report for report in reports.values() if "float" in report]
    figure = measured[0]["figure"]
    in_floats = measured[0]["float"]
    # The float network was timed anew beside every format.
    median, p90 = (float(np.median([report["float"][key] for report in measured])) for key in ("median_ms", "p90_ms"))
    rows = [["TensorFlow", "none", *cells(in_floats["bytes"], median, p90, in_floats[figure]), None, "the reference"]]
    for (format, quantize), report in reports.items():
        if "converted" not in report:
            rows.append([format, quantize or "none", *[None] * 5, report["problem"]])
            continue
        one = report["converted"]
        outcome = report.get("problem", "passed")
        sizes = cells(one["bytes"], one["median_ms"], one["p90_ms"], one[figure])
        rows.append([format, quantize or "none", *sizes, f"{report['max_difference']:.1e}", outcome])
    return {
        "title": f"`{name}` on {measured[0]['data']}, test split, {measured[0]['records']} records",
        "columns": ["format", "quantisation", "size, KB", "median, ms", "90 %, ms", figure, "furthest answer", "gate"],
        "rows": rows,
    }


def cells(size: int, median: float, p90: float, figure: float | None) -> list[str]:
    """Size, times and figure as text."""
    return [f"{size / 1000:.0f}", f"{median:.2f}", f"{p90:.2f}", "not finite" if figure is None else f"{figure:.4f}"]


def student(who: str, how: str, seed: int) -> dict[str, Any]:
    """A narrow network of the sounds and pictures, with or without a teacher, or started from its channels."""
    network = NETWORKS["audio_visual_fusion"]
    bundle = mz.distil(
        trained("audio_visual_fusion"),
        data(network["data"]),
        arguments=STUDENTS[who],
        **TAUGHT[how],
        temperature=3.0,
        seed=seed,
        verbose=0,
        **network["fit"],
    )
    outcome = {
        "test": bundle.metrics["test"]["accuracy"],
        "parameters": bundle.model.count_params(),
        "teacher": bundle.metrics["distillation"]["teacher"],
    }
    keras.utils.clear_session()
    return outcome


def distillation_table(runs: dict[tuple[str, str], list[dict[str, Any]]]) -> dict[str, Any]:
    """Students with and without their teacher."""
    teacher = next(iter(runs.values()))[0]["teacher"]
    accuracy = mean_and_spread([teacher["test"]["accuracy"]], 100, 1)
    rows: list[list[Any]] = [["teacher: both", "labels alone", teacher["parameters"], accuracy, 1]]
    for (who, how), outcomes in runs.items():
        accuracy = mean_and_spread([one["test"] for one in outcomes], 100, 1)
        rows.append([who, how, outcomes[0]["parameters"], accuracy, len(outcomes)])
    return {
        "title": "Distillation and pruning of `audio_visual_fusion` on spoken-digits:take, test split",
        "columns": ["network", "trained on", "parameters", "accuracy, %", "seeds"],
        "rows": rows,
        "note": "`multimodal-zoo distil`, temperature 3; share of the teacher "
        + ", ".join(f"{one['alpha']:g} ({how})" for how, one in TAUGHT.items())
        + ". Pruned: the student starts from the teacher's strongest channels (`--prune`). All else is equal in the "
        "rows of a network.",
    }


def main() -> None:
    """Run what is not there yet and write the result."""
    tables, samples = [], {}
    for name in NETWORKS:
        reports = {}
        for format, module in FORMATS.items():
            for quantize in (None, *module.QUANTIZATIONS):
                key = f"formats-{name}-{format}-{quantize or 'float'}"
                reports[format, quantize] = samples[key] = kept_run(
                    key, lambda n=name, f=format, q=quantize: export(n, f, q)
                )
        tables.append(format_table(name, reports))
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for who in STUDENTS:
        for how, settings in TAUGHT.items():
            what = f"{who}-{settings['alpha']}" + "-pruned" * settings.get("prune", False)
            keys = [f"formats-distil-{what}-{seed}".replace(" ", "-").replace(",", "") for seed in SEEDS]
            runs[who, how] = [
                kept_run(key, lambda w=who, h=how, s=seed: student(w, h, s))
                for key, seed in zip(keys, SEEDS, strict=True)
            ]
            samples.update(zip(keys, runs[who, how], strict=True))
    tables.append(distillation_table(runs))
    protocol = (
        "one narrow network each, few epochs, one seed; one record at a time, median and ninth decile of the time of "
        f"an answer over the test split, in a process of its own; gate: the main figure may fall by {TOLERANCE}"
    )
    write_result("formats", "Other formats", protocol, tables, samples, PACKAGES)


if __name__ == "__main__":
    main()
