"""Rows of numbers out of a file that a person has: CSV, or an array of NumPy."""

from __future__ import annotations

import csv
import math
from pathlib import Path


class UnreadableNumbers(ValueError):
    """A file that does not hold rows of numbers."""


def read_numbers(path: Path) -> list[list[float]]:
    """The rows of a file, oldest first.

    Args:
        path: `.npy` for an array `(rows, columns)`; anything else is read as CSV in UTF-8: a line a row, numbers
            between commas, an empty cell or "nan" for what is missing, and, if there is one, a first line of names.

    Raises:
        UnreadableNumbers: naming the line of what is no number, or what is wrong with the file.

    Example:
        >>> read_numbers(Path("engine.csv"))  # temperature,pressure / 641.8,14.6 / ,14.7
        [[641.8, 14.6], [nan, 14.7]]
    """
    return from_array(path) if path.suffix == ".npy" else from_csv(path)


def from_array(path: Path) -> list[list[float]]:
    """The rows of an `.npy` file."""
    import numpy as np

    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise UnreadableNumbers(f"{path} is no array of numbers: {error}") from None
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise UnreadableNumbers(f"{path} holds {array.dtype} of the shape {array.shape}, expected rows of numbers.")
    return array.astype("float64").tolist()


def from_csv(path: Path) -> list[list[float]]:
    """The rows of a CSV file."""
    rows: list[list[float]] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            for number, cells in enumerate(csv.reader(file), 1):
                if not "".join(cells).strip() and len(cells) < 2:
                    continue
                try:
                    rows.append([float(cell) if cell.strip() else math.nan for cell in cells])
                except ValueError:
                    if number > 1 or any(is_number(cell) for cell in cells):
                        raise UnreadableNumbers(
                            f"{path}, line {number}: expected numbers between commas, got {','.join(cells)!r:.80}."
                        ) from None
        except (UnicodeDecodeError, csv.Error) as error:
            raise UnreadableNumbers(f"{path} is no CSV file in UTF-8: {error}.") from None
    return rows


def is_number(cell: str) -> bool:
    """Whether a cell is written as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
