"""The files of the page: they are in the package, come from nowhere else, and their colours can be read."""

import configparser
import re
from pathlib import Path

import pytest

from multimodal_zoo.demo.app import PAGE

ROOT = Path(__file__).resolve().parents[2]
STYLE = (PAGE / "style.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", STYLE))


def test_the_files_are_in_the_package():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    pattern = setup["options.package_data"]["multimodal_zoo.demo"]
    assert {*PAGE.parent.glob(pattern)} == {path for path in PAGE.rglob("*") if path.is_file()}


def test_nothing_is_loaded_from_elsewhere():
    for path in PAGE.iterdir():
        assert not re.search(r"""(?:https?:)?//[\w-]+\.\w""", path.read_text(encoding="utf-8")), path.name


def luminance(colour):
    """Of `#rrggbb`, by WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_is_that_of_the_definition():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(
    ("ink", "paper", "least"),
    [
        ("ink", "paper", 7),
        ("quiet", "paper", 4.5),
        ("accent", "white", 4.5),
        ("#7d1420", "#fdecee", 4.5),
        # Edges of what can be typed into.
        ("#788394", "white", 3),
    ],
)
def test_inks_stand_out_from_their_papers(ink, paper, least):
    # It stands in the style sheet under its name, or as it is.
    named = {**COLOURS, "white": "#ffffff"}
    assert all(one in named or one in STYLE for one in (ink, paper))
    assert contrast(named.get(ink, ink), named.get(paper, paper)) >= least
