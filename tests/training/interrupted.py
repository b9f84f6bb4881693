"""A training that something stops, and that is called again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from multimodal_zoo.training import Bundle
from multimodal_zoo.training.checkpoint import Checkpoint


class Interrupted(Exception):
    """What stops a training."""


def stopped(train: Callable[[Path], Bundle], out: Path, written: int) -> None:
    """Stop a training once it has written so many checkpoints."""
    write, left = Checkpoint.write, iter(range(written - 1, -1, -1))

    def then_stop(self: Checkpoint) -> None:
        write(self)
        if next(left) == 0:
            raise Interrupted

    with mock.patch.object(Checkpoint, "write", then_stop), pytest.raises(Interrupted):
        train(out)
    assert not out.exists()


def interrupted(train: Callable[[Path], Bundle], out: Path, written: int) -> tuple[Bundle, int]:
    """Stop a training once it has written so many checkpoints, and call it again.

    Returns:
        What came of it, and how many steps the second call took.
    """
    stopped(train, out, written)
    done = Checkpoint.on_train_batch_end
    with mock.patch.object(Checkpoint, "on_train_batch_end", autospec=True, side_effect=done) as step:
        bundle = train(out)
    return bundle, step.call_count
