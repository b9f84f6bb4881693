"""Ten thousand mutated requests to each flagship's artefact: what became of them, and the memory they took."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "tests")]

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf  # noqa: E402
from contract.faults import Faults  # noqa: E402
from contract.records import fitted, small_model  # noqa: E402
from experiment import write_result  # noqa: E402

import multimodal_zoo.models  # noqa: E402, F401
from multimodal_zoo.export import export_bundle  # noqa: E402
from multimodal_zoo.registry import list_models  # noqa: E402
from multimodal_zoo.training import Bundle  # noqa: E402


def resident_mb() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Send them and write `benchmarks/results/mutated-requests.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="to each model")
    requests = parser.parse_args().requests
    rows, samples, counted = [], {}, {}
    for name in list_models():
        model = small_model(name, missing_modalities=True)
        bundle = Bundle(model, fitted(model), (), model.card, {})
        with tempfile.TemporaryDirectory() as folder:
            served = tf.saved_model.load(export_bundle(bundle, Path(folder) / name / "1"))
        faults, memory, started = Faults(served, bundle.modalities), [], time.time()
        for number in range(requests):
            # One in twenty is wrong as a whole; the others hold one mutated value between two valid records.
            faults.send_wrong_input() if number % 20 == 19 else faults.send_values()
            if number % max(1, requests // 20) == 0:
                memory.append(round(resident_mb(), 1))
        memory.append(round(resident_mb(), 1))
        # The first twentieth fills the allocators.
        sizes = [f"{size:.0f}" for size in (memory[1], max(memory), memory[-1])]
        rows.append([f"`{name}`", requests, faults.compared, f"{faults.furthest:.1e}", *sizes])
        counted[name] = dict(sorted(faults.counts.items()))
        samples[name] = {"memory_mb": memory, "seconds": round(time.time() - started, 1), "counts": counted[name]}
        print(name, requests, "requests", f"{time.time() - started:.0f} s", memory, flush=True)
    kinds = sorted({kind for counts in counted.values() for kind in counts})
    tables = [
        {
            "title": "Mutated requests, each between two valid records",
            "columns": [
                "model",
                "requests",
                "valid rows compared",
                "furthest difference in one",
                "memory after a twentieth, MB",
                "most, MB",
                "at the end, MB",
            ],
            "rows": rows,
            "note": "Compared with the answer to the same request with that value absent. A crash, or a difference of "
            "more than 1e-6, ends the run with an error: there is then no table. Memory is that of the whole process.",
        },
        {
            "title": "What became of the mutated values",
            "columns": ["mutation: outcome", *[f"`{name}`" for name in counted]],
            "rows": [[kind, *[counts.get(kind, 0) for counts in counted.values()]] for kind in kinds],
        },
    ]
    protocol = (
        "untrained networks of small size, seed 0; one mutated value a request, or an input of wrong type or shape"
    )
    write_result("mutated-requests", "Mutated requests", protocol, tables, samples, command="make faults")


if __name__ == "__main__":
    main()
