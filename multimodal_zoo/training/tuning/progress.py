"""How far a search is: one bar over its trials with the best so far; in a log file one line per trial."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from multimodal_zoo.training.tuning.outcome import TrialOutcome, told
from multimodal_zoo.training.tuning.search import Search

UNDER_WAY = ("waiting", "running", "interrupted")


class SearchProgress:
    """Draw the trials that have ended, on stderr so that stdout stays for results.

    Args:
        search: what is tried.
        silent: draw nothing.

    Example:
        >>> with SearchProgress(search) as progress:
        ...     progress.show(outcomes)
    """

    def __init__(self, search: Search, silent: bool = False) -> None:
        self.figure, self.silent = search.task.judged, silent
        self.better = max if search.task.higher_is_better else min
        self.console = Console(stderr=True)
        self.told: set[int] = set()
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[best]}"),
            console=self.console,
            disable=silent or not self.console.is_terminal,
        )
        self.bar = self.progress.add_task(search.name, total=search.trials, best="")

    def __enter__(self) -> SearchProgress:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def show(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Show what has ended since the last call."""
        ended = [one for one in outcomes if one.state not in UNDER_WAY]
        done = [one.value for one in ended if one.value is not None]
        best = f"best {self.figure} {self.better(done):.4f}" if done else ""
        self.progress.update(self.bar, completed=len(ended), best=best)
        for one in ended:
            if one.number not in self.told and not self.silent:
                self.progress.console.print(told(one, self.figure), highlight=False, soft_wrap=True, markup=False)
            self.told.add(one.number)
