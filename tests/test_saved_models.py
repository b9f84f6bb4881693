"""The networks in `saved_models/` as they are committed: whole, small, and right about records nobody has seen."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import train_and_export
from linear_baseline import linear_figures, occurrences
from sklearn.metrics import roc_auc_score

import multimodal_zoo as mz
from multimodal_zoo.cli import main
from multimodal_zoo.datasets import synthetic_clicks, synthetic_diagnosis, synthetic_digits
from multimodal_zoo.modalities import batch_records
from multimodal_zoo.training.bundle import FORMAT, card_text, read_manifest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "saved_models"
NAMES = {one.model: one.name for one in train_and_export.FLAGSHIPS}
README = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bundles():
    return {model: mz.load_bundle(FOLDER / name / "bundle") for model, name in NAMES.items()}


@pytest.fixture(scope="module")
def served():
    return {model: tf.saved_model.load(str(FOLDER / name / "1")) for model, name in NAMES.items()}


def asked(bundles, served, model, records):
    """What the export answers to raw records, a missing key being an absent modality."""
    modalities = bundles[model].modalities
    raw = {modalities[name].raw_name(name): values for name, values in batch_records(modalities, records).items()}
    answer = served[model].signatures["serving_default"](**raw)
    return {name: values.numpy() for name, values in answer.items()}


def fresh_diagnoses(count):
    random = np.random.RandomState(77)
    seen, told = random.uniform(-1, 1, count), random.uniform(-1, 1, count)
    images = synthetic_diagnosis.images(seen, random)
    reports = [synthetic_diagnosis.report(level, random) for level in told]
    records = [{"image": image, "report": report} for image, report in zip(images, reports, strict=True)]
    return records, np.where(seen + told > 0, "diseased", "clear")


def fresh_digits(count):
    random = np.random.RandomState(77)
    digits = np.arange(count) % 10
    images = synthetic_digits.images(digits, random, negatives=True)
    records = [
        {"audio": synthetic_digits.sound(digit, random), "image": image}
        for digit, image in zip(digits, images, strict=True)
    ]
    return records, digits.astype(str)


def fresh_pairs(count):
    """Pairs of the known users and films, and how far their hidden factors agree."""
    hidden, random = np.random.RandomState(synthetic_clicks.SEED), np.random.RandomState(77)
    users, user_factors = synthetic_clicks.make_users(hidden)
    items, item_factors = synthetic_clicks.make_items(hidden)
    user, item = random.randint(synthetic_clicks.USERS, size=count), random.randint(synthetic_clicks.ITEMS, size=count)
    records = [
        {key: column[u] for key, column in users.items()} | {key: column[i] for key, column in items.items()}
        for u, i in zip(user, item, strict=True)
    ]
    return records, np.sum(user_factors[user] * item_factors[item], axis=1)


def without(records, name):
    return [{key: value for key, value in record.items() if key != name} for record in records]


def told(answer):
    return np.array([label.decode() for label in answer["labels"]])


@pytest.mark.parametrize("name", NAMES.values())
def test_small_whole_and_of_a_format_that_is_read(name):
    files = [path for path in (FOLDER / name).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000
    for part in ("1", "bundle"):
        manifest = json.loads((FOLDER / name / part / "manifest.json").read_text())
        assert 1 <= manifest["format"] <= FORMAT
        assert {"1": "saved_model.pb", "bundle": "model.keras"}[part] in read_manifest(FOLDER / name / part)
    assert manifest["format"] == 1, "a later format has to come with networks that are made again"


@pytest.mark.parametrize("model", NAMES)
def test_the_card_is_that_of_the_network_and_says_synthetic(model, bundles):
    card = (FOLDER / NAMES[model] / "1" / "assets.extra" / "card.md").read_text(encoding="utf-8")
    assert (
        card == (FOLDER / NAMES[model] / "bundle" / "card.md").read_text(encoding="utf-8") == card_text(bundles[model])
    )
    assert "SYNTHETIC: made by a program" in card and "Apache-2.0" in card
    data = json.loads((FOLDER / NAMES[model] / "1" / "manifest.json").read_text())["data"]
    assert data["synthetic"] is True and data["licence"].startswith("Apache-2.0")


@pytest.mark.parametrize("name", NAMES.values())
def test_the_gate_lets_it_pass(name):
    report = mz.check_artefact(FOLDER / name / "1")
    assert report.passed, report


def test_a_fresh_picture_and_report_are_diagnosed(bundles, served):
    records, truth = fresh_diagnoses(200)
    assert np.mean(told(asked(bundles, served, "lstnet_diagnosis", records)) == truth) > 0.8
    for name in ("image", "report"):
        answer = asked(bundles, served, "lstnet_diagnosis", without(records, name))
        assert (answer["presence"] == (np.array(["image", "report"]) != name)).all()
        assert 0.62 < np.mean(told(answer) == truth) < 0.8  # half of the evidence allows for three of four


def test_a_fresh_sound_and_glyph_are_told(bundles, served):
    records, truth = fresh_digits(200)
    assert np.mean(told(asked(bundles, served, "audio_visual_fusion", records)) == truth) > 0.97
    for name in ("audio", "image"):
        answer = asked(bundles, served, "audio_visual_fusion", without(records, name))
        assert 0.65 < np.mean(told(answer) == truth) < 0.85  # as above


def test_fresh_pairs_are_ranked_by_hidden_taste(bundles, served):
    records, taste = fresh_pairs(1000)
    for name in ("none", "user", "plot"):
        answer = asked(bundles, served, "deepfm", without(records, name))
        assert roc_auc_score(taste > 0, answer["scores"][:, 0]) > 0.85
    strangers = [{**record, "user": "nobody", "item": "nothing"} for record in records]
    assert np.isfinite(asked(bundles, served, "deepfm", strangers)["scores"]).all()


@pytest.mark.parametrize("model", NAMES)
def test_bundle_and_export_are_the_same_network(model, bundles, served):
    records = {"lstnet_diagnosis": fresh_diagnoses, "audio_visual_fusion": fresh_digits, "deepfm": fresh_pairs}[model](
        3
    )[0]
    answer = asked(bundles, served, model, records)
    for row, record in enumerate(records):
        one = mz.predict_record(bundles[model], record)
        expected = list(one["probabilities"].values()) if "probabilities" in one else [one["score"]]
        np.testing.assert_allclose(answer.get("probabilities", answer.get("scores"))[row], expected, atol=1e-5)


def test_the_readme_has_the_figures_of_the_bundles(bundles):
    for flagship in train_and_export.FLAGSHIPS:
        (row,) = [line for line in README.splitlines() if line.startswith(f"| `{flagship.name}`")]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        metrics = bundles[flagship.model].metrics
        figures = [*metrics["baselines"].values(), metrics["test"][flagship.figure]]
        assert cells[3:6] == [f"{value:.3f}" for value in figures]
        assert cells[1].startswith(f"`{flagship.data}`: SYNTHETIC")
        assert metrics["test"][flagship.figure] >= max(metrics["baselines"].values()) + train_and_export.MARGIN


def test_the_commands_of_the_readme_answer_as_it_says(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```\n(multimodal-zoo [^\n]*)\n```\n\n```json\n(.*?)\n```", README, re.DOTALL)
    assert len(blocks) == len(NAMES)
    for command, expected in blocks:
        assert main([*shlex.split(command)[1:], "--json"]) == 0
        answer, expected = json.loads(capsys.readouterr().out), json.loads(expected)
        assert answer["presence"] == expected["presence"]
        assert answer.get("label") == expected.get("label")
        for name in ("probabilities", "score"):
            if name in expected:
                assert answer[name] == pytest.approx(expected[name], abs=2e-3)


def test_the_python_of_the_readme_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert "[[1. 1.]\n [0. 1.]]" in capsys.readouterr().out


def test_occurrences_of_ids():
    ids = np.array([[2, 2, 0], [1, 3, 2]])
    expected = [[0, 0, 2, 0], [0, 1, 1, 1]]
    np.testing.assert_array_equal(occurrences(ids, 4), expected)


def test_what_is_no_better_than_a_linear_model_is_refused(bundles, monkeypatch):
    flagship = next(one for one in train_and_export.FLAGSHIPS if one.model == "deepfm")
    data, bundle = mz.load_dataset(flagship.data), bundles["deepfm"]
    assert linear_figures(bundle, data)["auc"] == pytest.approx(bundle.metrics["baselines"]["linear"], abs=2e-3)
    near = bundle.metrics["test"]["auc"] - train_and_export.MARGIN / 2
    monkeypatch.setattr(train_and_export, "linear_figures", lambda *_: {"auc": near})
    with pytest.raises(SystemExit, match="deepfm_synthetic: auc .* where linear has"):
        train_and_export.judged(flagship, bundle, data)
