"""The picture of the fusion operators holds what the results file says."""

import json
from pathlib import Path

import numpy as np
import pytest
from plot_fusion_operators import PICTURE, interval_over_seeds, panels_of, plot_operators

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "fusion-operators.json"
DOCUMENT = json.loads(RESULTS.read_text(encoding="utf-8"))


def test_means_are_those_of_the_tables():
    panels = panels_of(DOCUMENT)
    synthetic, *tables = [table for table in DOCUMENT["tables"] if "lost" not in table["title"]]
    place = synthetic["columns"].index("synergistic")
    for panel, table, column in zip(panels, [synthetic, *tables], [place, 1, 1, 1], strict=True):
        digits = 0.0006 if panel.figure == "AUC" else 0.051
        for row in table["rows"]:
            name, mean = row[0].partition(" (")[0], float(row[column].split()[0])
            if name in panel.means:
                assert mean == pytest.approx(panel.means[name], abs=digits)
                low, high = panel.intervals[name]
                assert low <= panel.means[name] <= high
            elif "best single" in row[0]:
                assert mean == pytest.approx(panel.best, abs=digits)
    assert {len(panel.means) for panel in panels} == {32}


def test_the_interval_over_seeds_is_the_one_of_student():
    # Two numbers at 1 and 3: the mean 2, the standard error 1, and 12.706 of it on each side.
    assert interval_over_seeds(np.array([1.0, 3.0])) == pytest.approx((2 - 12.706, 2 + 12.706), abs=1e-3)


def test_the_picture_is_that_of_the_results_file(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    committed = PICTURE.read_text(encoding="utf-8")
    if f"Matplotlib v{matplotlib.__version__}," not in committed:
        pytest.skip("another version of Matplotlib drew the picture")
    plot_operators(DOCUMENT, tmp_path / "drawn.svg")
    assert (tmp_path / "drawn.svg").read_text(encoding="utf-8") == committed, "run benchmarks/plot_fusion_operators.py"
