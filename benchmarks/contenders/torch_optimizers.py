"""Adam in PyTorch, as a person with large tables may have it."""

from __future__ import annotations

import torch


def optimizers_of(
    kind: str, tables: list[torch.nn.Parameter], others: list[torch.nn.Parameter]
) -> list[torch.optim.Optimizer]:
    """SparseAdam for sparse tables and Adam beside it, or one Adam for all, in its "fused" form or not."""
    if kind == "sparse":
        return [torch.optim.SparseAdam(tables, lr=1e-3), torch.optim.Adam(others, lr=1e-3, fused=True)]
    return [torch.optim.Adam([*tables, *others], lr=1e-3, fused=kind == "fused")]
