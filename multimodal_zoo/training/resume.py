"""Where an unfinished training lies, and the epoch that it goes on from."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def work_folder(out: str | os.PathLike[str] | None) -> Iterator[Path]:
    """Where the checkpoint lives: `<out>-training`, or a folder that goes away when there is no `out`."""
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    out = Path(out)
    work = out.with_name(f"{out.name}-training")
    work.mkdir(parents=True, exist_ok=True)
    yield work
    for name in ("best.weights.h5", "best.json", "mean.npz", "settings.json"):
        (work / name).unlink(missing_ok=True)


def resume_point(work: Path, settings: dict[str, Any]) -> int:
    """The epoch to go on from: 0, or the one after the last that an interrupted run with these settings finished.

    An unfinished run with other settings is moved aside to `<name>.old`, not lost.
    """
    kept = work / "settings.json"
    if kept.exists() and json.loads(kept.read_text()) != settings:
        aside = work.with_name(f"{work.name}.old-{time.strftime('%Y%m%d-%H%M%S')}")
        os.replace(work, aside)
        work.mkdir()
    checkpoint = work / "checkpoint" / "training_metadata.json"
    first_epoch = json.loads(checkpoint.read_text())["epoch"] if kept.exists() and checkpoint.exists() else 0
    kept.write_text(json.dumps(settings))
    return first_epoch
