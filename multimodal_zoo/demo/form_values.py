"""The raw values of a record as a form has them: files and lines of text, by the kind of their modality."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from multimodal_zoo.modalities import Modality

# What a person fills a modality in with; kinds that are not here are one line of text.
CONTROLS = {
    "image": "picture",
    "audio": "sound",
    "video": "frames",
    "text": "text",
    "multi_categorical": "lines",
    "id_sequence": "lines",
    "numeric": "numbers",
    "series": "rows",
    "points": "rows",
}
OF_FILES = ("picture", "sound", "frames")
# More entries of a vocabulary make no list that a person reads.
MOST_SUGGESTED = 1000
# What stands between the numbers of a line, where there is any of it; else it is blanks.
BETWEEN_NUMBERS = re.compile(r"[,;\t]")


def control_of(name: str, modality: Modality) -> dict[str, Any]:
    """What the page needs to know to let a person fill in a modality, JSON-ready."""
    vocabulary = getattr(modality, "vocabulary", None) or ()
    control = CONTROLS.get(modality.kind, "line")
    return {
        "name": name,
        "kind": modality.kind,
        "control": control,
        "hint": hint_of(modality),
        "suggestions": list(vocabulary[:MOST_SUGGESTED]) if control == "line" else [],
    }


def hint_of(modality: Modality) -> str:
    """What a value looks like, and how much of it the network sees."""
    seen: Any = modality
    hints = {
        "image": lambda: f"JPEG, PNG, GIF or BMP. The network sees {seen.height} x {seen.width} pixels.",
        "audio": lambda: f"The network hears the first {seen.seconds:g} s.",
        "video": lambda: f"An animated GIF, or pictures in their order. The network sees {seen.frames} frames.",
        "text": lambda: f"The network reads the first {seen.length} words.",
        "categorical": lambda: "One id. One that was never seen counts as unknown.",
        "multi_categorical": lambda: f"One id a line, {seen.length} at most.",
        "id_sequence": lambda: f"One id a line, oldest first. The network sees the newest {seen.length}.",
        "numeric": lambda: "A number." if seen.size == 1 else f"{seen.size} numbers between commas.",
        "series": lambda: f"A line for each step, oldest first, {numbers_a_line(seen)}. {seen.steps} steps are seen.",
        "points": lambda: f"A line for each point, {numbers_a_line(seen)}. {seen.points} points are seen.",
    }
    return hints.get(modality.kind, lambda: "")()


def numbers_a_line(modality: Any) -> str:
    """How many numbers a row has."""
    return "one number each" if modality.features == 1 else f"{modality.features} numbers between commas each"


def raw_value(name: str, modality: Modality, parts: Sequence[str | bytes]) -> Any:
    r"""The raw value that the parts of a form make.

    Args:
        name: of the modality, for the messages.
        modality: what the value is of.
        parts: bytes of files, and texts that were typed, in their order.

    Raises:
        ValueError: a text in place of a file or the other way round, several values for one, or no numbers.

    Example:
        >>> raw_value("speed", Series(features=2, steps=9), ["1, 2\n3,"])
        [[1.0, 2.0], [3.0, nan]]
    """
    control = CONTROLS.get(modality.kind, "line")
    wanted = bytes if control in OF_FILES else str
    filled = [part for part in parts if part]
    # A text would be taken for the path of a file on this machine.
    if any(not isinstance(part, wanted) for part in filled):
        raise ValueError(f"{name!r} takes {'a file' if wanted is bytes else 'text'}, and got something else.")
    if control == "frames":
        value: Any = filled
    elif len(filled) > 1:
        raise ValueError(f"{name!r} takes one value, got {len(filled)}.")
    else:
        value = from_one_part(name, control, filled[0]) if filled else None
    try:
        modality.encode(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name!r} could not be read. {error}") from None
    return value


def from_one_part(name: str, control: str, part: Any) -> Any:
    """The raw value of one file or text."""
    if control == "lines":
        return [line.strip() for line in part.splitlines() if line.strip()]
    if control in ("numbers", "rows"):
        rows = [numbers_of(name, place, line) for place, line in enumerate(part.splitlines(), 1) if line.strip()]
        return [number for row in rows for number in row] if control == "numbers" else rows
    return part


def numbers_of(name: str, place: int, line: str) -> list[float]:
    """The numbers of one line; nothing between two commas is a missing one."""
    cells = BETWEEN_NUMBERS.split(line) if BETWEEN_NUMBERS.search(line) else line.split()
    try:
        return [float(cell) if cell.strip() else float("nan") for cell in cells]
    except ValueError:
        raise ValueError(f"{name!r}, line {place}: expected numbers between commas, got {line!r:.80}.") from None


def form_value(modality: Modality, value: Any) -> Any:
    """A raw value as the form of the page takes it, JSON-ready: the way back of `raw_value`.

    Returns:
        A text; or files as `[{"b64": ...}]`, none where the value is absent.
    """
    control = CONTROLS.get(modality.kind, "line")
    encoded = modality.encode(value)
    if control in OF_FILES:
        files = encoded if control == "frames" else [encoded]
        return [{"b64": base64.b64encode(one).decode()} for one in files if one]
    if control == "lines":
        return "\n".join(encoded)
    if control in ("numbers", "rows"):
        rows = np.atleast_2d(encoded)
        # A row of missing numbers within others is one; alone it is nothing.
        absent = np.isnan(rows).all()
        return "" if absent else "\n".join(", ".join(str(number) for number in row) for row in rows)
    return str(encoded)
