"""Train, judge and export the small networks in this folder: what `make saved_models` does.

All three learn from made-up data that are built in, so that anybody may have the weights and make them again without a
download. A network that is no better than a constant answer or a linear model is not written.
"""

from __future__ import annotations

import dataclasses
import json
import shlex
import tempfile
from pathlib import Path
from typing import Any

from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()

import numpy as np  # noqa: E402
from linear_baseline import linear_figures  # noqa: E402

import multimodal_zoo as mz  # noqa: E402
from multimodal_zoo.datasets import DataSet  # noqa: E402
from multimodal_zoo.tasks import constant_prediction, task_metrics  # noqa: E402

FOLDER = Path(__file__).parent
SEED = 0
# By so much a network has to be better than what is no network: no accident of the seed.
MARGIN = 0.03
MOST_BYTES = 5_000_000
FILES = {"image": "png", "audio": "wav"}


@dataclasses.dataclass(frozen=True)
class Flagship:
    """A network to be kept here.

    Args:
        model: registered name.
        data: a data set whose licence lets everybody pass the weights on.
        figure: by which it is judged; higher is better.
        arguments: of the builder.
        fit: of `train_named`.
        left_out: what is taken away to see what the rest is worth.
        why: why no real data of this kind are behind it.
    """

    model: str
    data: str
    figure: str
    arguments: dict[str, Any]
    fit: dict[str, Any]
    left_out: tuple[str, ...]
    why: str

    @property
    def name(self) -> str:
        """Of the folder, and of the model in a server."""
        return f"{self.model}_synthetic"


FLAGSHIPS = (
    Flagship(
        "lstnet_diagnosis",
        "synthetic-diagnosis",
        "auc",
        {
            "filters": (16, 32, 64),
            "embedding_dim": 32,
            "units": 32,
            "joint_dim": 64,
            "fusion": "gated",
            "missing_modalities": True,
            "modality_dropout": 0.2,
        },
        {"epochs": 30, "batch_size": 32, "patience": 8},
        ("image", "report"),
        "`covid-cxr` has a licence for each image, some without commercial use, and the vocabulary of its notes would "
        "lie in the export.",
    ),
    Flagship(
        "deepfm",
        "synthetic-clicks",
        "auc",
        {"missing_modalities": True, "modality_dropout": 0.05},
        {"epochs": 40, "batch_size": 256, "patience": 4, "learning_rate": 2e-3},
        ("user", "item", "plot"),
        "`ml-100k` must not be passed on, and its users, films and words would lie in the export as vocabularies.",
    ),
    Flagship(
        "audio_visual_fusion",
        "synthetic-digits:negatives",
        "accuracy",
        {
            "image_filters": (16, 32, 64),
            "audio_filters": (32, 48, 64),
            "joint_dim": 64,
            "missing_modalities": True,
            "modality_dropout": 0.2,
        },
        {"epochs": 15, "batch_size": 64, "patience": 4, "learning_rate": 2e-3},
        ("audio", "image"),
        "`spoken-digits` is share-alike, and of its pictures (MNIST) no licence of the authors is known, only what is "
        "commonly stated.",
    ),
)


def build(flagship: Flagship, to: Path) -> dict[str, Any]:
    """Train a flagship, judge it, and write bundle, export and one example of its test split below `to`.

    Returns:
        What the table and the commands in the README say of it.

    Raises:
        SystemExit: it is not better than a constant and a linear model by `MARGIN`, and an earlier one is kept; or what
            was written is too large.
    """
    data = mz.load_dataset(flagship.data)
    with tempfile.TemporaryDirectory() as scratch:
        mz.train_named(
            flagship.model, data, Path(scratch) / "run", seed=SEED, arguments=flagship.arguments, **flagship.fit
        )
        # As it is loaded, without what the optimiser remembers: a third of the size.
        bundle = mz.load_bundle(Path(scratch) / "run")
    figures = judged(flagship, bundle, data)
    bundle = dataclasses.replace(bundle, metrics={**bundle.metrics, "baselines": figures["baselines"]})
    folder = to / flagship.name
    bundle.save(folder / "bundle")
    mz.export_bundle(bundle, folder / "1")
    record, label = data.split("test")[0]
    options = write_example(folder / "example", record)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > MOST_BYTES:
        raise SystemExit(f"{folder} has {size:,} bytes, and {MOST_BYTES:,} are the most: take a smaller network.")
    return {
        "flagship": flagship,
        "card": data.card,
        **figures,
        "parameters": bundle.model.count_params(),
        "bytes": size,
        "command": ["multimodal-zoo", "predict", f"saved_models/{flagship.name}/bundle", *options],
        "answer": mz.predict_record(bundle, record),
        "truth": data.class_names[int(label)] if data.class_names else ("no click", "a click")[int(label)],
    }


