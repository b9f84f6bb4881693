"""Commands in documents, held against what there is: the parser of the command line, targets, extras, files."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import typer

from multimodal_zoo.cli.arguments import builder_settings
from multimodal_zoo.cli.options import PROGRAM
from multimodal_zoo.cli.program import app
from multimodal_zoo.datasets import dataset_card
from multimodal_zoo.datasets.data_set import split_name
from multimodal_zoo.recipes import recipe_named
from multimodal_zoo.registry import builder_arguments

ROOT = Path(__file__).resolve().parents[2]
TARGETS = set(re.findall(r"^([a-z][\w.-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Of others, what they do is not ours to check.
OTHERS = {"srun", "kubectl", "docker", "tritonserver"}


def commands_of(code: str) -> list[list[str]]:
    """The commands of a block as words: without comments, lines that go on joined, pipes cut."""
    commands = []
    for line in code.replace("\\\n", " ").splitlines():
        words: list[str] = []
        for word in [*shlex.split(line, comments=True), "|"]:
            if word in ("|", "&&"):
                commands += [words] if words else []
                words = []
            else:
                words.append(word)
    return commands


def check(words: list[str]) -> None:
    """Raise where a command could not be run as it stands.

    Raises:
        AssertionError: there is no such target, extra or file, or the command is none that is known here.
        Exception: what the parser of the command line says.
    """
    name = Path(words[0]).name
    if name == PROGRAM:
        check_own(words[1:])
    elif name == "make":
        assert {word for word in words[1:] if "=" not in word} <= TARGETS, f"no such target: {shlex.join(words)}"
    elif name in ("pip", "pip3"):
        check_extras(words)
    elif name.startswith("python"):
        scripts = [word for word in words[1:] if word.endswith(".py")]
        assert all((ROOT / one).is_file() for one in scripts), f"no such script: {shlex.join(words)}"
    else:
        assert name in OTHERS, f"{name} is no command that documents may name without a check: {shlex.join(words)}"
        if PROGRAM in words:
            check_own(words[words.index(PROGRAM) + 1 :])


def check_extras(words: list[str]) -> None:
    """Every extra in brackets has to be one of the package."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    named = {extra for word in words for found in re.findall(r"\[(.*?)\]", word) for extra in found.split(",")}
    assert named <= set(setup["options.extras_require"]), f"no such extra: {shlex.join(words)}"


def check_own(words: list[str]) -> None:
    """A command of this package: its options by its own parser, models, data sets and rows by their registries."""
    command, values = parsed(words)
    if command == "launch":
        return check_own([*values["command"]])
    # The bundle of `predict` and others is a path, the name of `train` and `show` a model.
    if command in ("train", "show"):
        known = builder_arguments(values["name"])
        builder_settings(values["name"], values.get("set_") or [], known)
    if command == "download":
        dataset_card(values["name"])
    if command == "reproduce" and values["row"]:
        recipe_named(values["row"])
    data = values.get("data")
    if isinstance(data, str) and "/" not in data:
        split_name(data)


def parsed(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The command and its values as the parser understands them; nothing is run."""
    group = typer.main.get_command(app)
    context = group.make_context(PROGRAM, list(words))
    name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    inner = command.make_context(name, rest, parent=context)
    return name, inner.params
