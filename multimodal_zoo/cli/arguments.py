"""What the words of the command line mean: builder arguments (`--set`) and raw records (`--image x.jpg`)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multimodal_zoo.cli.number_file import UnreadableNumbers, read_numbers
from multimodal_zoo.unknown_name import UnknownName

if TYPE_CHECKING:
    from multimodal_zoo.modalities import Modality

# A text longer than this is surely no file name.
LONGEST_FILE_NAME = 255


class WrongUsageError(Exception):
    """The command line asks for something that cannot be; the message says what and what to do."""


def builder_settings(name: str, assignments: Sequence[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """The builder arguments that `--set key=value` gives.

    Args:
        name: of the model, for the messages.
        assignments: `key=value` words; a value is a Python literal, or else a plain text.
        known: the builder's arguments with their defaults.

    Raises:
        UnknownName: a key is none of the arguments, or `fusion` names no operator.
        WrongUsageError: a word without `=`, or a value that does not suit its argument.
    """
    from multimodal_zoo.fusion import list_fusions
    from multimodal_zoo.modalities import Modality

    settings = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise WrongUsageError(f"--set takes KEY=VALUE, got {assignment!r}.")
        if key not in known:
            raise UnknownName(f"argument of {name}", key, known)
        value = literal(text)
        if isinstance(known[key], bool) and not isinstance(value, bool):
            raise WrongUsageError(f"--set {key} is True or False, got {text!r}.")
        if isinstance(known[key], Mapping) or (isinstance(known[key], Modality) and value is not None):
            raise WrongUsageError(f"--set {assignment}: modalities come from the data set; None leaves one out.")
        if key == "fusion" and value not in list_fusions():
            raise UnknownName("fusion", value, list_fusions())
        settings[key] = value
    return settings


def named_words(option: str, words: Sequence[str], forms: str) -> dict[str, str | None]:
    """What `NAME` or `NAME=TEXT` words give: the text, or None, by name.

    Args:
        option: what they follow, for the messages.
        words: the words.
        forms: which ones it takes, for the messages.

    Raises:
        WrongUsageError: a word is neither, or a name comes twice.

    Example:
        >>> named_words("--model", ["deepfm=runs/deepfm", "lstnet"], "NAME or NAME=DIR")
        {'deepfm': 'runs/deepfm', 'lstnet': None}
    """
    found: dict[str, str | None] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not name or (equals and not text):
            raise WrongUsageError(f"{option} takes {forms}, got {word!r}.")
        if name in found:
            raise WrongUsageError(f"{option} names {name} twice; name it once.")
        found[name] = text if equals else None
    return found


def literal(text: str) -> Any:
    """A Python literal (true, false and null as in JSON, too), or else the text itself.

    Example:
        >>> literal("(64, 128)"), literal("true"), literal("gated")
        ((64, 128), True, 'gated')
    """
    spelled = {"true": True, "false": False, "null": None, "none": None}
    if text.lower() in spelled:
        return spelled[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def record_from_options(words: Sequence[str], modalities: Mapping[str, Modality]) -> dict[str, Any]:
    """The raw record that `--image x.jpg --report "free text"` describes.

    Args:
        words: options named after the modalities, each followed by its value (or joined to it by `=`).
        modalities: what the bundle reads.

    Returns:
        Raw values by modality: bytes, lists of them (frames), text, lists of ids, numbers, rows of numbers. Modalities
        without an option have no key.

    Raises:
        UnknownName: an option that is none of the modalities.
        WrongUsageError: a file that does not exist, a missing value, or one that does not suit its modality.
    """
    given: dict[str, list[str]] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise WrongUsageError(f"Unexpected {word!r}: a value follows its option, in quotes if it has spaces.")
        option, equals, value = word[2:].partition("=")
        name = option if option in modalities else option.replace("-", "_")
        if name not in modalities:
            raise UnknownName("option", f"--{option}", [f"--{one}" for one in modalities])
        if not equals:
            if not rest:
                raise WrongUsageError(f"--{option} needs a value.")
            value = rest.pop(0)
        given.setdefault(name, []).append(value)
    return {name: raw_value(name, values, modalities[name]) for name, values in given.items()}


def raw_value(name: str, values: list[str], modality: Modality) -> Any:
    """The raw value of one modality from the values of its option."""
    if modality.kind in ("multi_categorical", "id_sequence"):
        return [part.strip() for value in values for part in value.split(",") if part.strip()]
    if modality.kind == "numeric":
        return numbers(name, [part for value in values for part in value.split(",")], modality.shape[0])
    if modality.kind == "video":
        return [frame for value in values if value for frame in frames(name, value)]
    if len(values) > 1:
        raise WrongUsageError(f"--{name} was given {len(values)} times; it takes one value.")
    if modality.kind in ("image", "audio"):
        return file_content(name, values[0], f"Leave --{name} out if there is none.") if values[0] else b""
    if modality.kind in ("series", "points"):
        return rows_of_numbers(name, values[0], modality.fixed_raw_shape[0]) if values[0] else []
    return text_value(name, values[0]) if modality.kind == "text" else values[0]


def text_value(name: str, value: str) -> str:
    """A text as it is written, or what `@FILE` holds."""
    if value.startswith("@@"):
        return value[1:]
    if value.startswith("@"):
        content = file_content(name, value[1:], "Begin the text with @@ if it is no file.")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise WrongUsageError(f"--{name}: {value[1:]} is no UTF-8 text file.") from None
    if "\n" not in value and len(value.encode()) <= LONGEST_FILE_NAME and Path(value).is_file():
        print(f"--{name}: {value!r} is taken as the text itself; @{value} reads the file.", file=sys.stderr)
    return value


def numbers(name: str, parts: list[str], size: int) -> list[float]:
    """The numbers of a numeric modality."""
    try:
        found = [float(part) for part in parts]
    except ValueError:
        raise WrongUsageError(f"--{name} takes numbers separated by commas, got {','.join(parts)!r}.") from None
    if len(found) != size:
        raise WrongUsageError(f"--{name} takes {size} number(s), got {len(found)}.")
    return found


def rows_of_numbers(name: str, path: str, size: int) -> list[list[float]]:
    """The rows of a CSV or `.npy` file, each of so many numbers."""
    try:
        rows = read_numbers(existing_file(name, path, f"Leave --{name} out if there is none."))
    except UnreadableNumbers as error:
        raise WrongUsageError(f"--{name}: {error}") from None
    for number, row in enumerate(rows, 1):
        if len(row) != size:
            raise WrongUsageError(f"--{name} takes rows of {size} number(s), got {len(row)} in row {number} of {path}.")
    return rows


def frames(name: str, path: str) -> list[bytes]:
    """The content of a file, or of each file of a folder in the order of their names."""
    if Path(path).is_dir():
        files = sorted(one for one in Path(path).iterdir() if one.is_file())
        if not files:
            raise WrongUsageError(f"--{name}: the folder {path} is empty. Leave --{name} out if there is no video.")
        return [one.read_bytes() for one in files]
    return [file_content(name, path, f"Leave --{name} out if there is none.")]


def file_content(name: str, path: str, advice: str) -> bytes:
    """The bytes of an input file; a path without a file is wrong usage."""
    return existing_file(name, path, advice).read_bytes()


def existing_file(name: str, path: str, advice: str) -> Path:
    """The path of an input file; one without a file is wrong usage."""
    if not Path(path).is_file():
        what = "is a folder" if Path(path).is_dir() else "does not exist"
        raise WrongUsageError(f"--{name}: {path} {what}. {advice}")
    return Path(path)


def has_content(value: Any) -> bool:
    """Whether a raw value is more than the empty one of its kind."""
    return not (isinstance(value, (str, bytes, list)) and len(value) == 0)
