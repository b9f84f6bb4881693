"""`synthetic-diagnosis`: made-up images and reports, each of which holds half of the evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.drawn_pictures import png_pictures
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Image, Text

SEED = 2020
SIZES = {"train": 600, "validation": 150, "test": 150}
SIDE = 64
NOISE = 0.08  # of the image, standard deviation, full scale = 1

CARD = DataSetCard(
    name="synthetic-diagnosis",
    title="SYNTHETIC: an image with an opacity and a report, healthy or not by both together",
    task="classification",
    licence="Apache-2.0 (made by this package)",
    source="built in",
    citation="none",
    protocols={"default": ", ".join(f"{count} {name}" for name, count in SIZES.items())},
    synthetic=True,
    notes="Either modality alone can be right in three of four cases at best; both together decide.",
)

# From the least to the most suspicious: the report tells how bad the symptoms are, each level in several
# wordings.
SYMPTOMS = (
    ("feels well today", "without any complaint", "no symptoms reported"),
    ("slight cough only", "mild hoarseness", "a little tired"),
    ("moderate cough", "some shortness of breath", "low fever since yesterday"),
    ("high fever and cough", "marked shortness of breath", "strong chest pain"),
    ("critically ill with high fever", "severe respiratory failure", "collapsed and was intubated"),
)
OPENINGS = (
    "Patient seen in the clinic.",
    "Follow-up visit.",
    "Seen at night.",
    "Referred by the family doctor.",
)
CLOSINGS = (
    "Lives with family.",
    "Works in an office.",
    "Heart sounds regular.",
    "No known allergy.",
    "Abdomen soft.",
)


@register_data_set(CARD)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Make the records: diseased where the evidence of image and report adds up to more than zero."""
    random = np.random.RandomState(SEED)  # its stream is frozen, unlike that of NumPy's newer generators
    splits = {}
    for name, count in SIZES.items():
        seen, told = random.uniform(-1, 1, count), random.uniform(-1, 1, count)
        columns = {"image": images(seen, random), "report": column(report(level, random) for level in told)}
        splits[name] = Records(columns, (seen + told > 0).astype(np.int32))
    modalities = {"image": Image(SIDE, SIDE, 1), "report": Text(200, 24)}
    return DataSet(card, protocol, modalities, ("clear", "diseased"), splits)


def images(evidence: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """PNG bytes of two dark lungs, one with an opacity as bright as the evidence (-1 none, 1 white) says."""
    count = len(evidence)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    lungs = sum(np.exp(-(((x - centre) / 0.16) ** 2) - ((y - 0.5) / 0.32) ** 2) for centre in (0.28, 0.72))
    centre_x = np.where(random.randint(2, size=count), 0.28, 0.72) + random.uniform(-0.04, 0.04, count)
    centre_y = random.uniform(0.35, 0.65, count)
    distance = (x - centre_x[:, None, None]) ** 2 + (y - centre_y[:, None, None]) ** 2
    opacity = (evidence[:, None, None] + 1) / 2 * np.exp(-distance / 0.1**2)
    pixels = 0.6 - 0.5 * lungs + 0.8 * opacity + NOISE * random.standard_normal((count, SIDE, SIDE))
    return column(png_pictures(pixels))


def report(evidence: float, random: np.random.RandomState) -> str:
    """A few sentences whose symptoms are as bad as the evidence (-1 to 1) says."""
    level = min(int((evidence + 1) / 2 * len(SYMPTOMS)), len(SYMPTOMS) - 1)
    opening, symptom, closing = (
        choices[random.randint(len(choices))] for choices in (OPENINGS, SYMPTOMS[level], CLOSINGS)
    )
    return f"{opening} {symptom[0].upper()}{symptom[1:]}. {closing}"
