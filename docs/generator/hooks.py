"""What mkdocs calls: it adds the pages that are made from the code to those that are written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()
from data_set_pages import data_set_pages  # noqa: E402  (it would import TensorFlow with all its remarks)
from mkdocs.structure.files import File, Files  # noqa: E402
from model_pages import model_pages  # noqa: E402
from operator_pages import operator_pages  # noqa: E402
from results_files import references_markdown  # noqa: E402

from multimodal_zoo.datasets import list_datasets  # noqa: E402
from multimodal_zoo.fusion import list_fusions  # noqa: E402
from multimodal_zoo.registry import list_models  # noqa: E402

# Where the pages of a kind stand in the navigation.
PARTS = {
    "Models": ("models", list_models),
    "Fusion": ("operators", list_fusions),
    "Data sets": ("datasets", list_datasets),
}
# Guides that stand in the navigation where they are.
OPTIONAL_GUIDES = {"scale.md": "Scale"}
REFERENCES = "<!-- references -->"
# What is said to the test of the code blocks alone.
MARKS = re.compile(r"<!-- (?:not run:|before|run\b).*?-->\n", re.DOTALL)


def generated_pages() -> dict[str, str]:
    """The content of all generated files by their paths below docs/."""
    return {**model_pages(), **operator_pages(), **data_set_pages()}


def on_config(config: Any) -> Any:
    """Put the generated pages, and the guides that may be there, into the navigation."""
    for part in config.nav:
        ((title, entries),) = part.items()
        if title in PARTS:
            folder, names = PARTS[title]
            entries += [f"{folder}/index.md", *({name: f"{folder}/{name}.md"} for name in names())]
        if title == "Guides":
            entries += guides_in(Path(config.docs_dir), OPTIONAL_GUIDES)
    return config


def guides_in(folder: Path, guides: dict[str, str]) -> Iterable[dict[str, str]]:
    """The entries of those guides whose files are there."""
    return [{title: name} for name, title in guides.items() if (folder / name).is_file()]


def on_files(files: Files, config: Any) -> Files:
    """Add the generated files."""
    for path, content in generated_pages().items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Leave out what is said to tests alone, and fill in the table of references."""
    if REFERENCES in markdown:
        markdown = markdown.replace(REFERENCES, references_markdown())
    return MARKS.sub("", markdown)
