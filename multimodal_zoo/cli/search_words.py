"""What `--search` says: `fusion=gated,concat`, `joint_dim=32..256`, `learning_rate=1e-4..1e-2:log`, or a name alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from multimodal_zoo.cli.arguments import WrongUsageError, literal, named_words

if TYPE_CHECKING:
    from multimodal_zoo.training.tuning.ranges import Range

FORMS = "KEY, KEY=A,B,C, KEY=LOW..HIGH, KEY=LOW..HIGH:log or KEY=LOW..HIGH:STEP"
RANGE = re.compile(r"(?P<low>[^:]+?)\.\.(?P<high>[^:]+)(:(?P<how>.+))?")
# Between choices; not within one, such as (64, 128).
COMMA = re.compile(r",(?![^(\[]*[)\]])")


def search_words(words: Sequence[str]) -> dict[str, Range | None]:
    """Ranges by argument; None for a name alone, whose range is the default.

    Args:
        words: what follows each `--search`.

    Raises:
        WrongUsageError: a word says no range, or one argument is named twice.

    Example:
        >>> search_words(["fusion=gated,concat", "joint_dim=32..256"])
        {'fusion': Choices(values=('gated', 'concat'), ordered=False), 'joint_dim': Between(low=32, high=256, ...)}
    """
    found: dict[str, Range | None] = {}
    for key, text in named_words("--search", words, FORMS).items():
        try:
            found[key] = None if text is None else range_of(text)
        except ValueError as error:
            raise WrongUsageError(f"--search {key}={text}: {error}") from None
    return found


def range_of(text: str) -> Range:
    """The range of one argument.

    Raises:
        ValueError: it is none.
    """
    from multimodal_zoo.training.tuning.ranges import Between, Choices

    ends = RANGE.fullmatch(text)
    if ends is None:
        return Choices(tuple(literal(one.strip()) for one in COMMA.split(text)))
    how = ends["how"]
    step = None if how in (None, "log") else number(how)
    return Between(number(ends["low"]), number(ends["high"]), log=how == "log", step=step)


def number(text: str) -> float:
    """A number as a person writes it; a whole one stays whole."""
    value = literal(text.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{text!r} is no number; a range is LOW..HIGH, LOW..HIGH:log or LOW..HIGH:STEP.")
    return value
