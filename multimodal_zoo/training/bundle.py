"""What training leaves and everything else loads: network, modalities, labels, figures and card, with hashes."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras

from multimodal_zoo.modalities import Modality
from multimodal_zoo.registry import ModelCard, attach
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training.at_temperatures import at_temperatures
from multimodal_zoo.training.storage import written_beside
from multimodal_zoo.training.table_parts.table_part import parameter_count
from multimodal_zoo.training.table_parts.whole_rows import save_network

MANIFEST = "manifest.json"
# Of what lies in a bundle or an export. It grows when an earlier version of this package could not read what a later
# one writes; a manifest that names none is of the first.
FORMAT = 1
# Longer lists of names are counted in the card.
MOST_NAMED = 100


class BundleError(RuntimeError):
    """A folder that is no bundle, or one that was changed since it was written."""


@dataclasses.dataclass(frozen=True)
class Bundle:
    """A trained network with all it needs to answer raw records.

    Args:
        model: the functional `keras.Model`.
        modalities: fitted modalities by name, in the order of the presence columns.
        class_names: names of the classes or labels, of several numbers, the characters or words; empty for one score or
            number.
        card: what the architecture is.
        metrics: figures with data set, split and seed.
        arguments: the builder's arguments, JSON-ready.
        inputs: sketch of the training inputs, see `monitoring.sketch_inputs`.
        calibration: temperatures by modalities that are there, see `explain.calibrate`; empty if none were fitted. What
            the bundle answers is at them, `model` is the network without.
    """

    model: keras.Model
    modalities: dict[str, Modality]
    class_names: tuple[str, ...]
    card: ModelCard
    metrics: dict[str, Any]
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)
    inputs: dict[str, Any] = dataclasses.field(default_factory=dict)
    calibration: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def has_presence(self) -> bool:
        """Whether the network may do without some of its modalities."""
        return "presence" in self.model.input

    @functools.cached_property
    def answering(self) -> keras.Model:
        """What gives the bundle's answers: `model`, behind it the temperatures where the bundle is calibrated."""
        return at_temperatures(self.model, self.modalities, self.calibration) if self.calibration else self.model

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the bundle beside `folder` and rename it into place; see `save_bundle`."""
        return save_bundle(self, folder)


def save_bundle(bundle: Bundle, folder: str | os.PathLike[str]) -> Path:
    """Write a bundle. It is complete before it gets its name; a bundle of that name is replaced, other folders are not.

    Raises:
        BundleError: `folder` exists and is no bundle.
        StorageError: the disk does not take it; a bundle that was there before is whole.
    """
    folder = Path(folder)
    refuse_to_replace(folder, MANIFEST)
    with written_beside(folder) as new:
        save_network(bundle.model, new / "model.keras")
        described = {name: modality.to_config() for name, modality in bundle.modalities.items()}
        card = dataclasses.asdict(bundle.card)
        write_json(new / "modalities.json", {"modalities": described, "card": card, "arguments": bundle.arguments})
        (new / "learned").mkdir()
        for name, modality in bundle.modalities.items():
            write_json(new / "learned" / f"{name}.json", modality.learned_state())
        write_json(new / "labels.json", list(bundle.class_names))
        write_json(new / "metrics.json", bundle.metrics)
        write_json(new / "inputs.json", bundle.inputs)
        if bundle.calibration:
            write_json(new / "calibration.json", bundle.calibration)
        (new / "card.md").write_text(card_text(bundle), encoding="utf-8")
        write_manifest(new)
    return folder


def load_bundle(folder: str | os.PathLike[str], verify: bool = True) -> Bundle:
    """Load a bundle.

    Args:
        folder: as written by `save_bundle`.
        verify: compare every file with its hash first.

    Raises:
        BundleError: no bundle there, a file is missing, or a file was changed; the message names it.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise BundleError(f"{folder} is no bundle (it has no {MANIFEST}). Train one with `multimodal-zoo train`.")
    if verify:
        verify_manifest(folder)
    # The networks' layers are known to Keras once these are imported.
    import multimodal_zoo.models  # noqa: F401

    described = read_json(folder / "modalities.json")
    modalities = {
        name: Modality.from_config(config, read_json(folder / "learned" / f"{name}.json"))
        for name, config in described["modalities"].items()
    }
    told: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in described["card"].items()}
    card = ModelCard(**told)
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    attach(model, modalities, card, described["arguments"])
    return Bundle(
        model,
        modalities,
        tuple(read_json(folder / "labels.json")),
        card,
        read_json(folder / "metrics.json"),
        described["arguments"],
        read_json(folder / "inputs.json") if (folder / "inputs.json").exists() else {},
        read_json(folder / "calibration.json") if (folder / "calibration.json").exists() else {},
    )


def bundle_modalities(folder: str | os.PathLike[str]) -> dict[str, Modality]:
    """The modalities a bundle reads, without loading its network."""
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise BundleError(f"{folder} is no bundle (it has no {MANIFEST}). Train one with `multimodal-zoo train`.")
    verify_manifest(folder)
    described = read_json(folder / "modalities.json")["modalities"]
    return {name: Modality.from_config(config) for name, config in described.items()}


