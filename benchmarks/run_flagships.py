"""Train, evaluate, export and query the three flagship networks: what `make run` does.

Real data are used where they are found (MULTIMODAL_ZOO_DATA, the cache), otherwise the built-in synthetic sets, and the
table says which. Everything is written below `runs/flagships`.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from machine import environment, peak_memory_mb  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from multimodal_zoo.quiet_start import load_tensorflow  # noqa: E402

load_tensorflow()

import multimodal_zoo as mz  # noqa: E402
from multimodal_zoo.datasets import find_dataset  # noqa: E402

# Half of the default widths or less where an image CNN is trained: this is to be over in minutes on two cores.
FLAGSHIPS: tuple[dict[str, Any], ...] = (
    {
        "name": "lstnet_diagnosis",
        "real": "covid-cxr",
        "synthetic": "synthetic-diagnosis",
        "figure": "auc",
        "fit": {"epochs": 12, "batch_size": 32, "patience": 4},
        "arguments": {"missing_modalities": True, "modality_dropout": 0.3, "filters": (16, 32, 64)},
    },
    {
        "name": "deepfm",
        "real": "ml-100k",
        "synthetic": "synthetic-clicks",
        "figure": "auc",
        "fit": {"epochs": 12, "batch_size": 2048, "patience": 2},
        "arguments": {"missing_modalities": True, "modality_dropout": 0.05},
    },
    {
        "name": "audio_visual_fusion",
        "real": "spoken-digits",
        "synthetic": "synthetic-digits",
        "figure": "accuracy",
        "fit": {"epochs": 12, "batch_size": 64, "patience": 4, "learning_rate": 2e-3},
        "arguments": {
            "missing_modalities": True,
            "modality_dropout": 0.3,
            "image_filters": (16, 32, 64),
        },
    },
)


def run(flagship: dict[str, Any], folder: Path, console: Console) -> dict[str, Any]:
    """One flagship from data to an answer of its artefact."""
    started = time.time()
    name = flagship["name"]
    wanted = flagship["real"] if find_dataset(flagship["real"]) else flagship["synthetic"]
    data = mz.load_dataset(wanted, download=False)
    console.print(f"[bold]{name}[/] on {data.card.title}")
    bundle = mz.train_named(name, data, folder / name, arguments=flagship["arguments"], **flagship["fit"])
    if not bundle.metrics["beats_constant"]:
        raise SystemExit(f"{name} did not learn anything on {wanted}: see {folder / name / 'metrics.json'}.")
    test = data.split("test")
    names = list(bundle.modalities)
    pictured = [one for one in names if bundle.modalities[one].kind in ("image", "audio", "text")]
    without = {one: mz.evaluate(bundle, test, without=[one])[flagship["figure"]] for one in pictured}
    saved = mz.export_bundle(bundle, folder / "saved_models" / name / "1")
    record, label = test[0]
    truth = data.class_names[int(label)] if data.class_names else float(label)
    return {
        "name": name,
        "data": f"{data.card.name}:{data.protocol}",
        "synthetic": data.card.synthetic,
        "figure": flagship["figure"],
        "test": bundle.metrics["test"][flagship["figure"]],
        "constant": bundle.metrics["constant"][flagship["figure"]],
        "without": without,
        "parameters": bundle.model.count_params(),
        "answer": ask(saved, bundle, record, folder),
        "truth": truth,
        "seconds": round(time.time() - started, 1),
    }


def ask(saved: Path, bundle: mz.Bundle, record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Ask the artefact one raw record in a process without Keras."""
    asked = {}
    for name, modality in bundle.modalities.items():
        value = modality.encode(record.get(name))
        if isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        asked[modality.raw_name(name)] = value.tolist() if hasattr(value, "tolist") else value
    file = folder / f"{saved.parent.name}-record.json"
    file.write_text(json.dumps(asked))
    script = Path(__file__).with_name("ask_without_keras.py")
    done = subprocess.run([sys.executable, script, saved, file], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise SystemExit(f"The exported {saved} did not answer:\n{done.stderr}")
    return json.loads(done.stdout)


def show(results: list[dict[str, Any]], console: Console) -> None:
    """The table at the end, and under it the answers."""
    table = Table(title="Flagships: test split, and what is left when a modality is missing")
    for column in ("network", "data", "figure", "test", "without", "seconds"):
        table.add_column(column)
    for one in results:
        lost = ", ".join(f"{name} {value:.3f}" for name, value in one["without"].items())
        data = f"{one['data']} [SYNTHETIC]".replace("[", r"\[") if one["synthetic"] else one["data"]
        table.add_row(one["name"], data, one["figure"], f"{one['test']:.3f}", lost, f"{one['seconds']:.0f}")
    console.print(table)
    for one in results:
        console.print(f"[bold]{one['name']}[/] served without Keras, one raw test record (truth: {one['truth']}):")
        console.print_json(json.dumps(one["answer"]))


def main() -> None:
    """Run all three and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/flagships"))
    parser.add_argument("--result", type=Path, help="also write the figures there, as JSON")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    # Wide enough for the table where the output is no terminal and so has no width.
    console = Console(width=None if sys.stdout.isatty() else 140)
    started = time.time()
    results = [run(flagship, arguments.folder, console) for flagship in FLAGSHIPS]
    show(results, console)
    seconds, memory = round(time.time() - started, 1), round(peak_memory_mb())
    console.print(f"{seconds:.0f} s, peak memory {memory} MB. Bundles and SavedModels are in {arguments.folder}/.")
    if arguments.result:
        rows = [
            [
                one["name"],
                one["data"] + (" (SYNTHETIC)" if one["synthetic"] else ""),
                one["figure"],
                round(one["test"], 4),
            ]
            + [", ".join(f"{name} {value:.3f}" for name, value in one["without"].items()), one["seconds"]]
            for one in results
        ]
        table = {
            "title": "One short training each",
            "columns": ["network", "data", "figure", "test", "with this modality missing", "seconds"],
            "rows": rows,
            "note": f"{seconds:.0f} s in all without installation, peak memory {memory} MB.",
        }
        document = {
            "title": "What make run prints",
            "protocol": "one seed, few epochs",
            "command": "make run",
            "environment": environment(),
            "tables": [table],
            "samples": {"results": results, "seconds": seconds, "peak_memory_mb": memory},
        }
        arguments.result.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
