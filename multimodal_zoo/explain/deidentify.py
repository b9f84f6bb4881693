"""Names, dates and numbers taken out of a report, by rules."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
DAY, YEAR = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:19|20)\d\d"
DATES = (
    rf"\b{YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}\b",
    r"\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)\b",
    rf"\b{MONTH}\.?\s+{DAY}(?:\s*,?\s+{YEAR})?\b",
    rf"\b{DAY}\s+(?:of\s+)?{MONTH}\b\.?(?:\s*,?\s+{YEAR}\b)?",
    rf"\b{MONTH}\.?,?\s+{YEAR}\b",
    rf"\b{YEAR}\b",
)
# A capital, then at least one more letter; or an initial.
NAME_WORD = r"(?:[^\W\d_a-z](?:[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*|(?:[-'\u2019][^\W\d_]+)+)|[A-Z]\.)"
TITLE = r"\b(?:[Dd]r|[Pp]rof|[Mm]rs|[Mm]r|[Mm]s|[Mm]iss|[Ss]ir|DR|PROF|MRS|MR|MS)\b\.?"
LABEL = r"\b(?i:patient(?:'s)?\s+name|name|patient|physician|radiologist|surgeon|referred\s+by|signed(?:\s+by)?)\s*:"
EMAIL = r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"
NUMBER = r"(?<!\w)[+#]?(?:\w*\d[\w.,:/-]*\w|\w*\d\w*)"


@dataclasses.dataclass(frozen=True)
class Removed:
    """What was taken out, and where it stood.

    Args:
        kind: "name", "date", "number" or "email".
        start, end: places in the text as it was given.
        text: what stood there.
    """

    kind: str
    start: int
    end: int
    text: str


@dataclasses.dataclass(frozen=True)
class Deidentified:
    """A text without what could tell whose it is.

    Args:
        text: with `[NAME]`, `[DATE]`, `[NUMBER]` and `[EMAIL]` in the places of what was removed.
        removed: in the order of the text.
    """

    text: str
    removed: tuple[Removed, ...]


def deidentify(text: str, names: Iterable[str] = (), keep_numbers: bool = False) -> Deidentified:
    """Take names, dates and numbers out of a report.

    Names are found behind a title (Dr. Jane Roe), behind a label with a colon (Patient: Jane Roe) and among those that
    are given, in any case of letters and each of their words alone. Dates are those in digits, with an English month,
    or a year from 1900 to 2099 alone. Numbers are all words with a digit in them: ages, measurements, telephone and
    record numbers; a network that needs measurements loses them too.

    These are rules, with limits: a name without title or label that was not given stays ("Jane walked in"), so do
    misspelt ones, places, employers, rare diseases, and dates and numbers in words ("last Tuesday", "sixty-five"). Its
    output is not anonymous by any law, and nobody should publish it without reading it.

    Args:
        text: a report.
        names: known ones, such as those of the patient's record; words of one letter are not looked for.
        keep_numbers: leave numbers that are no dates, which may tell who it is.

    Returns:
        The text and what was removed.

    Example:
        >>> deidentify("Dr. Jane Roe saw the patient on 3 May 2021, aged 65.").text
        '[NAME] saw the patient on [DATE], aged [NUMBER].'
    """
    found: list[Removed] = []
    rules = [
        ("email", EMAIL),
        *(("date", f"(?i:{one})") for one in DATES),
        *(("name", one) for one in name_rules(names)),
    ]
    if not keep_numbers:
        rules.append(("number", NUMBER))
    # What an earlier rule has taken, a later one no longer sees: a blank of the same length stands there.
    rest = text
    for kind, rule in rules:
        for match in re.finditer(rule, rest):
            start, end = match.span("name") if "name" in match.groupdict() else match.span()
            found.append(Removed(kind, start, end, text[start:end]))
        for one in found:
            rest = rest[: one.start] + "\0" * (one.end - one.start) + rest[one.end :]
    found.sort(key=lambda one: one.start)
    parts, place = [], 0
    for one in found:
        parts += [text[place : one.start], f"[{one.kind.upper()}]"]
        place = one.end
    return Deidentified("".join([*parts, text[place:]]), tuple(found))


def name_rules(names: Iterable[str]) -> list[str]:
    """Regular expressions of names: behind titles, behind labels, and those that are known."""
    several = rf"{NAME_WORD}(?:[ \t]+{NAME_WORD})*"
    rules = [rf"{TITLE}[ \t]+{several}", rf"{LABEL}[ \t]*(?P<name>{several})"]
    words = sorted({word for name in names for word in re.findall(r"[^\W\d_]{2,}", name)}, key=len, reverse=True)
    if words:
        any_word = "|".join(map(re.escape, words))
        rules.append(rf"(?i:(?<!\w)(?:{any_word})(?!\w)(?:[ \t]+(?:{any_word})(?!\w))*)")
    return rules
