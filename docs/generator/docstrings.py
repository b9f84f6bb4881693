"""The docstrings of this package as Markdown: one line, text, and sections such as Args, Returns, Reference."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import re
from typing import Any

SECTION = re.compile(r"^(Args|Returns|Raises|Example|Reference|Attributes):[ ]*(.*)$")
# Names of functions in formulas; other words of this length are prose.
FUNCTIONS = {"tanh", "softmax", "sigmoid", "relu", "sqrt", "sign", "norm", "block", "mean", "SumPool", "SumPool_k"}
CODE = re.compile(r"`[^`]*`")


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
    kept = []
    end = 0
    for code in CODE.finditer(text):
        kept += [re.sub(r"([\\*_<>\[\]|#])", r"\\\1", text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*kept, re.sub(r"([\\*_<>\[\]|#])", r"\\\1", text[end:])])


def is_formula(line: str) -> bool:
    """Whether a line is a formula and no sentence: it has a sign of equality and hardly a word."""
    words = [word for word in re.findall(r"[A-Za-z]{3,}", line) if word not in FUNCTIONS]
    return " = " in line and len(words) <= 2


def as_markdown(text: str) -> str:
    """Paragraphs of a docstring as Markdown, formulas as blocks of code."""
    shown = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        for formula, lines in itertools.groupby(paragraph.splitlines(), is_formula):
            if formula:
                shown.append("\n".join(["```text", *(line.strip() for line in lines), "```"]))
            else:
                shown.append(escaped("\n".join(lines)))
    return "\n\n".join(shown)


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
