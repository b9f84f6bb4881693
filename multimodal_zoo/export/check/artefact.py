"""The gate of an exported model: every check in turn, from its files to its answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tensorflow.core.protobuf import saved_model_pb2

from multimodal_zoo.export.check.manifest import check_manifest
from multimodal_zoo.export.check.operations import (
    OPERATIONS,
    TEXT_OPERATIONS,
    check_operations,
    check_text_operations,
    text_operations_of,
)
from multimodal_zoo.export.check.replay import REPLAY, SIGNATURE, check_replay
from multimodal_zoo.export.check.report import Check, CheckReport, Outcome, judged, skipped
from multimodal_zoo.export.check.signatures import SIGNATURES, check_signatures, signatures_of
from multimodal_zoo.export.check.variables import check_variables
from multimodal_zoo.export.check.versions import previous_version, versions_in
from multimodal_zoo.export.saved_model_file import NoSavedModelError, read_saved_model

SAVED_MODEL_CHECK = "saved model"
SERVE = "serve"


class NothingToCheckError(ValueError):
    """A path that is no folder of one version."""


def check_artefact(folder: str | os.PathLike[str], previous: str | os.PathLike[str] | None = None) -> CheckReport:
    """Decide whether an exported model may be served.

    Nothing of it is run before its files and its operations have passed.

    Args:
        folder: of one version, such as `saved_models/deepfm/2`.
        previous: of the version whose signatures have to be kept; None takes the next lower version beside `folder`,
            if there is one.

    Returns:
        The report. Its checks:

        - `manifest`: the sha256 of every file; missing and added files.
        - `saved model`: `saved_model.pb` can be read, is meant for serving and has `serving_default`.
        - `variables`: every variable can be read, whole.
        - `operations`: what signatures and loading reach is on the list of allowed operations.
        - `text operations`: TF Serving has those of tensorflow_text.
        - `golden requests`: the requests stored at export are answered as then.
        - `signatures`: names, types and shapes of the previous version are unchanged.

    Raises:
        NothingToCheckError: `folder` or `previous` is no folder, or one of versions.

    Example:
        >>> check_artefact("saved_models/deepfm/2").passed
        True
    """
    folder = one_version(Path(folder))
    before = previous_version(folder) if previous is None else one_version(Path(previous))
    checks = [unbroken("manifest", lambda: check_manifest(folder))]
    try:
        saved = read_saved_model(folder)
    except NoSavedModelError as error:
        checks.append(judged(SAVED_MODEL_CHECK, [str(error)], ""))
        unread = "saved_model.pb cannot be read."
        checks.append(unbroken("variables", lambda: check_variables(folder)))
        checks += [skipped(name, unread) for name in (OPERATIONS, TEXT_OPERATIONS, REPLAY, SIGNATURES)]
        return CheckReport(folder, before, tuple(checks))
    checks += [
        unbroken(SAVED_MODEL_CHECK, lambda: check_saved_model(saved)),
        unbroken("variables", lambda: check_variables(folder)),
        unbroken(OPERATIONS, lambda: check_operations(saved)),
        unbroken(TEXT_OPERATIONS, lambda: check_text_operations(saved)),
    ]
    failed = [check.name for check in checks if check.outcome == Outcome.FAILED]
    if failed:
        checks.append(skipped(REPLAY, f"What did not pass ({', '.join(failed)}) is not run."))
    else:
        needs_text = bool(text_operations_of(saved.meta_graphs))
        checks.append(unbroken(REPLAY, lambda: check_replay(folder, needs_text)))
    checks.append(unbroken(SIGNATURES, lambda: check_signatures(saved, before)))
    return CheckReport(folder, before, tuple(checks))


def one_version(folder: Path) -> Path:
    """The folder itself, if it can be the one of a version.

    Raises:
        NothingToCheckError: it is no folder, or one of versions.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise NothingToCheckError(f"{folder} {what}; name the folder of an exported version, such as {folder}/1.")
    versions = versions_in(folder)
    if versions:
        known = ", ".join(map(str, versions))
        newest = list(versions.values())[-1]
        raise NothingToCheckError(f"{folder} holds the versions {known}; name one of them, such as {newest}.")
    return folder


def unbroken(name: str, check: Callable[[], Check]) -> Check:
    """The outcome of a check. One that breaks off has not shown that all is well, and so has failed."""
    try:
        return check()
    except Exception as error:
        return judged(name, [f"The check broke off ({type(error).__name__}: {error})."], "")


def check_saved_model(saved: saved_model_pb2.SavedModel) -> Check:
    """Whether there is one graph, meant for serving, with a `serving_default`."""
    tags = [sorted(meta.meta_info_def.tags) for meta in saved.meta_graphs]
    names = list(signatures_of(saved))
    faults = []
    if tags != [[SERVE]]:
        faults.append(f"One graph with the tag {SERVE!r} was expected, found graphs with the tags {tags}.")
    if SIGNATURE not in names:
        faults.append(f"The signature {SIGNATURE!r} was expected, found {', '.join(names) or 'none'}.")
    return judged(SAVED_MODEL_CHECK, faults, f"It can be read; signatures: {', '.join(names)}.")
