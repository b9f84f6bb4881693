"""The check of the manifest: every file is the one that was written."""

from __future__ import annotations

from pathlib import Path

from multimodal_zoo.export.check.report import Check, judged
from multimodal_zoo.training.bundle import BundleError, manifest_breaches, read_manifest

MANIFEST_CHECK = "manifest"


def check_manifest(folder: Path) -> Check:
    """Compare the sha256 of every file with the manifest; all that are changed, missing or added are named."""
    try:
        faults = list(manifest_breaches(folder))
        count = len(read_manifest(folder))
    except BundleError as error:
        faults, count = [f"{error} Without a manifest nobody knows whether a file was changed."], 0
    return judged(MANIFEST_CHECK, faults, f"{count} files, each with its sha256.")
