"""Tables of made-up outcomes, whose figures can be counted by hand."""

import dataclasses

import numpy as np
import pytest
from fusion_tables import MULTIPLICATIVE, figures_of, synthetic_tables, task_table
from fusion_tasks import TASKS
from parts import Part
from synthetic_interactions import INTERACTIONS

from multimodal_zoo.fusion import list_fusions

ROWS = 20


def run(right, **without):
    """A run that was right on the first `right` of the test rows."""
    scores = {"scores": right, **{f"without {name}": count for name, count in without.items()}}
    kept = {key: [int(row < count) for row in range(ROWS)] for key, count in scores.items()}
    return {"epochs": 3, "best_epoch": 2, "step_ms": 1.5, **kept}


def outcome(runs, parameters=10):
    return {"parameters": parameters, "seconds": 1.0, "variants": runs}


@pytest.fixture
def digits():
    task = dataclasses.replace(TASKS["spoken-digits"], groups=lambda: np.arange(ROWS) // 2)
    outcomes = {
        "audio alone": outcome({"take": [run(10), run(12)]}),
        "image alone": outcome({"take": [run(8), run(8)]}),
        "concat": outcome({"take": [run(16, audio=8, image=10), run(16, audio=8, image=12)]}, 99),
        "gated": outcome({"take": [run(18, audio=8, image=10), run(18, audio=8, image=10)]}),
    }
    return task, outcomes


def test_the_best_single_modality_is_named_and_gains_are_over_it(digits):
    table = task_table(*digits)
    assert [row[0] for row in table["rows"]] == [
        "audio alone (best single modality)", "image alone", "gated", "concat"
    ]  # fmt: skip
    assert [row[1] for row in table["rows"]] == ["55.0 ± 7.1", "40.0 ± 0.0", "90.0 ± 0.0", "80.0 ± 0.0"]
    assert table["rows"][0][3] is None and table["rows"][2][3].startswith("+35.0 [+")
    lost = dict(zip(table["columns"], table["rows"][3], strict=True))
    assert (lost["lost without audio"], lost["lost without image"]) == ("40.0 ± 0.0", "25.0 ± 7.1")
    assert (lost["parameters"], lost["CPU ms per step"]) == (99, "1.50")
    assert "best of 2 on these test rows" in table["note"] and "recordings" in table["note"]


def test_auc_is_over_the_test_rows_of_all_folds_together():
    labels = np.array([0, 1, 0, 1], "int32")

    def parts(variant, seed):
        return {"test": Part({}, labels, np.ones(4, "float32"))}

    task = dataclasses.replace(
        TASKS["covid-cxr"], variants=("fold 0", "fold 1"), parts=parts, groups=lambda: np.arange(8)
    )

    def fold(scores):
        return [{"epochs": 1, "best_epoch": 1, "step_ms": 1.0, "scores": scores}]

    right, useless = [0.1, 0.9, 0.2, 0.8], [0.4, 0.3, 0.1, 0.2]
    # The second fold is surer of everything: only ranks within a fold are held against each other.
    surer = [0.91, 0.99, 0.92, 0.98]
    outcomes = {
        "image alone": outcome({"fold 0": fold(useless), "fold 1": fold(useless)}),
        "report alone": outcome({"fold 0": fold(right), "fold 1": fold(surer)}),
    }
    rows = task_table(task, outcomes)["rows"]
    assert [row[1] for row in rows] == ["0.500", "1.000"]
    assert rows[1][0] == "report alone (best single modality)"


def test_operators_that_multiply_and_miss_the_bar_are_named():
    def kinds(right):
        return outcome({kind: [run(right, a=10, b=right - 1)] * 2 for kind in INTERACTIONS})

    outcomes = {
        "a alone": kinds(10),
        "b alone": kinds(11),
        "mlb": kinds(20),
        "mcb": kinds(19),
        "late_average": kinds(10),
    }
    accuracy, missing = synthetic_tables(TASKS["synthetic"], outcomes)
    assert accuracy["rows"][0][:2] == ["best single modality", "55.0 ± 0.0"]
    assert [row[0] for row in accuracy["rows"][3:]] == ["mlb", "mcb", "late_average"]
    assert accuracy["note"].endswith("exceed 95 % on synergistic: below: mcb.")
    assert dict(zip(missing["columns"], missing["rows"][0], strict=True))["redundant, a missing"] == "50.0 ± 0.0"


def test_every_multiplicative_operator_exists():
    assert set(MULTIPLICATIVE) <= set(list_fusions())


def test_the_results_file_has_every_figure_of_every_seed(digits):
    found = figures_of(*digits)
    assert found["concat"]["figures"] == {
        "complete": {"take": [0.8, 0.8]},
        "without audio": {"take": [0.4, 0.4]},
        "without image": {"take": [0.5, 0.6]},
    }
    assert found["audio alone"]["figures"] == {"complete": {"take": [0.5, 0.6]}}
