"""What `fit(recompute=True)` saves in memory and costs in time: a Vision Transformer of more and more blocks."""

from __future__ import annotations

from alternate import Contender, alternate, milliseconds, times_as_long
from experiment import write_result

BATCH, ROUNDS, STEPS = 16, 4, 4
LAYERS = (4, 8, 12)
WAYS = ("keep", "recompute")


def main() -> None:
    """Measure and write `benchmarks/results/recompute.json`."""
    rows, samples = [], {}
    for layers in LAYERS:
        keep, recompute = (Contender(way, ["recompute_keras.py", way, str(layers), str(BATCH)]) for way in WAYS)
        alternate([keep, recompute], STEPS, ROUNDS)
        samples[f"{layers} blocks"] = {
            one.name: {"seconds": one.samples, "peak_memory_mb": one.memory} for one in (keep, recompute)
        }
        rows.append(
            [
                layers,
                f"{keep.memory:,.0f}",
                f"{recompute.memory:,.0f}",
                f"{milliseconds(keep):.0f}",
                f"{milliseconds(recompute):.0f}",
                times_as_long(recompute, keep),
            ]
        )
        print(*rows[-1], sep="\t", flush=True)
    write_result(
        "recompute",
        "Computed again instead of kept",
        f"A Vision Transformer of 197 tokens, 192 wide, with dropout; {BATCH} pictures, Adam; {ROUNDS} rounds of "
        "bursts in turns, each way in a process of its own; peak memory of the whole process, median times.",
        [
            {
                "title": "A training step, by blocks",
                "columns": ["blocks", "kept, MB", "again, MB", "kept, ms", "again, ms", "times as long [quartiles]"],
                "rows": rows,
            }
        ],
        samples,
        command="make bench",
    )


if __name__ == "__main__":
    main()
