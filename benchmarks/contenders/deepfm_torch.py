"""The same DeepFM in PyTorch.

python deepfm_torch.py sparse|dense|fused ROWS_IN_ALL BATCH
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from bursts import answer_bursts
from torch_optimizers import optimizers_of
from torch_steps import torch_steps

FIELDS, NUMBERS, DIM = 26, 13, 16


class DeepFm(torch.nn.Module):
    """One table for all fields, with offsets: the faster way in PyTorch."""

    def __init__(self, rows: int, sparse: bool) -> None:
        super().__init__()
        self.register_buffer("offsets", torch.arange(FIELDS) * rows)
        self.table = torch.nn.Embedding(FIELDS * rows, DIM, sparse=sparse)
        self.weights = torch.nn.Embedding(FIELDS * rows, 1, sparse=sparse)
        self.numbers = torch.nn.Linear(NUMBERS, DIM, bias=False)
        self.number_weights = torch.nn.Linear(NUMBERS, 1, bias=False)
        sizes = [(FIELDS + 1) * DIM, 400, 400, 400]
        layers = [
            layer
            for one, other in zip(sizes, sizes[1:], strict=False)
            for layer in (torch.nn.Linear(one, other), torch.nn.ReLU())
        ]
        self.deep = torch.nn.Sequential(*layers, torch.nn.Linear(400, 1))

    def forward(self, ids: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        ids = ids + self.offsets
        vectors = torch.cat([self.table(ids), self.numbers(numbers)[:, None]], 1)
        linear = self.weights(ids).sum(1) + self.number_weights(numbers)
        pairs = 0.5 * (vectors.sum(1) ** 2 - (vectors**2).sum(1)).sum(1, keepdim=True)
        return linear + pairs + self.deep(vectors.flatten(1))


def main() -> None:
    """Train on random clicks."""
    kind, rows, batch = sys.argv[1], int(sys.argv[2]) // FIELDS, int(sys.argv[3])
    torch.manual_seed(0)
    model = DeepFm(rows, kind == "sparse")
    tables = [model.table.weight, model.weights.weight]
    others = [weight for weight in model.parameters() if all(weight is not table for table in tables)]
    optimizers = optimizers_of(kind, tables, others)
    draw = np.random.default_rng(0)
    ids = torch.from_numpy(draw.integers(1, rows, (16, batch, FIELDS)))
    numbers = torch.from_numpy(draw.normal(size=(16, batch, NUMBERS)).astype("float32"))
    clicks = torch.from_numpy(draw.integers(0, 2, (16, batch, 1)).astype("float32"))
    loss = torch.nn.BCEWithLogitsLoss()

    def loss_of(number: int) -> torch.Tensor:
        return loss(model(ids[number], numbers[number]), clicks[number])

    answer_bursts(torch_steps(loss_of, optimizers, len(ids)))


main()
