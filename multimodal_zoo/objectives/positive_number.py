"""Settings that have to be greater than 0."""

from __future__ import annotations


def positive_number(name: str, value: float) -> float:
    """The value, or a ValueError that names the setting."""
    if not value > 0:
        raise ValueError(f"{name} has to be greater than 0, got {value!r}.")
    return value
