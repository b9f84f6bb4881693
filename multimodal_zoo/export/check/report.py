"""What the gate found out about an exported model."""

from __future__ import annotations

import dataclasses
import enum
from pathlib import Path
from typing import Any

MOST_TOLD = 3


class Outcome(enum.StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclasses.dataclass(frozen=True)
class Check:
    """One check.

    Args:
        name: of the check.
        outcome: how it ended.
        reason: what was looked at and found; of a failure, everything that is wrong.
    """

    name: str
    outcome: Outcome
    reason: str


@dataclasses.dataclass(frozen=True)
class CheckReport:
    """All checks of one exported model.

    Args:
        folder: of the version that was checked.
        previous: of the version whose signatures it was held against; None where there is none.
        checks: in the order they were made.
    """

    folder: Path
    previous: Path | None
    checks: tuple[Check, ...]

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.outcome == Outcome.FAILED)

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    def document(self) -> dict[str, Any]:
        """The report, JSON-ready."""
        return {
            "saved_model": str(self.folder),
            "against": None if self.previous is None else str(self.previous),
            "passed": self.passed,
            "checks": [{**dataclasses.asdict(check), "outcome": str(check.outcome)} for check in self.checks],
        }


def passed(name: str, reason: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, Outcome.PASSED, reason)


def skipped(name: str, reason: str) -> Check:
    """A check that was not made."""
    return Check(name, Outcome.SKIPPED, reason)


def a_few(faults: list[str]) -> list[str]:
    """The first faults, and how many more there are: where one thing is broken it is often all of its kind."""
    return faults if len(faults) <= MOST_TOLD else [*faults[:MOST_TOLD], f"And {len(faults) - MOST_TOLD} more."]


def judged(name: str, faults: list[str], fine: str) -> Check:
    """A failure that names all faults, or a pass where there are none."""
    return Check(name, Outcome.FAILED, " ".join(faults)) if faults else passed(name, fine)
