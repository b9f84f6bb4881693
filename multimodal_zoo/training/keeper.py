"""Which weights a training keeps: of its best epoch, the mean of its late ones, or the last ones."""

from __future__ import annotations

from multimodal_zoo.training.keep_best import KeepBest, mode_of
from multimodal_zoo.training.keep_mean import KeepMean

KEEP = ("best", "mean", "last")


def require_known(keep: str) -> None:
    """Refuse a word for what is kept that is none.

    Raises:
        ValueError: it is not "best", "mean" or "last".
    """
    if keep not in KEEP:
        raise ValueError(f"keep is one of {', '.join(KEEP)}, got {keep!r}.")


def keeper(keep: str, *, monitor: str, patience: int, epochs: int) -> KeepBest | KeepMean:
    """The callback that keeps them.

    Args:
        keep: "best", "mean" or "last".
        monitor, patience: of "best", see `KeepBest`.
        epochs: that are to be run.
    """
    if keep == "best":
        return KeepBest(monitor, mode_of(monitor), patience)
    return KeepMean(after=epochs // 2 if keep == "mean" else epochs - 1)
