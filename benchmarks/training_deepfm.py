"""DeepFM in the shape of Criteo's data, a million rows in all: examples a second, in turns with its peers."""

from __future__ import annotations

from alternate import Contender, alternate, limits, milliseconds, times_as_long
from experiment import write_result

ROWS, BATCH = "1000000", "4096"
# 27 fields of 16 numbers through 400, 400 and 400 units: forward, and twice that backward.
GFLOP = 3 * 2 * int(BATCH) * (27 * 16 * 400 + 400 * 400 * 2 + 400) / 1e9
PEERS = {
    "torch sparse": (["deepfm_torch.py", "sparse"], 10),
    "torch fused": (["deepfm_torch.py", "fused"], 10),
    "torch dense": (["deepfm_torch.py", "dense"], 6),
    "DeepCTR, oneDNN on": (["deepfm_deepctr.py", "legacy"], 6),
    "keras": (["deepfm_keras.py", "keras"], 4),
}
ROUNDS = 6


def main() -> None:
    """Measure and write `benchmarks/results/deepfm.json`."""
    machine = limits()
    rows, samples = [], {}
    for name, (command, steps) in PEERS.items():
        zoo = Contender("multimodal_zoo", ["deepfm_keras.py", "zoo", ROWS, BATCH])
        peer = Contender(name, [*command, ROWS, BATCH], TF_ENABLE_ONEDNN_OPTS="1")
        alternate([zoo, peer], {"multimodal_zoo": 10, name: steps}, ROUNDS)
        share = GFLOP / (milliseconds(zoo) / 1e3) / machine["sgemm, GFLOP/s"]
        rows.append(
            [
                name,
                f"{int(BATCH) / milliseconds(zoo) * 1e3:,.0f}",
                f"{int(BATCH) / milliseconds(peer) * 1e3:,.0f}",
                times_as_long(peer, zoo),
                f"{100 * share:.0f} %",
                f"{zoo.shares[-1]:.2f}, {peer.shares[-1]:.2f}",
                f"{zoo.memory:.0f}, {peer.memory:.0f}",
            ]
        )
        samples[name] = {one.name: one.samples for one in (zoo, peer)}
        print(*rows[-1], sep="\t", flush=True)
    write_result(
        "deepfm",
        "DeepFM of Criteo's shape",
        f"26 fields of ids, {int(ROWS):,} rows in all, 13 numbers, dim 16, MLP 3 x 400, batch {BATCH}, Adam (lazy or "
        f"sparse for tables where there is one); {ROUNDS} rounds of bursts in turns, each contender in a process of "
        "its own, batches in memory; medians, and quartiles of the ratios of rounds. "
        + ", ".join(f"{name} {value}" for name, value in machine.items()),
        [
            {
                "title": "Examples a second",
                "columns": [
                    "peer",
                    "multimodal_zoo",
                    "peer",
                    "times as fast",
                    "of the limit of sgemm",
                    "cores busy",
                    "memory, MB",
                ],
                "rows": rows,
                "note": "keras: the same network with the lookup of keras.layers.Embedding and keras.optimizers.Adam.",
            }
        ],
        samples,
        command="make bench-training",
    )


if __name__ == "__main__":
    main()
