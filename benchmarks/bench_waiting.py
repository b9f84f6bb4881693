"""Which share of a training's time waits for its next batch: from memory, and from shards, decoded anew in each epoch.

    python benchmarks/bench_waiting.py [--rounds 3] [--dry]

Each training is `fit(..., profile=True)` in a process of its own, as `multimodal-zoo train --profile` runs it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from experiment import write_result
from made_up_pictures import made_up_jpeg

import multimodal_zoo as mz
from multimodal_zoo.datasets import DataSet, DataSetCard, Records, column
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.shards import load_shards, write_shards

SIDE, WORDS, LENGTH, BATCH, EPOCHS = 256, 2000, 60, 32, 2
# Name -> training records and arguments of the builder: the network as it is, and the narrow one of few records.
NETWORKS: dict[str, tuple[int, dict[str, Any]]] = {
    "lstnet_diagnosis": (512, {}),
    "lstnet_diagnosis, filters (16, 32, 64)": (1024, {"filters": (16, 32, 64), "units": 32, "joint_dim": 64}),
}
SOURCES = ("memory", "shards")


def made_up(records: int) -> DataSet:
    """Made-up photographs and reports of random words."""
    draw = np.random.default_rng(0)
    splits = {}
    for split, count in (("train", records), ("validation", BATCH)):
        pictures = [made_up_jpeg(draw, SIDE, SIDE, channels=1) for _ in range(count)]
        reports = [" ".join(f"word{one}" for one in draw.integers(0, WORDS, LENGTH)) for _ in range(count)]
        columns = {"image": column(pictures), "report": column(reports)}
        splits[split] = Records(columns, draw.integers(0, 2, count).astype("int32"))
    card = DataSetCard("made-up", "SYNTHETIC", "classification", "", "", "", {"all": "all"}, synthetic=True)
    modalities = {"image": Image(128, 128, channels=1, crop=0.1, flip=True), "report": Text(WORDS, LENGTH)}
    return DataSet(card, "all", modalities, ("no", "yes"), splits)


def train(name: str, source: str, folder: Path) -> dict[str, Any]:
    """One training, and what its profile says."""
    records, arguments = NETWORKS[name]
    data = made_up(records)
    if source == "shards":
        write_shards(data, folder, shards=4, workers=1)
        data = load_shards(folder)
    model = mz.create_model("lstnet_diagnosis", **data.modalities, num_classes=2, **arguments)
    return mz.fit(model, data, epochs=EPOCHS, batch_size=BATCH, profile=True, verbose=0).metrics["profile"]


def measured(name: str, source: str) -> dict[str, Any]:
    """The profile of a training in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--one", name, source, folder]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(told.splitlines()[-1])


def main() -> None:
    """Measure and write `benchmarks/results/waiting.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="write no results: to see whether it runs")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        name, source, folder = asked.one
        print(json.dumps(train(name, source, Path(folder))))
        return
    samples: dict[str, Any] = {name: {source: [] for source in SOURCES} for name in NETWORKS}
    for _ in range(asked.rounds):
        for name, source in [(name, source) for name in NETWORKS for source in SOURCES]:
            samples[name][source].append(measured(name, source))
            print(name, source, samples[name][source][-1], sep="\t", flush=True)
    rows = []
    for name, found in samples.items():
        speeds = [f"{np.median([one['examples_per_second'] for one in found[source]]):.0f}" for source in SOURCES]
        waits = [[100 * one["input_share"] for one in found[source]] for source in SOURCES]
        shares = [f"{np.median(some):.1f} % ({min(some):.1f} to {max(some):.1f})" for some in waits]
        rows.append([name, *speeds, *shares])
    if asked.dry:
        return
    table = {
        "title": "Share of the time that the training waits for its next batch",
        "columns": ["network", "examples a second, memory", "from shards", "waits, memory", "waits, shards"],
        "rows": rows,
    }
    protocol = (
        f"Made-up JPEGs of {SIDE} x {SIDE}, made smaller to 128 x 128 and varied, with reports of {LENGTH} words; "
        f"batch {BATCH}, {EPOCHS} epochs, all steps but the first; median and range of {asked.rounds} rounds in turns, "
        "each training in a process of its own."
    )
    write_result("waiting", "Waiting for input", protocol, [table], samples, command="make bench")


if __name__ == "__main__":
    main()
