"""DeepFM in the shape of Criteo's data, a million rows in all: examples a second, in turns with its peers."""

from __future__ import annotations

import tempfile

from alternate import NOT_COMPILED, PEERS, Contender, alternate, limits, milliseconds, times_as_long
from experiment import write_result

ROWS, BATCH = "1000000", "4096"
# 27 fields of 16 numbers through 400, 400 and 400 units: forward, and twice that backward.
GFLOP = 3 * 2 * int(BATCH) * (27 * 16 * 400 + 400 * 400 * 2 + 400) / 1e9
# Name -> script and its arguments, steps in a burst, and whether TensorFlow uses oneDNN: it leaves it off by itself on
# processors without AVX-512.
OTHERS = {
    NOT_COMPILED: (["deepfm_keras.py", "zoo"], 10, True),
    "torch sparse": (["deepfm_torch.py", "sparse"], 10, True),
    "torch fused": (["deepfm_torch.py", "fused"], 10, True),
    "torch dense": (["deepfm_torch.py", "dense"], 6, True),
    "DeepCTR, oneDNN on": (["deepfm_deepctr.py", "legacy"], 6, True),
    "DeepCTR, oneDNN off": (["deepfm_deepctr.py", "legacy"], 6, False),
    "keras, oneDNN on": (["deepfm_keras.py", "keras"], 4, True),
    "keras, oneDNN off": (["deepfm_keras.py", "keras"], 4, False),
}
# Name -> the kind of contender.
FROM_SHARDS = {"from shards": "shards", "from shards, decoded in each epoch": "shards-each-epoch"}
ROUNDS = 6
COLUMNS = [
    "peer",
    "multimodal_zoo",
    "peer",
    "times as fast",
    "of the limit of sgemm",
    "cores busy",
    "memory, MB",
]
# The C library then asks the kernel for pages of 2 MB, so that rows all over the tables are found with fewer misses.
HUGE_PAGES = "glibc.malloc.hugetlb=1"


def main() -> None:
    """Measure and write `benchmarks/results/deepfm.json`."""
    machine = limits()
    pairs, samples = [], {}
    for name, (command, steps, onednn) in OTHERS.items():
        zoo = Contender("multimodal_zoo", ["deepfm_keras.py", "zoo", ROWS, BATCH])
        peer = Contender(name, [*command, ROWS, BATCH], TF_ENABLE_ONEDNN_OPTS=str(int(onednn)))
        alternate([zoo, peer], {"multimodal_zoo": 10, name: steps}, ROUNDS)
        machine = limits(machine)
        pairs.append((zoo, peer))
        samples[name] = {one.name: one.samples for one in (zoo, peer)}
        print(name, times_as_long(peer, zoo), flush=True)
    measured = [
        [
            peer.name,
            f"{int(BATCH) / milliseconds(zoo) * 1e3:,.0f}",
            f"{int(BATCH) / milliseconds(peer) * 1e3:,.0f}",
            times_as_long(peer, zoo),
            f"{100 * GFLOP / (milliseconds(zoo) / 1e3) / machine['sgemm, GFLOP/s']:.0f} %",
            f"{zoo.shares[-1]:.2f}, {peer.shares[-1]:.2f}",
            f"{zoo.memory:.0f}, {peer.memory:.0f}",
        ]
        for zoo, peer in pairs
    ]
    own = [row for row in measured if row[0] == NOT_COMPILED]
    rows = [row for row in measured if row[0] != NOT_COMPILED]
    with tempfile.TemporaryDirectory() as folder:
        memory = Contender("in memory", ["deepfm_keras.py", "zoo", ROWS, BATCH])
        sharded = [
            Contender(name, ["deepfm_keras.py", kind, ROWS, BATCH, folder]) for name, kind in FROM_SHARDS.items()
        ]
        alternate([memory, *sharded], 12, ROUNDS)
    samples |= {one.name: {each.name: each.samples for each in (memory, one)} for one in sharded}
    paged = [Contender("in memory", ["deepfm_keras.py", "zoo", ROWS, BATCH])]
    paged.append(Contender("huge pages", ["deepfm_keras.py", "zoo", ROWS, BATCH], GLIBC_TUNABLES=HUGE_PAGES))
    alternate(paged, 12, ROUNDS)
    samples["huge pages"] = {one.name: one.samples for one in paged}
    larger = [
        [*(f"{int(BATCH) / milliseconds(one) * 1e3:,.0f}" for one in paged), times_as_long(*paged)],
    ]
    print(*larger[0], sep="\t", flush=True)
    read = [
        [
            one.name,
            *(f"{int(BATCH) / milliseconds(each) * 1e3:,.0f}" for each in (memory, one)),
            times_as_long(memory, one),
            f"{memory.shares[-1]:.2f}, {one.shares[-1]:.2f}",
        ]
        for one in sharded
    ]
    for row in read:
        print(*row, sep="\t", flush=True)
    write_result(
        "deepfm",
        "DeepFM of Criteo's shape",
        f"26 fields of ids, {int(ROWS):,} rows in all, 13 numbers, dim 16, MLP 3 x 400, batch {BATCH}, Adam (lazy or "
        f"sparse for tables where there is one); {ROUNDS} rounds of bursts in turns, each contender in a process of "
        "its own, batches in memory; medians, and quartiles of the ratios of rounds. Lookups and LazyAdam were "
        "compiled for the machine before (`multimodal-zoo compile`). "
        + ", ".join(f"{name} {value}" for name, value in machine.items()),
        [
            {
                "title": "Examples a second",
                "columns": COLUMNS,
                "rows": rows,
                "note": "keras: the same network with the lookup of keras.layers.Embedding and keras.optimizers.Adam.",
            },
            {
                "title": "Examples a second, compiled, and by TensorFlow's own operations",
                "columns": COLUMNS,
                "rows": own,
            },
            {
                "title": "Examples a second, ids as strings in shards",
                "columns": ["read", "in memory, as numbers", "from shards", "times as fast", "cores busy"],
                "rows": read,
                "note": "What `fit` does over several epochs is to decode once, before the first step; measured are "
                "the steps. For a single epoch it decodes while it trains.",
            },
            {
                "title": "Examples a second, with pages of 2 MB",
                "columns": ["pages of 4 KB", "of 2 MB", "times as fast"],
                "rows": larger,
                "note": f"The environment variable GLIBC_TUNABLES={HUGE_PAGES}, on Linux with transparent huge pages.",
            },
        ],
        samples,
        ("torch", "deepctr", "tf-keras"),
        "make bench-training",
        PEERS,
    )


if __name__ == "__main__":
    main()
