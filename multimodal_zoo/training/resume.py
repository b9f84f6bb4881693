"""The folder of an unfinished training: whose it is, and when it goes away."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multimodal_zoo.training.storage import StorageError, clear_write_errors, locked, written_whole

SETTINGS, CHECKPOINT, DECODED = "settings.json", "checkpoint", "decoded"


@contextlib.contextmanager
def work_folder(out: str | os.PathLike[str] | None, what: str = "training") -> Iterator[Path | None]:
    """`<out>-training` for this process alone; None without `out`.

    Args:
        out: the folder of the bundle to be.
        what: is done there, another word for "training".

    Raises:
        StorageError: it cannot be written, or another training writes there.
    """
    if out is None:
        yield None
        return
    out = Path(out)
    work = out.with_name(f"{out.name}-{what}")
    with clear_write_errors(work):
        work.mkdir(parents=True, exist_ok=True)
    with locked(work) as free:
        if not free:
            raise StorageError(f"Another {what} writes to {work}: wait for it, or choose another folder.")
        with clear_write_errors(work, "What is finished is whole: the same call goes on from there."):
            yield work


def claim(work: Path | None, settings: Mapping[str, Any], what: str = "training") -> None:
    """Leave only what a training with these settings can go on from.

    An unfinished training with others is moved aside to `<out>-training.old-<time>`, with a warning, not lost.

    Args:
        work: the folder.
        settings: JSON-ready; all that makes another training of it.
        what: is done there, another word for "training".

    Raises:
        StorageError: the folder cannot be written.

    Example:
        >>> with work_folder("runs/diagnosis") as work:
        ...     claim(work, {"seed": 1})
    """
    if work is None:
        return
    # As they come back from the file.
    settings = json.loads(json.dumps(settings))
    with clear_write_errors(work):
        differing = other_settings(work, settings)
        if differing:
            aside = work.with_name(f"{work.name}.old-{datetime.datetime.now():%Y%m%d-%H%M%S-%f}")
            aside.mkdir()
            # The settings last: whoever is stopped in between moves the rest aside the next time.
            # Decoded records stay: they are no work of that training, and tell themselves whether they fit this one.
            for one in sorted(work.iterdir(), key=lambda path: path.name == SETTINGS):
                if one.name != DECODED:
                    os.replace(one, aside / one.name)
            warnings.warn(
                f"The unfinished {what} in {work} had other settings ({differing}). It lies in {aside} now, and this "
                "one begins anew.",
                stacklevel=3,
            )
        with written_whole(work / SETTINGS) as file:
            file.write(json.dumps(settings, indent=1).encode())


def other_settings(work: Path, settings: Mapping[str, Any]) -> str:
    """How the settings of the training in a folder differ from these, for a person; empty where they do not."""
    kept = work / SETTINGS
    if not kept.exists():
        return f"it has no {SETTINGS}" if (work / CHECKPOINT).exists() else ""
    try:
        before = json.loads(kept.read_text())
    except ValueError:
        return f"its {SETTINGS} cannot be read"
    changed = [name for name in {**before, **settings} if before.get(name) != settings.get(name)]
    return "; ".join(f"{name}: {short(before.get(name))}, now {short(settings.get(name))}" for name in changed)


def short(value: Any, most: int = 60) -> str:
    """A value in a sentence."""
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}..."


def forget(work: Path | None) -> None:
    """Remove what an unfinished training needs, once it is finished; its logs stay."""
    if work is not None:
        for decoded in (work / DECODED, *work.glob(f".{DECODED}-new-*")):
            shutil.rmtree(decoded, ignore_errors=True)
        # In this order: whoever is stopped in between finds settings without a checkpoint, and begins anew.
        shutil.rmtree(work / CHECKPOINT, ignore_errors=True)
        (work / SETTINGS).unlink(missing_ok=True)
