"""How many pictures a second are read, decoded and made smaller: from shards, and by PyTorch's DataLoader with Pillow.

    python benchmarks/bench_input_pipeline.py [--peers FOLDER] [--pictures 2048] [--rounds 10] [--print-only]

The readers stand ready in processes of their own and are asked in turns, an epoch each; ratios are of one round.
PyTorch and Pillow lie in a folder of their own, which `make bench` fills and names by MULTIMODAL_ZOO_TRAINING_PEERS;
without it the shards are measured alone. All are held to the same two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCHMARKS))

import numpy as np  # noqa: E402
from experiment import write_result  # noqa: E402
from input_pipeline_readers import BATCH, READERS, SIZE  # noqa: E402

PEERS = "MULTIMODAL_ZOO_TRAINING_PEERS"
AGAINST = "PyTorch, Pillow"
# Pixels on a side of what is stored: twice and nearly four times of what the network sees.
STORED = (256, 500)


def write_pictures(folder: Path, count: int, side: int) -> None:
    """Made-up photographs with some noise, as files and as shards."""
    from made_up_pictures import made_up_jpeg

    from multimodal_zoo.datasets import DataSet, DataSetCard, Records, column
    from multimodal_zoo.modalities import Image
    from multimodal_zoo.shards import write_shards

    draw = np.random.default_rng(side)
    (folder / "pictures").mkdir(parents=True)
    pictures = []
    for number in range(count):
        pictures.append(made_up_jpeg(draw, side, side, noise=6.0))
        (folder / "pictures" / f"{number:05d}.jpg").write_bytes(pictures[-1])
    card = DataSetCard("pictures", "SYNTHETIC pictures", "classification", "", "", "", {"all": "all"}, synthetic=True)
    records = Records({"image": column(pictures)}, np.arange(count, dtype="int32") % 2)
    data = DataSet(card, "all", {"image": Image(SIZE, SIZE)}, (), {"train": records})
    write_shards(data, folder / "shards", shards=4, workers=1)


class Reader:
    """A process that reads an epoch when it is asked."""

    def __init__(self, name: str, folder: Path, peers: str) -> None:
        ours = name.startswith("shards")
        paths = [str(BENCHMARKS.parent), *([] if ours else [peers])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TF_CPP_MIN_LOG_LEVEL": "3"}
        self.process = subprocess.Popen(
            [sys.executable, str(BENCHMARKS / "input_pipeline_readers.py"), name, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line of the process."""
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"A reader ended with {self.process.wait()}; its message stands above.")
        return json.loads(line)

    def epoch(self) -> dict[str, Any]:
        """Read one epoch."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self) -> None:
        """Let the process end."""
        self.process.stdin.close()
        self.process.wait()


def measured(folder: Path, names: list[str], peers: str, rounds: int) -> dict[str, list[float]]:
    """Pictures a second of each reader in each round, after one that is not counted."""
    readers = {name: Reader(name, folder, peers) for name in names}
    rates: dict[str, list[float]] = {name: [] for name in names}
    try:
        means = {name: reader.epoch()["mean_pixel"] for name, reader in readers.items()}
        if max(means.values()) - min(means.values()) > 0.02:
            raise RuntimeError(f"The readers do not see the same pictures: mean pixels {means}.")
        for _ in range(rounds):
            for name, reader in readers.items():
                told = reader.epoch()
                rates[name].append(told["pictures"] / told["seconds"])
    finally:
        for reader in readers.values():
            reader.close()
    return rates


def table_of(side: int, rates: dict[str, list[float]]) -> dict[str, Any]:
    """Rates, and their ratios to PyTorch with Pillow within each round."""
    rows = []
    for name, found in rates.items():
        row: list[Any] = [name, f"{np.median(found):.0f} ({min(found):.0f} to {max(found):.0f})"]
        if AGAINST in rates:
            ratios = np.divide(found, rates[AGAINST])
            row.append(f"{np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f})")
        rows.append(row)
        print(side, *row, sep="\t", flush=True)
    columns = ["reader", "pictures a second", f"times {AGAINST}"][: len(rows[0])]
    return {
        "title": f"JPEGs of {side} x {side} to {SIZE} x {SIZE}, batches of {BATCH}",
        "columns": columns,
        "rows": rows,
    }


def main() -> None:
    """Measure and write `benchmarks/results/input-pipeline.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=os.environ.get(PEERS, ""), help="folder with torch and PIL")
    parser.add_argument("--pictures", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--print-only", action="store_true", help="leave the results file as it is")
    chosen = parser.parse_args()
    names = [name for name in READERS if chosen.peers or name.startswith("shards")]
    tables, samples = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for side in STORED:
            write_pictures(Path(folder) / str(side), chosen.pictures, side)
            rates = measured(Path(folder) / str(side), names, chosen.peers, chosen.rounds)
            tables.append(table_of(side, rates))
            samples[str(side)] = rates
    without = "" if chosen.peers else f" PyTorch is left out: {PEERS} names no folder."
    tables[-1]["note"] = (
        f"Median and range of {chosen.rounds} rounds of {chosen.pictures} pictures, the readers in turns on the same "
        "two cores; ratios within a round. From the first to the last batch of an epoch: decoded, made smaller, "
        f"mirrored at random. PyTorch: a DataLoader with two workers.{without}"
    )
    if not chosen.print_only:
        command = "python benchmarks/bench_input_pipeline.py"
        peers = Path(chosen.peers) if chosen.peers else None
        packages = ("torch", "pillow") if peers else ()
        protocol = "made-up photographs"
        write_result("input-pipeline", "Reading pictures", protocol, tables, samples, packages, command, peers)


if __name__ == "__main__":
    main()
