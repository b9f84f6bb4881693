"""The errors of writing another format."""

from __future__ import annotations

from typing import Any


class FormatError(RuntimeError):
    """A network that could not be written in a format: what was asked for, what went wrong and what to do."""


class AccuracyLost(FormatError):
    """The converted network answers worse than the tolerance allows; `report` holds the figures."""

    def __init__(self, message: str, report: dict[str, Any]) -> None:
        super().__init__(message)
        self.report = report
