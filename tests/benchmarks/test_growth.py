"""What the curves of growth say of their samples, and the picture of them."""

import json
from pathlib import Path

import pytest
from growth_curves import CURVES, Curve
from growth_tables import curve_table, measured_growth

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "growth.json"


def point(*rounds, memory=100.0):
    return {"steps": [list(one) for one in rounds], "shares": [1.0, 1.5, 2.0], "memory": memory}


def test_a_row_holds_the_median_of_all_steps_and_the_quartiles_of_the_rounds():
    points = {"1000": point([0.001, 0.003], [0.002, 0.002], [0.004, 0.004]), "2000": point([0.01], [0.02], [0.02])}
    table = curve_table(Curve("Rows", "rows", (10, 20, 40, 80), {}), {"one": points})
    first, second = table["rows"]
    # Rounds: 2, 2 and 4 ms; all steps: 1, 2, 2, 3, 4, 4.
    assert first == ["one", "1,000", "2.50 [2.00, 3.00]", None, "1.50", "100"]
    # Rounds: 10, 20 and 20 ms, which are 5, 10 and 5 times those before.
    assert second == ["one", "2,000", "20.00 [15.00, 20.00]", "8.00 [5.00, 7.50]", "1.50", "100"]
    # Twice the size, eight times as long: the third power.
    assert table["note"].endswith("Time grows with the power: one 3.00.")


def test_the_exponent_of_a_power_is_found():
    points = {str(size): point([3e-6 * size**1.5]) for size in (10, 100, 1000, 10_000)}
    assert measured_growth(points) == pytest.approx(1.5)
    points = {str(size): point([1e-5 * 2**size]) for size in (2, 4, 6, 10)}
    assert measured_growth(points, each_more=True) == pytest.approx(2.0)


def test_a_curve_has_four_ascending_sizes():
    with pytest.raises(ValueError, match="Rows: a curve has at least four sizes, ascending"):
        Curve("Rows", "rows", (1, 2, 3), {})
    with pytest.raises(ValueError, match="ascending"):
        Curve("Rows", "rows", (1, 2, 2, 3), {})


def test_every_script_of_a_curve_is_there():
    for one in CURVES.values():
        for command in one.lines.values():
            script = command.format(size=1, folder="").split()[0]
            assert (RESULTS.parents[1] / "contenders" / script).is_file(), script


@pytest.mark.skipif(not RESULTS.exists(), reason="not measured yet")
def test_the_tables_are_those_of_the_samples():
    document = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert list(document["samples"]) == list(CURVES)
    wanted = [curve_table(CURVES[name], lines) for name, lines in document["samples"].items()]
    assert document["tables"] == json.loads(json.dumps(wanted))


def test_the_picture_of_the_page_is_that_of_the_samples(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    from plot_growth import PICTURE, plot_growth

    committed = PICTURE.read_text(encoding="utf-8")
    if f"Matplotlib v{matplotlib.__version__}," not in committed:
        pytest.skip("another version of Matplotlib drew the picture")
    plot_growth(json.loads(RESULTS.read_text(encoding="utf-8"))["samples"], tmp_path / "drawn.svg")
    assert (tmp_path / "drawn.svg").read_text(encoding="utf-8") == committed, "run benchmarks/plot_growth.py"


def test_the_picture_has_a_panel_for_each_curve_and_the_name_of_each_line(tmp_path):
    pytest.importorskip("matplotlib")
    from plot_growth import plot_growth

    samples = {
        name: {line: {str(size): point([size * 1e-4] * 3) for size in one.sizes} for line in one.lines}
        for name, one in CURVES.items()
    }
    plot_growth(samples, tmp_path / "growth.svg")
    once = (tmp_path / "growth.svg").read_text(encoding="utf-8")
    for one in CURVES.values():
        assert f">{one.title}<" in once
        for line in one.lines:
            assert line.strip("`") in once
    plot_growth(samples, tmp_path / "growth.svg")
    assert (tmp_path / "growth.svg").read_text(encoding="utf-8") == once
