"""The same step in PyTorch.

python tables_torch.py sparse|dense|fused ROWS DIM BATCH IDS
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch
from bursts import answer_bursts
from torch_optimizers import optimizers_of


def main() -> None:
    """Train on random ids."""
    kind, rows, dim, batch, count = sys.argv[1], *map(int, sys.argv[2:6])
    torch.manual_seed(0)
    table = torch.nn.Embedding(rows, dim, sparse=kind == "sparse")
    model = torch.nn.Sequential(table, torch.nn.Flatten(), torch.nn.Linear(count * dim, 1))
    optimizers = optimizers_of(kind, [table.weight], list(model[2].parameters()))
    draw = np.random.default_rng(0)
    ids = torch.from_numpy(draw.integers(1, rows, (64, batch, count)))
    numbers = torch.from_numpy(draw.normal(size=(64, batch, 1)).astype("float32"))

    def run(steps: int) -> list[float]:
        ends = []
        for step in range(steps):
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.mse_loss(model(ids[step % 64]), numbers[step % 64]).backward()
            for optimizer in optimizers:
                optimizer.step()
            ends.append(time.perf_counter())
        return ends

    answer_bursts(run)


main()