def json_ready(value: Any) -> Any:
    """Builder arguments as JSON can hold them: modalities as their description, tuples as lists."""
    if isinstance(value, Modality):
        return value.to_config()
    if isinstance(value, Mapping):
        return {str(key): json_ready(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def card_text(bundle: Bundle) -> str:
    """The card as Markdown."""
    lines = [
        f"# {bundle.card.name}",
        "",
        bundle.card.description,
        "",
        f"- Task: {bundle.card.task}",
        f"- Paper: {bundle.card.paper}",
    ]
    lines += [
        f"- Parameters: {parameter_count(bundle.model):,}",
        f"- May miss modalities: {'yes' if bundle.has_presence else 'no'}",
    ]
    if bundle.class_names:
        what = task_named(bundle.card.task).class_names_are.capitalize()
        many = len(bundle.class_names) > MOST_NAMED
        lines.append(f"- {what}: {f'{len(bundle.class_names):,}' if many else ', '.join(bundle.class_names)}")
    data = bundle.metrics.get("data", {})
    if data:
        lines += [
            "",
            "## Data",
            "",
            f"- {data.get('title', '')} ({data.get('name', '')})",
            f"- Licence: {data.get('licence', '')}",
        ]
        if data.get("synthetic"):
            lines.append("- SYNTHETIC: made by a program; figures on it say nothing about the real world.")
    lines += ["", "## Inputs", ""]
    lines += [f"- `{name}`: {modality.kind}, {modality.to_config()}" for name, modality in bundle.modalities.items()]
    lines += calibration_lines(bundle.calibration)
    figures = [(split, bundle.metrics[split]) for split in ("validation", "test") if split in bundle.metrics]
    if figures:
        lines += ["", "## Figures", "", "| split | figure | value |", "|---|---|---|"]
        for split, values in figures:
            lines += [f"| {split} | {key} | {value:.4f} |" for key, value in values.items() if isinstance(value, float)]
        lines += ["", f"Seed {bundle.metrics.get('seed')}, {bundle.metrics.get('epochs')} epochs."]
    return "\n".join(lines) + "\n"


def calibration_lines(calibration: Mapping[str, Any]) -> list[str]:
    """What the card says of the temperatures."""
    if not calibration:
        return []
    lines = [
        "",
        "## Calibration",
        "",
        "The probabilities are calibrated: the temperature is that of the modalities that are there. The figures below",
        "are the expected calibration error without it and with it; other figures are those of the network without.",
        "",
        "| there | temperature | split | before | after |",
        "|---|---|---|---|---|",
    ]
    for there, one in calibration.items():
        for split, judged in (("validation", one), ("test", one.get("test"))):
            if judged:
                errors = " | ".join(f"{judged[when]['ece']:.4f}" for when in ("before", "after"))
                lines.append(f"| {there} | {one['temperature']:.4f} | {split} | {errors} |")
    return lines


# Files -----------------------------------------------------------------------------------------------------------


def write_json(path: Path, value: Any) -> None:
    """Write readable JSON with a newline at the end."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file of a bundle."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{path} is missing.") from None
    except ValueError as error:
        raise BundleError(f"{path} is no valid JSON: {error}.") from None


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, **facts: Any) -> None:
    """Write the hash of every file in `folder`, the manifest itself excepted, and JSON-ready facts beside them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    hashes = {path.relative_to(folder).as_posix(): sha256(path) for path in files}
    write_json(folder / MANIFEST, {"format": FORMAT, "sha256": hashes, **facts})


def read_manifest(folder: Path) -> dict[str, str]:
    """The sha256 by relative path that the manifest of `folder` lists.

    Raises:
        BundleError: there is no manifest, it is none, or a later version of this package wrote it.
    """
    document = read_json(folder / MANIFEST)
    written = document.get("format", 1) if isinstance(document, dict) else 1
    if written not in range(1, FORMAT + 1):
        raise BundleError(
            f"{folder / MANIFEST} is of format {written}, and this version of multimodal_zoo reads formats up to "
            f"{FORMAT}: install a later one, or make {folder} again with this one."
        )
    hashes = document.get("sha256") if isinstance(document, dict) else None
    if not isinstance(hashes, dict) or not all(isinstance(one, str) for one in hashes.values()):
        raise BundleError(f"{folder / MANIFEST} is no manifest: it has to map file names to hashes under 'sha256'.")
    return hashes


def manifest_breaches(folder: Path) -> Iterator[str]:
    """What of `folder` is not as its manifest says, one sentence a file.

    Raises:
        BundleError: there is no manifest, or it is none.
    """
    hashes = read_manifest(folder)
    inside = folder.resolve()
    for name, expected in hashes.items():
        path = folder / name
        if not path.resolve().is_relative_to(inside):
            yield f"{path} is listed in {MANIFEST} and lies outside of {folder}."
        elif not path.is_file():
            yield f"{path} is missing: the manifest of {folder} lists it."
        elif sha256(path) != expected:
            yield f"{path} was changed since it was written: its sha256 is not the one in {MANIFEST}."
    for path in sorted(folder.rglob("*")):
        is_entry = path.is_symlink() or not path.is_dir()
        if is_entry and path.relative_to(folder).as_posix() not in {*hashes, MANIFEST}:
            yield f"{path} is not listed in {MANIFEST}: it was added after the others were written."


def verify_manifest(folder: Path) -> None:
    """Compare each file with the manifest.

    Raises:
        BundleError: naming the first file that is missing, changed or not listed.
    """
    for breach in manifest_breaches(folder):
        raise BundleError(breach)


def refuse_to_replace(folder: Path, mark: str) -> None:
    """Raise BundleError when `folder` holds something that this library did not write (it lacks the file `mark`)."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / mark).exists()):
        raise BundleError(f"{folder} exists and was not written by multimodal_zoo; choose another place or remove it.")
