"""The site that `make docs` builds: strict, so that any warning, such as a link that leads nowhere, is an error."""

import html.parser
import json
import statistics
from pathlib import Path

import hooks
import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from multimodal_zoo.datasets import dataset_card, list_datasets
from multimodal_zoo.fusion import list_fusions, operator_arguments
from multimodal_zoo.recipes import recipe_named
from multimodal_zoo.registry import builder_arguments, list_models, model_card
from tests.docs.code_blocks import blocks_of

ROOT = Path(__file__).resolve().parents[2]


def squeezed(text):
    """Text without spaces and backticks, which stand elsewhere around code."""
    return "".join(text.replace("`", "").split())


class Page(html.parser.HTMLParser):
    """The words of a page, and what a browser fetches to show it."""

    def __init__(self, path):
        super().__init__()
        self.words, self.fetched, self.quiet = [], [], False
        self.feed(path.read_text(encoding="utf-8"))
        self.text = " ".join(" ".join(self.words).split())
        self.squeezed = squeezed(self.text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.quiet = tag in ("script", "style")
        if tag in ("script", "img", "source", "iframe") and values.get("src"):
            self.fetched.append(values["src"])
        if tag == "link" and values.get("rel") != "canonical":
            self.fetched.append(values["href"])

    def handle_endtag(self, tag):
        self.quiet = False

    def handle_data(self, data):
        if not self.quiet:
            self.words.append(data)


@pytest.fixture(scope="module")
def pages():
    """The generated files, made once."""
    return hooks.generated_pages()


@pytest.fixture(scope="module")
def site(pages, tmp_path_factory):
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        # mkdocs has the hook as a module of its own.
        patch.chdir(ROOT)
        config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True)
        (hook,) = (one for name, one in config.hooks.items() if name.endswith("hooks.py"))
        patch.setattr(hook, "generated_pages", lambda: pages)
        build(config)
    return folder


def test_every_model_has_its_page(site):
    for name in list_models():
        page = Page(site / "models" / f"{name}.html")
        assert (site / "models" / f"{name}.svg").is_file()
        assert squeezed(model_card(name).description) in page.squeezed
        assert all(f" {argument} " in page.text for argument in builder_arguments(name)), name


def test_every_operator_has_its_page_with_a_formula(site, pages):
    for name in list_fusions():
        text = Page(site / "operators" / f"{name}.html").text
        assert all(f" {argument} " in text for argument in operator_arguments(name)), name
        assert "```text\n" in pages[f"operators/{name}.md"], name
        assert f"[`{name}`]({name}.md)" in pages["operators/index.md"]


def test_every_data_set_has_its_page_with_its_licence_and_splits(site):
    for name in list_datasets():
        card = dataset_card(name)
        page = Page(site / "datasets" / f"{name}.html")
        for told in (card.licence, *(f"{name}:{protocol}" for protocol in card.protocols)):
            assert squeezed(told) in page.squeezed, (name, told)


def test_pages_fetch_nothing_from_outside(site):
    for path in site.rglob("*.html"):
        for address in Page(path).fetched:
            assert "//" not in address, f"{path.name} fetches {address}"
            if path.name != "404.html":
                assert (path.parent / address.split("?")[0]).exists(), f"{path.name}: there is no {address}"
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text(encoding="utf-8") and "@import" not in style.read_text(
            encoding="utf-8"
        )


def test_marks_for_tests_are_not_in_the_pages(site):
    assert all("<!-- not run" not in path.read_text(encoding="utf-8") for path in site.rglob("*.html"))


def test_figures_of_a_model_are_those_of_its_runs(pages):
    found = 0
    for file in sorted((ROOT / "benchmarks" / "results" / "rows").glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        tests = [run["test"] for run in document["runs"]]
        page = pages[f"models/{recipe_named(document['row']).network}.md"]
        begin = f"**{document['row']}: {document['runs'][0]['figure']}"
        if begin not in page:
            continue  # The recipe has changed since: the row is open again.
        found += 1
        line = next(one for one in page[page.index(begin) :].splitlines() if one.startswith("| everything |"))
        assert float(line.split("|")[2].split("±")[0]) == pytest.approx(statistics.fmean(tests), rel=2e-3)
    assert found


def test_what_is_recommended_follows_from_the_figures(pages):
    rows = json.loads((ROOT / "benchmarks/results/fusion-operators.json").read_text())["tables"][0]["rows"]
    synergistic = {row[0]: float(row[4].split(" ")[0]) for row in rows if row[0] in list_fusions()}
    told = pages["operators/index.md"].partition("These do not: ")[2].partition(".\n")[0]
    assert {name for name in synergistic if f"[`{name}`]" in told} == {n for n, v in synergistic.items() if v < 95}


def test_every_reference_of_the_results_stands_in_the_comparison(site):
    (table,) = json.loads((ROOT / "benchmarks/results/rows.json").read_text(encoding="utf-8"))["tables"]
    place = table["columns"].index("reference")
    text = Page(site / "comparison.html").squeezed
    assert all(squeezed(row[place]) in text for row in table["rows"] if row[place])
    assert not any(squeezed(row[0]) in text for row in table["rows"] if not row[place])


def test_blocks_of_generated_pages_run(pages, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path, content in pages.items():
        blocks = [block for block in blocks_of(content) if block.language == "python"]
        for block in blocks:
            compile(block.code, path, "exec")
        # The first block of a model's page builds what the page was made from; all made-up data sets load alike, and
        # their own tests load each.
        run = blocks[1:] if path.startswith("models/") else blocks if "synthetic-diagnosis" in path else []
        for block in run:
            exec(compile(block.code, path, "exec"), {})


def test_optional_guides_stand_in_the_navigation_where_they_are(tmp_path):
    (tmp_path / "there.md").touch()
    assert hooks.guides_in(tmp_path, {"there.md": "There", "not.md": "Not"}) == [{"There": "there.md"}]
