"""Masking the names of the diagnosis in clinical notes."""

from __future__ import annotations

import re

MASK = "[masked]"

# Spelled as in the notes of covid-chestxray-dataset (run together, misspelt, translated) and as the labels of
# its later versions. `\w*` at an end takes in what is glued to the name: "forCOVID-19", "bronchopneumonia".
NAMES = (
    # COVID-19 and its virus
    r"\w*co[\s-]?vid(?:[\s-]*(?:20)?19)?\w*",
    r"\bovid\b(?:[\s-]*19)?",
    r"\bsars\b(?:[\s-]*(?:n?cov|voc)(?:[\s-]*2\b)?|-2\b)?",
    r"\bsars[\s-]*cov\w*",
    r"(?:\b(?:20)?19[\s-]*)?\b(?:n|h)?[\s-]?cov(?:[\s-]?(?:2|(?:20)?19))?\b",
    r"(?:\b(?:20)?19[\s-]*)?(?:\bnovel[\s-]+)?\w*corona[\s-]*vir\w*(?:[\s-]+(?:disease|infection))?(?:[\s-]*(?:20)?19)?",
    r"\bco-?rads\b(?:[\s-]*\d)?",  # a score for the suspicion of COVID-19
    r"\bcorman\b",  # author of the test for its virus
    r"\b(?:pan|epi)demics?\b",
    r"\boutbreaks?\b",
    # other findings
    r"\bmers(?:-?cov)?\b",
    r"(?:severe\s+)?acute\s+respiratory\s+(?:distress\s+)?syndrome",
    r"middle\s+east(?:ern)?\s+respiratory\s+syndrome",
    r"\bards\b",
    r"\w*pn(?:eu|ue|u|e)mon(?!ec)\w*",
    r"\w*pneumoc(?:y|o)\w*",
    r"pneumophil\w*",
    r"\b(?:pcp|pjp)\b",
    r"jiro?vec\w*",
    r"\bcarinii\b",
    r"klebs\w*",
    r"\w*strepto?\w*",
    r"\be\.?[\s-]?coli\b",
    r"escherich\w*(?:\s+coli)?",
    r"varicell\w*",
    r"chicken[\s-]?pox",
    r"\b(?:herpe\w*[\s-]+)?zoster\b",
    r"\bherpe\w*",
    r"\bhsv(?:-?\d)?\b",
    r"legionn?[ae]\w*",
    r"\blipoid\w*",
    r"\w*influenz\w*",
    r"\bflu\b",
    r"\bh\d+n\d+\b",
    r"chlam[yi]d\w*",
    r"mycoplasm\w*",
    r"\bstaph\w*",
    r"\bmrsa\b",
    r"nocardi\w*",
    r"tubercul\w*",
    r"\btb\b",
    r"aspergill\w*",
    r"cytomegalovir\w*",
    r"\bcmv\b",
    r"\b(?:respiratory\s+)?syncytial\b",
    r"\brsv\b",
    r"\w*virus(?:es)?\b",
    r"\bviral\b",
    r"\bbacteri(?:a|al|um)\b",
    r"\bfung(?:al|us|i)\b",
    r"\baspiration\b",
)
# Hyphens of other scripts count as hyphens.
HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
NAME = re.compile("|".join(f"(?:{name})" for name in NAMES), re.IGNORECASE)
# Names side by side become one mask: "[masked] ([masked]) [masked]" would still spell Coronavirus (COVID-19)
# pneumonia.
REPEATED = re.compile(re.escape(MASK) + r"(?:[\s\-/(),#]*" + re.escape(MASK) + ")+")


def mask_disease_names(note: str) -> str:
    """Replace every disease name and pathogen that could be the label, in any spelling, by `[masked]`.

    Names of treatments, tests, symptoms, comorbidities and places are kept. Wuhan is a place: it stays,
    though in these notes it goes with COVID-19 more often than not.

    Args:
        note: a clinical note.

    Returns:
        The note with each name, or run of names, replaced by one `[masked]`.

    Example:
        >>> mask_disease_names("Confirmed COVID-19 pneumonia after travel to Wuhan.")
        'Confirmed [masked] after travel to Wuhan.'
    """
    return REPEATED.sub(MASK, NAME.sub(MASK, note.translate(HYPHENS)))
