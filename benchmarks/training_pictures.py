"""A training step of a picture and its report, and of the report alone: in turns with PyTorch, oneDNN on and off."""

from __future__ import annotations

from alternate import NOT_COMPILED, PEERS, Contender, alternate, limits, milliseconds, times_as_long
from experiment import write_result

BATCH = "32"
ROUNDS = 9
# What is trained -> steps in a burst.
NETWORKS = {"both": 3, "text": 20}
TITLES = {"both": "picture of 128 px (convolutions of 64, 128, 256) and text (LSTM of 256)", "text": "the text alone"}


def main() -> None:
    """Measure and write `benchmarks/results/pictures.json`."""
    rows, samples = [], {}
    for kind, steps in NETWORKS.items():
        zoo = Contender("multimodal_zoo", ["picture_text_keras.py", kind, BATCH])
        plain = Contender("oneDNN off", ["picture_text_keras.py", kind, BATCH], TF_ENABLE_ONEDNN_OPTS="0")
        own = Contender(NOT_COMPILED, ["picture_text_keras.py", kind, BATCH])
        torch = Contender("torch", ["picture_text_torch.py", kind, BATCH])
        alternate([zoo, plain, own, torch], steps, ROUNDS)
        rows.append(
            [
                TITLES[kind],
                f"{milliseconds(zoo):.0f}",
                f"{milliseconds(torch):.0f}",
                times_as_long(zoo, torch),
                f"{milliseconds(plain):.0f}",
                times_as_long(zoo, plain),
                f"{milliseconds(own):.0f}",
                times_as_long(zoo, own),
                f"{zoo.shares[-1]:.2f}, {torch.shares[-1]:.2f}",
                f"{zoo.memory:.0f}, {torch.memory:.0f}",
            ]
        )
        samples[kind] = {one.name: one.samples for one in (zoo, plain, own, torch)}
        print(*rows[-1], sep="\t", flush=True)
    write_result(
        "pictures",
        "Pictures and their reports",
        f"A training step with {BATCH} records, Adam, {ROUNDS} rounds of bursts in turns, each contender in a process "
        "of its own; medians, and quartiles of the ratios of rounds. PyTorch with channels last. The steps of the LSTM "
        "and lookups were compiled for the machine before (`multimodal-zoo compile`). "
        + ", ".join(f"{name} {value}" for name, value in limits().items()),
        [
            {
                "title": "A training step, ms",
                "columns": [
                    "network",
                    "multimodal_zoo",
                    "PyTorch",
                    "of PyTorch's time",
                    "oneDNN off",
                    "of the time without oneDNN",
                    "not compiled",
                    "of the time not compiled",
                    "cores busy",
                    "memory, MB",
                ],
                "rows": rows,
            }
        ],
        samples,
        ("torch",),
        "make bench-training",
        PEERS,
    )


if __name__ == "__main__":
    main()