def judged(flagship: Flagship, bundle: mz.Bundle, data: DataSet) -> dict[str, Any]:
    """The figures on the test split of the network and of what is none; see `build` for what is raised."""
    task, figure, test = bundle.card.task, flagship.figure, data.split("test")
    outputs = max(len(bundle.class_names), 1)
    constant = constant_prediction(task, data.split("train").labels, len(test), outputs)
    constant_figures = task_metrics(task, np.asarray(test.labels), constant, bundle.class_names)
    baselines = {"constant": constant_figures[figure], "linear": linear_figures(bundle, data)[figure]}
    reached = bundle.metrics["test"][figure]
    for name, value in baselines.items():
        if not reached >= value + MARGIN:
            raise SystemExit(
                f"{flagship.name}: {figure} {reached:.4f} on the test split, where {name} has {value:.4f} and {MARGIN} "
                "more are asked for. It is not written."
            )
    without = {name: mz.evaluate(bundle, test, without=[name])[figure] for name in flagship.left_out}
    return {"test": reached, "baselines": baselines, "without": without}


def write_example(folder: Path, record: dict[str, Any]) -> list[str]:
    """Write the pictures and sounds of a record as files; the options of `predict` that describe the record."""
    options: list[str] = []
    for name, value in record.items():
        if name in FILES:
            folder.mkdir(exist_ok=True)
            path = folder / f"{name}.{FILES[name]}"
            path.write_bytes(value)
            value = path.relative_to(FOLDER.parent).as_posix() if path.is_relative_to(FOLDER) else str(path)
        options += [f"--{name}", ",".join(value) if isinstance(value, list) else value]
    return options


def readme(built: list[dict[str, Any]]) -> str:
    """The text of README.md beside this file."""
    lines = [
        "# Small trained networks",
        "",
        "Written by `make saved_models` (`saved_models/train_and_export.py`); change it there.",
        "",
        "**All of them learned from SYNTHETIC data, made up by a program. They show how an artefact of this package is "
        "built, asked and served; what they answer means nothing outside of these data, least of all to a patient.** "
        "Data and weights are under the licence of this package, Apache-2.0. Real data are not behind them:",
        "",
        *(f"- `{one['flagship'].model}`: {one['flagship'].why}" for one in built),
        "",
        "`make run` trains the same networks on real data where these are at hand.",
        "",
        "| folder | data (all SYNTHETIC) | figure, test split | constant | linear | network | with one left out "
        "| parameters | MB |",
        "|---|---|---|---:|---:|---:|---|---:|---:|",
        *map(table_row, built),
        "",
        f"Seed {SEED}. Linear: logistic regression on exactly what the network reads (pixels, log-mel frames, counts "
        "of words and ids), its penalty chosen on the validation split. A network that is not better than both by "
        f"{MARGIN} is not written.",
        "",
        "Each folder holds",
        "",
        "- `bundle/`: network, modalities, labels, figures, `card.md` and `manifest.json` with the sha256 of every "
        "file; for `multimodal-zoo predict`, `explain`, `demo`, `evaluate` and `export`;",
        "- `1/`: the SavedModel of it, with its card in `assets.extra/`, and a manifest that names the data and their "
        "licence; for TensorFlow alone, TF Serving and Triton. `multimodal-zoo check FOLDER/1` replays what it "
        "answered when it was written;",
        "- `example/`: the picture and the sound of one record of the test split, where it has any.",
        "",
        "## Ask them",
        "",
        "In the folder of the project, one record of the test split each. Leave an option out, and that modality is "
        "absent.",
    ]
    for one in built:
        lines += [
            "",
            f"`{one['flagship'].name}`: the truth is {one['truth']!r}.",
            "",
            "```",
            shlex.join(one["command"]),
        ]
        lines += ["```", "", "```json", json.dumps(rounded(one["answer"]), indent=1), "```"]
    return "\n".join([*lines, "", WITH_TENSORFLOW_ALONE])


WITH_TENSORFLOW_ALONE = """With TensorFlow alone, neither Keras nor this package:

```python
import tensorflow as tf

served = tf.saved_model.load("saved_models/lstnet_diagnosis_synthetic/1")
with open("saved_models/lstnet_diagnosis_synthetic/example/image.png", "rb") as file:
    picture = file.read()
answer = served.signatures["serving_default"](
    image_bytes=tf.constant([picture, b""]),  # the second record has no image
    report=tf.constant(["Follow-up visit. Slight cough only.", "Seen at night. Strong chest pain."]),
)
print(answer["labels"].numpy(), answer["probabilities"].numpy(), answer["presence"].numpy())
```
"""


def table_row(one: dict[str, Any]) -> str:
    """The row of a network in the table."""
    flagship, baselines = one["flagship"], one["baselines"]
    cells = [
        f"`{flagship.name}`",
        f"`{flagship.data}`: {one['card'].title}; {one['card'].licence}",
        flagship.figure,
        *(f"{value:.3f}" for value in (baselines["constant"], baselines["linear"], one["test"])),
        ", ".join(f"without {name} {value:.3f}" for name, value in one["without"].items()),
        f"{one['parameters']:,}",
        f"{one['bytes'] / 1e6:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def rounded(value: Any) -> Any:
    """Numbers to four places, at any depth."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    """Build all of them and write the README."""
    built = [build(flagship, FOLDER) for flagship in FLAGSHIPS]
    (FOLDER / "README.md").write_text(readme(built), encoding="utf-8")
    print("\n".join(map(table_row, built)))


if __name__ == "__main__":
    main()
