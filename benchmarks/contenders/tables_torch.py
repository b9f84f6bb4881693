"""The same step in PyTorch.

python tables_torch.py sparse|dense|fused ROWS DIM BATCH IDS
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from bursts import answer_bursts
from torch_optimizers import optimizers_of
from torch_steps import torch_steps


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

    def loss_of(number: int) -> torch.Tensor:
        return torch.nn.functional.mse_loss(model(ids[number]), numbers[number])

    answer_bursts(torch_steps(loss_of, optimizers, len(ids)))


main()
