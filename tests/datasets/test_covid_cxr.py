import csv
import re

import numpy as np
import pytest

from multimodal_zoo.datasets import covid_cxr, find_dataset, load_dataset
from multimodal_zoo.datasets.disease_names import mask_disease_names

# Stems that only occur in names of the diagnosis; written apart from the patterns that do the masking.
FORBIDDEN = re.compile(
    r"covid|sars|\bncov|coronavir|corona vir|\bmers\b|\bards\b|pneumoni|pneumocys|pneumocc|pneumococ|\bpcp\b"
    r"|\bpjp\b|jirovec|klebsiel|streptoc|\be\.? ?coli|varicell|chicken ?pox|legionel|lipoid|influenza|\bflu\b"
    r"|h1n1|chlamyd|mycoplasm|respiratory distress syndrome|acute respiratory syndrome|\bvirus|\bviral\b"
    r"|co-?rads|pandemic|epidemic\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "note",
    [
        "COVID-19", "covid", "Covid 19", "COVID19", "COVID-2019", "#COVID-19", "forCOVID-19",
        "ClassicCOVID-19", "OVID", "Co-vid", "COVID\u201319", "COVID-19-positive", "SARS", "SARS-CoV-2",
        "SARS-CoV2", "sars cov 2", "SARS VOC 2", "SARS-CoV-2-RNA", "2019-nCoV", "nCoV", "19-nCoV",
        "2019-Novel Coronavirus", "novel corona virus", "coronaviruses", "Coronavirus Disease 2019",
        "coronavirus disease-2019", "MERS-CoV", "MERS", "Middle East respiratory syndrome",
        "severe acute respiratory syndrome", "ARDS", "Acute Respiratory Distress Syndrome", "pneumonia",
        "Pneumonias", "pnuemonia", "bronchopneumonia", "parapneumonic", "pneumonitis",
        "Pneumocystis jiroveci", "PCP", "PJP", "jirovecii", "pneumococcal", "Klebsiella pneumoniae",
        "Streptococcus", "streptococci", "E. coli", "E.Coli", "Escherichia coli", "varicella",
        "varicella-zoster", "chickenpox", "chicken pox", "Legionella-Ag", "Legionnaires", "L. pneumophila",
        "lipoid", "influenza", "parainfluenza", "Flu", "H1N1", "H5N1", "Chlamydophila", "chlamydia",
        "Mycoplasma", "CORADS 5", "CO-RADS", "respiratory syncytial virus", "tuberculosis",
    ],
)  # fmt: skip
def test_names_are_masked_in_every_spelling(note):
    masked = mask_disease_names(f"found {note} today")
    assert not FORBIDDEN.search(masked), masked
    assert re.match(r"found #?(?:L\. )?\[masked\](?:-\w+)* today$", masked), masked


@pytest.mark.parametrize(
    "note",
    [
        "coronary angiography, coronal reformats",
        "recovered, a full recovery, covering gram-positive cocci",
        "pneumothorax and pneumomediastinum",
        "peribroncovascular thickening",
        "returned from Wuhan, Hubei",
        "confluent opacities with fluid, fluent aphasia",
        "treated with lopinavir, oseltamivir and ribavirin",
        "colitis and cholecystitis, E score 3",
        "respiratory distress",
        "on January 19, 2020",
        "dyslipidemia",
    ],
)
def test_symptoms_treatments_and_places_stay(note):
    assert mask_disease_names(note) == note


def test_neighbouring_names_become_one_mask():
    masked = mask_disease_names("Coronavirus disease (COVID-19) pneumonia and ARDS.")
    assert masked == "[masked] and [masked]."


def test_no_disease_name_is_left_in_any_note(real):
    for name in ("covid-cxr", "covid-cxr:all-fold0"):
        for records in real(name).splits.values():
            for report in records.columns["report"]:
                assert not FORBIDDEN.search(report), report


def test_masking_changes_most_notes_and_empties_none(real):
    real("covid-cxr")
    rows = [row for row in covid_cxr.read_rows(find_dataset("covid-cxr")) if row.note]
    masked = [mask_disease_names(row.note) for row in rows]
    assert np.mean([one != row.note for one, row in zip(masked, rows, strict=True)]) > 0.4
    assert all(re.search(r"[a-z]", one.replace("[masked]", "")) for one in masked)


