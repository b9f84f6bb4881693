"""The docstrings of this package as Markdown: one line, text, and sections such as Args, Returns, Reference."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import re
from typing import Any

SECTION = re.compile(r"^(Args|Returns|Raises|Example|Reference|Attributes):[ ]*(.*)$")
GREEK = {"alpha", "beta", "gamma", "lambda", "sigma"}
# Behind a point or a colon, but not within "...".
SENTENCE_END = re.compile(r"(?<=[^.\s][.:])\s+")


@dataclasses.dataclass(frozen=True)
class Docstring:
    """A docstring in parts.

    Args:
        summary: its first line.
        text: the paragraphs behind it, as they stand there.
        sections: the text of each section by its name, without the indentation.
    """

    summary: str
    text: str
    sections: dict[str, str]


def parsed(documented: Any) -> Docstring:
    """The docstring of a class or a function in parts.

    Raises:
        ValueError: there is none.
    """
    if not documented.__doc__:
        raise ValueError(f"{documented!r} has no docstring.")
    lines = inspect.cleandoc(documented.__doc__).splitlines()
    parts: dict[str, list[str]] = {"": []}
    current = ""
    for line in lines[1:]:
        begins = SECTION.match(line)
        if begins:
            current = begins[1]
            parts[current] = [begins[2]]
        else:
            parts[current].append(line)
    # A section may begin on the line of its name; cleandoc leaves the first line out when it measures the indentation.
    sections = {name: inspect.cleandoc("\n".join(part)).strip() for name, part in parts.items() if name}
    return Docstring(lines[0], "\n".join(parts[""]).strip(), sections)


def escaped(text: str) -> str:
    """Plain text as Markdown: what stands in backticks stays, other signs mean themselves."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if number % 2 else plain(part) for number, part in enumerate(parts))


def plain(text: str) -> str:
    """Text without code as Markdown; Python-Markdown knows no backslash before "<"."""
    return re.sub(r"([\\*_>\[\]|#])", r"\\\1", text).replace("<", "&lt;")


def is_formula(sentence: str) -> bool:
    """Whether a sentence is a formula, with what may be said behind it."""
    defined, equals, _ = sentence.partition(" = ")
    words = set(re.findall(r"(?<![\w^])[A-Za-z]{4,}", defined)) - GREEK
    return bool(equals) and len(defined) <= 30 and not words


def as_markdown(text: str) -> str:
    """Paragraphs of a docstring as Markdown, formulas as blocks of code."""
    shown = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        for formula, sentences in itertools.groupby(sentences_of(paragraph), is_formula):
            if formula:
                lines = [line.strip() for one in sentences for line in one.splitlines()]
                shown.append("\n".join(["```text", *lines, "```"]))
            else:
                shown.append(escaped(" ".join(sentences)))
    return "\n\n".join(shown)


def sentences_of(paragraph: str) -> list[str]:
    """The sentences of a paragraph; a line that begins with a formula begins one."""
    sentences: list[str] = []
    for line in paragraph.splitlines():
        first, *others = SENTENCE_END.split(line.strip())
        if sentences and not SENTENCE_END.search(sentences[-1] + " ") and not is_formula(first):
            sentences[-1] += f"\n{first}"
        else:
            sentences.append(first)
        sentences += others
    return sentences


def named_items(section: str) -> dict[str, str]:
    """What a section such as Args says of each name: `name, name: text`, its further lines indented."""
    items: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        begins = re.match(r"^([*\w]+(?:, [*\w]+)*): ?(.*)$", line)
        if begins:
            names = begins[1].split(", ")
            items.update(dict.fromkeys(names, begins[2]))
        elif names:
            items.update({name: f"{items[name]} {line.strip()}" for name in names})
    return items
