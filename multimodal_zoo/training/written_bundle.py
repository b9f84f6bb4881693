"""The bundle at the end of a training, written by the first worker with what the others hold."""

from __future__ import annotations

import os

from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.table_parts.whole_rows import give_rows, wait_for_all
from multimodal_zoo.training.workers import is_chief


def write_bundle(bundle: Bundle, out: str | os.PathLike[str]) -> None:
    """Write a bundle, on the first worker alone; every worker calls it.

    Where tables lie at all workers, it comes back on each of them once the bundle is whole, and what they need to go on
    can go away.

    Raises:
        BundleError, StorageError: see `save_bundle`.
    """
    if is_chief(bundle.model):
        bundle.save(out)
    else:
        give_rows(bundle.model)
    wait_for_all(bundle.model)
