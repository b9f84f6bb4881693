"""The ends of training steps in PyTorch, written as its own tutorials write them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch


def torch_steps(
    loss_of: Callable[[int], torch.Tensor], optimizers: Sequence[torch.optim.Optimizer], batches: int
) -> Callable[[int], list[float]]:
    """A function that makes so many steps with the batches, over and over, and gives the end of each.

    Args:
        loss_of: the network's loss on the batch of a number, from 0 to `batches` - 1.
        optimizers: all make a step after each batch.
        batches: how many there are.
    """

    def run(steps: int) -> list[float]:
        ends = []
        for step in range(steps):
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            loss_of(step % batches).backward()
            for optimizer in optimizers:
                optimizer.step()
            ends.append(time.perf_counter())
        return ends

    return run