@pytest.mark.parametrize("prefix", ["", "all-"])
def test_folds_are_by_patient_and_every_row_is_tested_once(real, prefix):
    real("covid-cxr")
    rows = covid_cxr.read_rows(find_dataset("covid-cxr"))
    usable = [row for row in rows if row.note or prefix]
    tested = []
    for fold in range(covid_cxr.FOLDS):
        splits = covid_cxr.split_rows(rows, fold, with_notes_only=not prefix)
        patients = {name: {row.patient for row in part} for name, part in splits.items()}
        assert not patients["train"] & patients["validation"]
        assert not patients["train"] & patients["test"]
        assert not patients["validation"] & patients["test"]
        for part in splits.values():
            assert {row.label for row in part} == {0, 1}
        assert sum(len(part) for part in splits.values()) == len(usable)
        training = len(patients["train"]) + len(patients["validation"])
        assert 0.12 < len(patients["validation"]) / training < 0.18
        tested += splits["test"]
    assert sorted(row.image for row in tested) == sorted(row.image for row in usable)


def test_folds_hold_like_shares_of_the_classes(real):
    real("covid-cxr")
    rows = covid_cxr.read_rows(find_dataset("covid-cxr"))
    folds = covid_cxr.assign_folds(rows)
    labels = {row.patient: row.label for row in rows}
    for label in (0, 1):
        counts = np.bincount([fold for patient, fold in folds.items() if labels[patient] == label], minlength=5)
        assert np.ptp(counts) <= 2, counts


def test_a_patient_is_in_the_same_fold_with_and_without_images_that_lack_a_note(real):
    with_notes, everything = real("covid-cxr:fold2"), real("covid-cxr:all-fold2")
    for name, records in with_notes.splits.items():
        assert set(records.columns["image"]) <= set(everything.split(name).columns["image"])
        assert all(records.columns["report"])
    reports = np.concatenate([records.columns["report"] for records in everything.splits.values()])
    assert (reports == "").sum() == 80
    assert len(reports) == 408


def test_splits_are_pinned(real):
    data = real("covid-cxr")
    assert {name: len(records) for name, records in data.splits.items()} == {
        "train": 228,
        "validation": 33,
        "test": 67,
    }
    assert data.card.default_protocol == data.protocol == "fold0"
    assert data.class_names[1] == "COVID-19"
    assert {name: records.digest()[:16] for name, records in data.splits.items()} == PINNED


def write_official(folder, rows):
    """A folder laid out as the official repository: no columns `image` and `dir`."""
    (folder / "images").mkdir(parents=True)
    names = ["patientid", "finding", "modality", "folder", "filename", "clinical_notes"]
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names)
        table.writeheader()
        table.writerows(dict(zip(names, row, strict=True)) for row in rows)
    for row in rows:
        if row[4] != "gone.png":
            (folder / "images" / row[4]).write_bytes(b"bytes of " + row[4].encode())


def test_official_layout(empty_places):
    folder = empty_places[0] / "covid-cxr"
    covid = [
        (str(n), "Pneumonia/Viral/COVID-19", "X-ray", "images", f"c{n}.png", "Cough. COVID-19.") for n in range(20)
    ]
    other = [(f"o{n}", "No Finding", "X-ray", "images", f"o{n}.jpg", "Clear.") for n in range(20)]
    left_out = [
        ("50", "COVID-19", "CT", "images", "ct.png", "A CT."),
        ("51", "todo", "X-ray", "images", "todo.png", "Not read yet."),
        ("52", "Unknown", "X-ray", "images", "unknown.png", "Nobody knows."),
        ("53", "", "X-ray", "images", "empty.png", "Nothing."),
        ("54", "COVID-19", "X-ray", "images", "gone.png", "The file is missing."),
    ]
    without_note = [("60", "SARS", "X-ray", "images", "s.png", "  ")]
    write_official(folder, covid + other + left_out + without_note)
    with pytest.warns(UserWarning, match="metadata.csv is not the file"):
        with_notes, everything = load_dataset("covid-cxr", False), load_dataset("covid-cxr:all-fold0", False)
    images = [image for records in with_notes.splits.values() for image in records.columns["image"]]
    assert sorted(images) == sorted(b"bytes of " + row[4].encode() for row in covid + other)
    assert sum(int(records.labels.sum()) for records in with_notes.splits.values()) == 20
    assert set(with_notes.split("train").columns["report"]) == {"Cough. [masked].", "Clear."}
    assert sum(len(records) for records in everything.splits.values()) == 41


PINNED = {"train": "45ea155cb092e9a6", "validation": "2fd30bd08729b3f0", "test": "71e7ef3de08b0238"}
