"""The one table of the results: what a row of it says, and which runs it is made of."""

import dataclasses

import pytest
import results_rows

from multimodal_zoo.recipes import Recipe
from multimodal_zoo.recipes.recipe import RECIPES

RECIPE = Recipe(
    row="synthetic-scene/surveillance",
    network="surveillance",
    data="synthetic-scene",
    figure="accuracy",
    fit={"epochs": 3},
    alone=("video", "audio"),
    reference="Somebody 2020: 0.9",
    notes="SYNTHETIC data.",
)


def one(seed, test):
    """What the command says of one seed."""
    return {
        "seed": seed,
        "test": test,
        "alone": {"video": 0.6, "audio": test - 0.1},
        "missing": {"video": 0.5},
        "baselines": {"a constant answer": 0.25, "one of two": 0.5},
        "more": {"anomaly_auc": 0.75},
        "parameters": 1234,
        "seconds": 90.0 + 60 * seed,
        "peak_memory_mb": 1000.0 + seed,
    }


@pytest.fixture(autouse=True)
def kept_here(tmp_path, monkeypatch):
    """Results of two seeds, kept in a folder of the test."""
    monkeypatch.setattr(results_rows, "ROWS", tmp_path / "rows")
    monkeypatch.setattr(results_rows, "kept_run", lambda name, run: run())
    monkeypatch.setattr(results_rows, "reproduced", lambda recipe, seed: one(seed, (0.8, 0.9)[seed]))
    monkeypatch.setitem(RECIPES, RECIPE.row, RECIPE)


def test_the_runs_of_a_row_are_kept_by_seed_whatever_their_order():
    for seed in (1, 0, 1):
        results_rows.run(RECIPE, seed)
    assert [run["seed"] for run in results_rows.runs_of(RECIPE)] == [0, 1]


def test_runs_of_other_settings_are_left_out():
    results_rows.run(RECIPE, 0)
    other = dataclasses.replace(RECIPE, fit={"epochs": 4})
    assert results_rows.runs_of(other) == []
    told_otherwise = dataclasses.replace(RECIPE, notes="SYNTHETIC.", seeds=5, long=True)
    assert len(results_rows.runs_of(told_otherwise)) == 1


def test_a_line_has_the_best_of_what_needs_no_network_and_of_the_modalities_alone():
    runs = [one(0, 0.8), one(1, 0.9)]
    assert results_rows.line(RECIPE, runs) == [
        "`synthetic-scene/surveillance` (SYNTHETIC)",
        "accuracy ↑",
        "0.5000",
        "0.7500 ± 0.0707",
        "0.8500 ± 0.0707",
        2,
        "Somebody 2020: 0.9",
        1234,
        "2.0 ± 0.7",
        "1001",
    ]
    lower = dataclasses.replace(RECIPE, higher_is_better=False)
    assert results_rows.line(lower, runs)[2:4] == ["0.2500", "0.6000"]


def test_the_tables_name_what_was_not_run_and_what_has_too_few_seeds(monkeypatch):
    written = {}
    monkeypatch.setattr(
        results_rows,
        "write_result",
        lambda name, title, protocol, tables, samples, command: written.update({name: tables}),
    )
    results_rows.run(RECIPE, 0)
    results_rows.write_tables()
    (table,) = written["rows"]
    assert [row[0] for row in table["rows"]] == ["`synthetic-scene/surveillance` (SYNTHETIC)"]
    assert "With fewer seeds than are asked for: synthetic-scene/surveillance." in table["note"]
    assert "Not run yet: " in table["note"] and "ml-100k/deepfm" in table["note"]
    (own,) = written["rows-in-detail"]
    assert [row[0] for row in own["rows"]] == [
        "no network: a constant answer",
        "no network: one of two",
        "video alone",
        "audio alone",
        "everything",
        "everything, video missing at test time",
        "everything: anomaly_auc",
    ]
    assert all(len(row) == len(own["columns"]) for row in own["rows"])


def test_a_seed_is_a_number(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["results_rows.py", "--only", RECIPE.row, "first"])
    with pytest.raises(SystemExit) as stopped:
        results_rows.main()
    assert stopped.value.code == 2
    assert "--only takes a row and a seed" in capsys.readouterr().err
