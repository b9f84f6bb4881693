"""README.md and docs/*.md hold exactly what benchmarks/readme_tables.py writes into them."""

import json
import re

import pytest

from benchmarks import readme_tables

DOCUMENTS = {path.name: path.read_text(encoding="utf-8") for path in readme_tables.DOCUMENTS}
# Written as a whole by benchmarks/write_benchmarks.py, see tests/benchmarks/test_benchmark_report.py.
GENERATED = {"benchmarks.md"}


@pytest.fixture
def result(tmp_path):
    content = {
        "title": "Digits",
        "protocol": "Split by take, 5 seeds.",
        "command": "make results",
        "environment": {"tensorflow": "2.21.0", "cpu": "2 cores"},
        "tables": [
            {
                "title": "Accuracy",
                "columns": ["input", "accuracy", "gain"],
                "rows": [["audio | noisy", 0.71234, None], ["both", "0.900 ± 0.01", 3]],
                "note": "Mean of the seeds.",
            }
        ],
    }
    (tmp_path / "digits.json").write_text(json.dumps(content), encoding="utf-8")
    return content


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_what_the_results_files_say(name):
    assert readme_tables.rendered(DOCUMENTS[name], readme_tables.RESULTS) == DOCUMENTS[name]


def test_every_results_file_is_shown():
    shown = {found["name"] for text in DOCUMENTS.values() for found in readme_tables.BLOCK.finditer(text)}
    assert {path.stem for path in readme_tables.RESULTS.glob("*.json")} <= shown


@pytest.mark.parametrize("name", sorted(DOCUMENTS.keys() - GENERATED))
def test_no_figure_is_typed_by_hand(name):
    """Outside the generated blocks no measured quality such as `0.779` is named."""
    prose = readme_tables.BLOCK.sub("", DOCUMENTS[name])
    assert re.findall(r"(?<![\w.])0\.\d{3,}", prose) == []


def test_a_block_is_written_from_its_file(tmp_path, result):
    old = "before\n<!-- results:digits -->\nold\n<!-- /results -->\nafter\n"
    assert readme_tables.rendered(old, tmp_path) == (
        "before\n<!-- results:digits -->\n\n"
        "#### Digits\n\n"
        "Split by take, 5 seeds.\n\n"
        "**Accuracy**\n\n"
        "| input | accuracy | gain |\n"
        "|---|---:|---:|\n"
        "| audio \\| noisy | 0.7123 | – |\n"
        "| both | 0.900 ± 0.01 | 3 |\n\n"
        "Mean of the seeds.\n\n"
        "Made by `make results` on tensorflow 2.21.0, cpu 2 cores; file `benchmarks/results/digits.json`.\n\n"
        "<!-- /results -->\nafter\n"
    )


def test_writing_twice_changes_nothing(tmp_path, result):
    once = readme_tables.rendered("<!-- results:digits -->\n<!-- /results -->", tmp_path)
    assert readme_tables.rendered(once, tmp_path) == once


def test_a_block_without_its_file_says_how_to_make_it(tmp_path):
    new = readme_tables.rendered("<!-- results:none -->\n<!-- /results -->", tmp_path)
    assert "Not measured yet: `make results` writes `benchmarks/results/none.json`" in new


def test_a_block_that_is_not_closed_is_refused(tmp_path):
    with pytest.raises(ValueError, match="1 blocks are opened .* 0 are closed"):
        readme_tables.rendered("<!-- results:digits -->\n", tmp_path)


def test_a_row_of_the_wrong_length_is_refused():
    table = {"title": "T", "columns": ["a", "b"], "rows": [[1]]}
    with pytest.raises(ValueError, match="table 'T': 2 columns, but a row of 1"):
        readme_tables.table_markdown(table)
