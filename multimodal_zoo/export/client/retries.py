"""Deadlines for a whole call, and further attempts with growing, jittered waits for what may pass by itself."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from multimodal_zoo.export.client.errors import DeadlineExceeded, ServerUnreachable

T = TypeVar("T")


class TryAgain(Exception):
    """Raised by an attempt that failed in a way that may pass; `after` is the wait in seconds the server asked for."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class Deadline:
    """A point in time that one call, with all that it sends, has to keep.

    Args:
        seconds: time from now, above 0.
        clock: a monotonic clock in seconds.

    Raises:
        ValueError: `seconds` is not above 0.

    Example:
        >>> Deadline(2.0).left() <= 2.0
        True
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not seconds > 0:
            raise ValueError(f"timeout has to be above 0 seconds, got {seconds!r}.")
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds that remain.

        Raises:
            DeadlineExceeded: none do.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise DeadlineExceeded(self.message("No time was left for a request"))
        return left

    def message(self, what: str) -> str:
        """The text of the error: what happened, and what to do."""
        return (
            f"{what}: the whole call, further attempts included, had {self.seconds:g} s. "
            "Give a longer timeout or fewer records, or look at the server's load."
        )


@dataclass(frozen=True)
class Backoff:
    """Waits between attempts: `first` seconds, each `factor` times the one before, `most` at most.

    Each wait is drawn between half of that and all of it, so that clients that failed together do not come back
    together.

    Example:
        >>> 0.2 <= Backoff(first=0.1).wait(2) <= 0.4
        True
    """

    first: float = 0.1
    factor: float = 2.0
    most: float = 2.0

    def wait(self, attempt: int, draw: Callable[[], float] = random.random) -> float:
        """Seconds to wait after the attempt of this number, counted from 0; `draw` gives numbers in [0, 1)."""
        return min(self.most, self.first * self.factor**attempt) * (0.5 + 0.5 * draw())


@dataclass(frozen=True)
class Retries:
    """How often and how patiently a request is sent again.

    Args:
        count: further attempts after the first, 0 or more.
        backoff: the waits between them.
        sleep: waits that many seconds.

    Raises:
        ValueError: `count` is below 0.
    """

    count: int = 3
    backoff: Backoff = Backoff()
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"retries has to be 0 or more, got {self.count!r}.")

    def call(self, attempt: Callable[[], T], deadline: Deadline, where: str) -> T:
        """Call `attempt` until it does not raise `TryAgain`.

        Args:
            attempt: sends the request once.
            deadline: of the whole call; no wait goes beyond it.
            where: the server, for the errors.

        Returns:
            What the attempt returned.

        Raises:
            ServerUnreachable: every attempt failed.
            DeadlineExceeded: the next attempt would come too late.

        Example:
            >>> Retries(count=0).call(lambda: 42, Deadline(1.0), "http://127.0.0.1:8501")
            42
        """
        for number in range(self.count + 1):
            deadline.left()
            try:
                return attempt()
            except TryAgain as again:
                last = again
            if number < self.count:
                wait = max(self.backoff.wait(number), last.after)
                if wait >= deadline.left():
                    what = f"{where}: {last}; attempt {number + 2} of {self.count + 1} would come too late"
                    raise DeadlineExceeded(deadline.message(what)) from last
                self.sleep(wait)
        times = "the only attempt" if not self.count else f"the last of {self.count + 1} attempts"
        raise ServerUnreachable(
            f"{where}: {last}, at {times}. Is the server up, and are host and port right? "
            "If it is only busy, give more retries or a longer timeout.",
            self.count + 1,
        ) from last
