"""Which networks the page offers: those that are named, those that `make run` left, or a small one trained now."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from multimodal_zoo.datasets import load_dataset
from multimodal_zoo.training import Bundle, load_bundle, train_named
from multimodal_zoo.training.bundle import MANIFEST

# Where `make run` puts its bundles.
FLAGSHIPS = Path("runs/flagships")
NETWORK, DATA = "lstnet_diagnosis", "synthetic-diagnosis"
# It is to be there in a minute on two cores, and to be right more often than either modality alone can be.
SMALL = {
    "filters": (8, 16, 32),
    "embedding_dim": 16,
    "units": 16,
    "joint_dim": 32,
    "fusion": "gated",
    "missing_modalities": True,
    "modality_dropout": 0.2,
}
EPOCHS, LEARNING_RATE = 8, 3e-3


@dataclasses.dataclass(frozen=True)
class Offered:
    """The networks of a page.

    Args:
        bundles: by the name that the page knows them by, in the order it lists them.
        note: where they come from, if nobody named them; for the page and for whoever starts it.
    """

    bundles: dict[str, Bundle]
    note: str = ""


def offered_bundles(folders: Sequence[Path]) -> Offered:
    """The bundles in these folders; without any, those of `make run`; without these, a small one that is trained.

    Raises:
        BundleError: a folder is no bundle, or was changed.

    Example:
        >>> list(offered_bundles([Path("runs/covid")]).bundles)
        ['runs/covid']
    """
    note = ""
    if not folders:
        folders = sorted(manifest.parent for manifest in FLAGSHIPS.glob(f"*/{MANIFEST}"))
        note = f"No bundle was named: these are the ones of make run, in {FLAGSHIPS}."
    if folders:
        return Offered({str(folder): load_bundle(folder) for folder in folders}, note)
    print(f"No bundle is named, and none is in {FLAGSHIPS}: training a small one, about a minute.", file=sys.stderr)
    note = (
        f"No bundle was named: this is a small {NETWORK}, trained a minute ago on the built-in data set {DATA}. "
        "Its pictures and reports are made up, and so is the disease."
    )
    return Offered({f"{NETWORK} on {DATA}": small_bundle()}, note)


def small_bundle() -> Bundle:
    """A small network trained on built-in data, in memory alone."""
    data = load_dataset(DATA)
    return train_named(NETWORK, data, epochs=EPOCHS, learning_rate=LEARNING_RATE, arguments=SMALL, verbose=0)
