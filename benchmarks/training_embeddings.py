"""A training step on embedding tables of one, ten and a hundred million rows, in turns with PyTorch and Keras."""

from __future__ import annotations

from alternate import NOT_COMPILED, PEERS, Contender, alternate, limits, milliseconds, times_as_long
from experiment import write_result

SHAPE = ("16", "1024", "8")
AT_ONCE = "20"
AT_ONCE_NAME = f", {AT_ONCE} steps a call"
# Rows -> contenders beside this package, and how many steps each takes in a burst.
TABLES = {
    1_000_000: {
        "torch sparse": 60,
        "torch dense": 6,
        "torch fused": 12,
        "keras": 6,
        f"torch sparse{AT_ONCE_NAME}": 60,
        f"keras{AT_ONCE_NAME}": 40,
        NOT_COMPILED: 60,
        f"{NOT_COMPILED}{AT_ONCE_NAME}": 60,
    },
    10_000_000: {"torch sparse": 60, "torch fused": 3, "keras": 2, NOT_COMPILED: 60},
}
ROUNDS = 6


def against(rows: int, name: str, steps: int) -> tuple[Contender, Contender]:
    """The package and one other, in turns; PyTorch has no calls of several steps."""
    kind = name.removesuffix(AT_ONCE_NAME)
    calls = [AT_ONCE] if kind != name else []
    zoo = ["tables_keras.py", "zoo", str(rows), *SHAPE, *calls]
    others = {
        "keras": ["tables_keras.py", "keras", str(rows), *SHAPE, *calls],
        NOT_COMPILED: zoo,
    }
    command = others.get(kind, ["tables_torch.py", kind.removeprefix("torch "), str(rows), *SHAPE])
    pair = [Contender("multimodal_zoo", zoo), Contender(name, command)]
    alternate(pair, {"multimodal_zoo": 60, name: steps}, ROUNDS)
    return pair[0], pair[1]


def growth(small: int, large: int) -> tuple[Contender, Contender]:
    """The package with two sizes of the table, in turns."""
    pair = [Contender(str(rows), ["tables_keras.py", "zoo", str(rows), *SHAPE]) for rows in (small, large)]
    alternate(pair, 60, ROUNDS)
    return pair[0], pair[1]


def main() -> None:
    """Measure and write `benchmarks/results/embeddings.json`."""
    rows, own, samples = [], [], {}
    for size, others in TABLES.items():
        for name, steps in others.items():
            zoo, other = against(size, name, steps)
            table = own if name.startswith(NOT_COMPILED) else rows
            table.append(
                [
                    f"{size:,}",
                    name,
                    f"{milliseconds(zoo):.2f}",
                    f"{milliseconds(other):.2f}",
                    times_as_long(other, zoo),
                    f"{zoo.shares[-1]:.2f}, {other.shares[-1]:.2f}",
                    f"{zoo.memory:.0f}, {other.memory:.0f}",
                ]
            )
            samples[f"{size} {name}"] = {one.name: one.samples for one in (zoo, other)}
            print(*table[-1], sep="\t", flush=True)
    small, large = growth(*TABLES)
    samples["growth"] = {one.name: one.samples for one in (small, large)}
    # Adagrad: table and sums are half of the memory that Adam's three would take.
    largest = Contender("100,000,000 rows", ["tables_keras.py", "zoo-adagrad", "100000000", *SHAPE])
    alternate([largest], 60, 2)
    grown = [
        ["from 1,000,000 to 10,000,000 rows, LazyAdam", times_as_long(large, small), f"{large.memory:.0f}"],
        ["100,000,000 rows, LazyAdagrad: ms a step", f"{milliseconds(largest):.2f}", f"{largest.memory:.0f}"],
    ]
    print(*grown, sep="\n")
    write_result(
        "embeddings",
        "Embedding tables",
        f"A step of Adam on 8 ids in each of 1024 records, 16 numbers a row; {ROUNDS} rounds of bursts in turns, each "
        "contender in a process of its own; medians, and quartiles of the ratios of rounds. Lookups and LazyAdam "
        "were compiled for the machine before (`multimodal-zoo compile`). "
        + ", ".join(f"{name} {value}" for name, value in limits().items()),
        [
            {
                "title": "A training step, ms",
                "columns": ["rows", "other", "multimodal_zoo", "other", "times as long", "cores busy", "memory, MB"],
                "rows": rows,
                "note": "torch sparse: SparseAdam for the table; fused: Adam(fused=True). keras: Embedding and Adam. "
                f"{AT_ONCE} steps a call: `steps_per_execution={AT_ONCE}`, of Keras, too; PyTorch has no such thing.",
            },
            {
                "title": "Compiled, and by TensorFlow's own operations, ms",
                "columns": ["rows", "other", "multimodal_zoo", "other", "times as long", "cores busy", "memory, MB"],
                "rows": own,
            },
            {"title": "With more rows", "columns": ["what", "measured", "memory, MB"], "rows": grown},
        ],
        samples,
        ("torch",),
        "make bench-training",
        PEERS,
    )


if __name__ == "__main__":
    main()
