"""docs/benchmarks.md, its pictures and benchmarks/README.md: what they say follows from the results files."""

import json
import re
import statistics
from pathlib import Path

import comparisons
import numpy as np
import pytest
import write_benchmarks
from benchmark_groups import GROUPS
from comparisons import Comparison
from ratios import Ratio

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
COMMITTED = write_benchmarks.documents_in(RESULTS)
ROWS = json.loads((RESULTS / "rows.json").read_text(encoding="utf-8"))


def test_the_page_is_what_the_results_files_say():
    written = write_benchmarks.page(COMMITTED, ROWS)
    assert write_benchmarks.PAGE.read_text(encoding="utf-8") == written, "run benchmarks/write_benchmarks.py"


def test_the_pictures_are_those_of_the_results_files(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    from plot_benchmarks import PICTURES, draw

    committed = {name: (ROOT / "docs" / "images" / f"benchmarks_{name}.svg").read_text("utf-8") for name in PICTURES}
    if any(f"Matplotlib v{matplotlib.__version__}," not in one for one in committed.values()):
        pytest.skip("another version of Matplotlib drew the pictures")
    draw(COMMITTED, write_benchmarks.compared(COMMITTED), tmp_path)
    for name, one in committed.items():
        drawn = (tmp_path / f"benchmarks_{name}.svg").read_text(encoding="utf-8")
        assert drawn == one, f"{name}: run benchmarks/write_benchmarks.py"


# Their tables were written while they were measured, some with the ratio the other way round.
@pytest.mark.parametrize(
    ("result", "column", "inverse"),
    [
        ("embeddings", "times as long", False),
        ("deepfm", "times as fast", False),
        ("pictures", "of PyTorch's time", True),
    ],
)
def test_quartiles_are_those_that_were_printed_while_measuring(result, column, inverse):
    table = COMMITTED[result]["tables"][0]
    place = table["columns"].index(column)
    printed = [[float(one) for one in re.findall(r"\d+\.\d+", row[place])[1:]] for row in table["rows"]]
    of = next(group for group in GROUPS if group.result == result)
    found = [one.ratio for one in of.comparisons(COMMITTED[result]) if one.peer]
    for (low, high), ratio in zip(printed, found, strict=True):
        quartiles = (1 / ratio.high, 1 / ratio.low) if inverse else (ratio.low, ratio.high)
        assert (low, high) == pytest.approx(quartiles, abs=0.0051)


def test_rates_of_serving_are_those_that_were_printed_while_measuring():
    for network, measured in COMMITTED["serving"]["samples"].items():
        table = next(one for one in COMMITTED["serving"]["tables"] if one["title"].startswith(f"{network}:"))
        printed = {(clients, variant): (rate, ratio) for clients, variant, rate, ratio, *_ in table["rows"]}
        for one in comparisons.serving({network: measured}):
            clients = int(re.search(r"(\d+) client", one.what)[1])
            variant = one.other if one.peer else comparisons.BATCHING
            rate, ratio = printed[clients, variant]
            shown = one.other_figure if one.peer else one.figure
            assert float(shown.split()[0].replace(",", "")) == pytest.approx(float(rate), abs=0.51)
            middle = float(ratio.split()[0])
            # Of an odd number of rounds the median of the inverse is the inverse of the median.
            assert middle == pytest.approx(1 / one.ratio.middle if one.peer else one.ratio.middle, abs=0.0051)


SAMPLES = {
    "2000 torch sparse": {
        "multimodal_zoo": [[0.001, 0.003, 0.002], [0.004, 0.004, 0.004]],
        "torch sparse": [[0.006], [0.002]],
    },
    "growth": {"2000": [[0.001], [0.002]], "40000": [[0.002], [0.003]]},
}


def test_a_made_up_document_by_hand():
    peer, own = comparisons.embeddings(SAMPLES)
    # Medians of rounds: 2 and 4 ms beside 6 and 2 ms.
    assert (peer.what, peer.way, peer.other, peer.peer) == ("2,000 rows", "multimodal_zoo", "torch sparse", True)
    assert (peer.ratio.least, peer.ratio.middle, peer.ratio.greatest) == pytest.approx((0.5, 1.75, 3.0))
    assert (peer.ratio.low, peer.ratio.high) == pytest.approx((1.125, 2.375))
    assert (peer.figure, peer.other_figure) == ("3.50 ms", "4.00 ms")
    assert statistics.median([1, 3, 2, 4, 4, 4]) == 3.5
    # The larger table is the first, so a ratio below 1 says that it is slower.
    assert (own.way, own.other, own.peer) == ("40,000 rows", "2,000 rows", False)
    assert own.ratio.middle == pytest.approx((0.5 + 2 / 3) / 2) and own.ratio.verdict == "slower"
    table = write_benchmarks.comparison_table([peer, own])
    assert (
        "| 2,000 rows | multimodal_zoo | torch sparse | 3.50 ms | 4.00 ms | 1.75 [1.12, 2.38] | 0.50 to 3.00 | 2 "
        "| not told apart |" in table
    )


def test_rates_and_workers_and_tables_by_hand():
    rates = {"256": {"shards": [200.0, 300.0], "shards, draft": [400.0, 400.0], "PyTorch, Pillow": [100.0, 100.0]}}
    (reading,) = comparisons.input_pipeline(rates)
    assert (reading.ratio.least, reading.ratio.greatest) == (2.0, 3.0)
    assert (reading.figure, reading.other_figure) == ("250 a second", "100 a second")

    (two,) = comparisons.workers({"`deepfm`": {"1": [[0.01, 0.01]], "2": [[0.02, 0.04]]}})
    assert (two.what, two.way, two.other) == ("deepfm", "2 workers", "1 worker")
    assert two.ratio.middle == pytest.approx(1 / 3) and two.ratio.verdict == "one round"

    halves, wholes = ([[{"seconds": one}, {"seconds": one}]] for one in ([0.004, 0.004], [0.002, 0.002]))
    (sharded,) = comparisons.sharded_tables({"mirrored 50": wholes, "sharded 50": halves})
    assert (sharded.what, sharded.ratio.middle) == ("50 rows", pytest.approx(0.5))


def test_a_conversion_that_was_refused_has_no_line():
    run = {
        "model": "fm",
        "format": "onnx",
        "quantize": "dynamic_range",
        "float": {"median_ms": 3.0},
        "converted": {"median_ms": 1.5},
    }
    samples = {"one": run, "refused": {**run, "problem": "refused by the gate"}, "failed": {"problem": "it ended"}}
    (found,) = comparisons.formats(samples)
    assert (found.way, found.figure, found.ratio.middle) == ("onnx, dynamic range", "1.50 ms", pytest.approx(2.0))


def test_what_was_not_measured_is_named_with_its_command():
    rest = {name: document for name, document in COMMITTED.items() if name != "serving"}
    written = write_benchmarks.page(rest, ROWS)
    assert "**Not measured yet**: `make bench-serving` does it." in written
    assert "benchmarks_serving_load" not in written and "| Serving |" not in written


def test_commands_of_the_groups_are_those_of_the_results_files():
    for group in GROUPS:
        if group.result in COMMITTED:
            assert COMMITTED[group.result]["command"] == group.command


def test_slower_and_undecided_are_drawn_as_such(tmp_path):
    pytest.importorskip("matplotlib")
    from plot_benchmarks import UNDECIDED, VERDICT_COLOURS, plot_ratios

    def one(what, ratios):
        return Comparison(what, "multimodal_zoo", "peer", "1 ms", "2 ms", Ratio.of(ratios))

    def drawn(*found):
        plot_ratios({"Group": found}, "title", "made_up", tmp_path)
        return (tmp_path / "benchmarks_made_up.svg").read_text(encoding="utf-8").lower()

    for ratios, colour in (
        ([2.0, 4.0], VERDICT_COLOURS["faster"]),
        ([0.2, 0.4], VERDICT_COLOURS["slower"]),
        ([0.5, 2.0], UNDECIDED),
        ([2.0], UNDECIDED),
    ):
        svg = drawn(one("what", ratios))
        shown = {other for other in (*VERDICT_COLOURS.values(), UNDECIDED) if other.lower() in svg}
        assert shown == {colour}
        middle = np.median(ratios)
        assert f">{middle:.2f}" in svg and "what: peer" in svg


SCRIPTS = sorted(
    path.name
    for path in (ROOT / "benchmarks").glob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
)


def test_every_runnable_script_and_every_command_is_in_the_readme():
    readme = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert [name for name in SCRIPTS if f"`{name}`" not in readme] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"`make ([\w-]+)", readme))
    assert named <= targets
    assert {one for one in targets if one.startswith(("bench", "results")) or one in ("faults", "report")} <= named
    # Results files that are there are named, and scripts that are named are there.
    single = {path.stem for path in RESULTS.glob("*.json") if not path.stem.startswith("scale-")}
    assert [name for name in sorted(single) if f"`results/{name}.json`" not in readme] == []
    scripts = re.findall(r"`(\w+\.(?:py|c))`", readme)
    assert [name for name in scripts if not (ROOT / "benchmarks" / name).is_file()] == []


@pytest.mark.parametrize("target", ["bench", "bench-growth", "bench-serving", "bench-training", "faults", "results"])
def test_every_measurement_ends_with_the_report(target):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(rf"^{target}:.*?\n((?:[ \t].*\n)+)", makefile, flags=re.MULTILINE)[1]
    assert recipe.rstrip().endswith("$(MAKE) --no-print-directory report")
