"""`covid-cxr`: chest X-rays with the notes of their case reports, COVID-19 against other findings."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.disease_names import mask_disease_names
from multimodal_zoo.datasets.download import download_archive
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Image, Text

FOLDS = 5
# One training patient in 7 (14 %) is for validation.
VALIDATION_EVERY = 7
NO_FINDING_GIVEN = ("", "todo", "unknown")
CLASS_NAMES = ("other", "COVID-19")

CARD = DataSetCard(
    name="covid-cxr",
    title="Chest X-rays with clinical notes: COVID-19 against other findings",
    task="classification",
    licence=(
        "per image, column `license` of metadata.csv (Creative Commons of several kinds, some without "
        "derivatives, some unstated); notes come from the cited case reports; not for clinical use"
    ),
    source="https://github.com/ieee8023/covid-chestxray-dataset",
    citation="Cohen et al. 2020, COVID-19 Image Data Collection, arXiv:2003.11597",
    protocols={
        **{f"fold{k}": f"images with a note; test = patients of fold {k} of {FOLDS}" for k in range(FOLDS)},
        **{f"all-fold{k}": f"all images, the note may be absent; test = fold {k} of {FOLDS}" for k in range(FOLDS)},
    },
    required=("metadata.csv", "images"),
    checksums={
        "metadata.csv": "164995604b94751e46b74e438919403bfa6e6113f6e20922b060fb11a8c860ec",
        "images/*": "c4b8cd9a2ff12f778d52197cc4e062572b1b82996b8202f8e4635b49ffc6e715",
        "images_other/*": "50cb912f8c888c0e26d363fe8deec759419091c8b392080e4ae653680e6d95c1",
    },
    notes=(
        "Folds are by patient and the same with and without the images that have no note. Disease names are "
        "masked in the notes. The official download has larger images, more of them and more notes than the "
        "copy that the published figures come from."
    ),
)


@dataclasses.dataclass(frozen=True)
class Row:
    """One usable X-ray: `label` is 1 for COVID-19, `note` is as written (not yet masked)."""

    patient: str
    image: Path
    note: str
    label: int


def read_rows(folder: Path) -> list[Row]:
    """The X-rays with a finding and an image file, in the order of metadata.csv.

    Reads the official layout (column `filename`, folder named in column `folder`) and the one with the
    columns `image` and `dir`.
    """
    with (folder / "metadata.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    rows = []
    for line in table:
        finding = line["finding"].strip()
        image = folder / (line.get("dir") or line.get("folder") or "images") / (line.get("image") or line["filename"])
        if line["modality"] == "X-ray" and finding.lower() not in NO_FINDING_GIVEN and image.is_file():
            rows.append(
                Row(
                    line["patientid"].strip(),
                    image,
                    line["clinical_notes"].strip(),
                    int("COVID-19" in finding),
                )
            )
    return rows


def assign_folds(rows: Sequence[Row]) -> dict[str, int]:
    """Deal the patients to the folds: patient -> fold.

    Patients are grouped by class and by having a note, ordered by the SHA-256 of their id and dealt in turn,
    so the folds are balanced, and the same with every version of every library.
    """
    fold = 0
    folds = {}
    for patients in strata(rows):
        for patient in patients:
            folds[patient] = fold % FOLDS
            fold += 1
    return folds


def validation_patients(rows: Sequence[Row], folds: dict[str, int], test_fold: int) -> set[str]:
    """Every `VALIDATION_EVERY`-th training patient, balanced as the folds are."""
    train = [patient for patients in strata(rows) for patient in patients if folds[patient] != test_fold]
    return set(train[VALIDATION_EVERY // 2 :: VALIDATION_EVERY])


def strata(rows: Iterable[Row]) -> list[list[str]]:
    """Patients grouped by (any COVID-19, any note), each group in the order of the SHA-256 of the ids."""
    labels: dict[str, int] = defaultdict(int)
    notes: dict[str, bool] = defaultdict(bool)
    for row in rows:
        labels[row.patient] |= row.label
        notes[row.patient] |= bool(row.note)
    groups = defaultdict(list)
    for patient in sorted(labels, key=lambda patient: hashlib.sha256(patient.encode()).hexdigest()):
        groups[labels[patient], notes[patient]].append(patient)
    return [groups[key] for key in sorted(groups)]


def split_rows(rows: Sequence[Row], test_fold: int, with_notes_only: bool) -> dict[str, list[Row]]:
    """The rows of "train", "validation" and "test"."""
    folds = assign_folds(rows)
    validation = validation_patients(rows, folds, test_fold)
    splits: dict[str, list[Row]] = {"train": [], "validation": [], "test": []}
    for row in rows:
        if row.note or not with_notes_only:
            in_train = "validation" if row.patient in validation else "train"
            splits["test" if folds[row.patient] == test_fold else in_train].append(row)
    return splits


def fetch_official(folder: Path) -> None:
    """The authors' repository:"""
    # Packed anew by the host for every download, so there is no hash to hold the archive against.
    download_archive(f"{CARD.source}/archive/refs/heads/master.zip", folder)


@register_data_set(CARD, fetch_official)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Load the X-rays and masked notes of one fold.

    The report is the column `clinical_notes` with the disease names masked
    (`disease_names.mask_disease_names`); places such as Wuhan are kept, since geography is not a disease
    name, and so are treatments and tests. What a network makes of the report is therefore more than the
    findings a radiologist would write down.
    """
    assert folder is not None
    with_notes_only = not protocol.startswith("all-")
    splits = split_rows(read_rows(folder), int(protocol[-1]), with_notes_only)
    modalities = {"image": Image(64, 64, 1), "report": Text(4000, 160)}
    return DataSet(card, protocol, modalities, CLASS_NAMES, {name: records(rows) for name, rows in splits.items()})


def records(rows: Sequence[Row]) -> Records:
    """Image bytes, masked notes and labels of the rows."""
    return Records(
        {
            "image": column(row.image.read_bytes() for row in rows),
            "report": column(mask_disease_names(row.note) for row in rows),
        },
        np.array([row.label for row in rows], np.int32),
    )
