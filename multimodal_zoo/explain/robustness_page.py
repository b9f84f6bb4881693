"""A robustness report as one HTML page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from multimodal_zoo.explain.explanation_page import STYLE, number, section
from multimodal_zoo.explain.robustness import NoiseCurve, RobustnessReport

WIDTH, HEIGHT = 360, 150
COLOURS = ("#2166ac", "#b2182b", "#1b7837", "#762a83", "#e08214")


def robustness_page(network: str, report: RobustnessReport, baseline: RobustnessReport | None = None) -> str:
    """The page, as text.

    Args:
        network: its name, for the title.
        report: as `robustness_report` gives it.
        baseline: of a simple network on the same records; drawn dashed where both were measured.

    Returns:
        HTML with a drawing for each modality under noise and under attack, and the table of missing modalities.

    Example:
        >>> Path("page.html").write_text(robustness_page("lstnet_diagnosis", report), encoding="utf-8")
    """
    title = f"{network}: {report.figure} {number(report.clean)} without noise"
    sections = [f"<h1>{escape(title)}</h1>"]
    for heading, note, curves in (
        ("Under noise", "Raw values with noise on one modality at a time.", report.curves),
        ("Under attack", "The worst small change of one modality's tensor.", report.attacks),
    ):
        charts = [
            chart([one for one in curves if (one.modality, one.unit) == group], report.figure, baseline)
            for group in dict.fromkeys((one.modality, one.unit) for one in curves)
        ]
        if charts:
            sections.append(section(heading, note, "".join(charts)))
    if report.missing:
        sections.append(section("Missing modalities", f"{report.figure} by what is left.", table(report.missing)))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>\n" + "\n".join(sections) + "\n</body></html>\n"
    )


def chart(curves: Sequence[NoiseCurve], figure: str, baseline: RobustnessReport | None) -> str:
    """The curves of one modality in one unit, each in its colour."""
    drawn = []
    for place, curve in enumerate(curves):
        colour = COLOURS[place % len(COLOURS)]
        drawn.append(f'<polyline points="{points(curve)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        beside = baseline.curve_like(curve) if baseline is not None else None
        if beside is not None:
            drawn.append(f'<polyline points="{points(beside)}" fill="none" stroke="{colour}" stroke-dasharray="4"/>')
        label = f"{curve.noise}: {number(curve.figures[-1])}"
        drawn.append(f'<text x="{WIDTH + 8}" y="{14 + 18 * place}" fill="{colour}">{escape(label)}</text>')
    axes = f'<path d="M0 0V{HEIGHT}H{WIDTH}" fill="none" stroke="#888"/>'
    ends = f'<text x="0" y="{HEIGHT + 16}">0</text>' + (
        f'<text x="{WIDTH}" y="{HEIGHT + 16}" text-anchor="end">{curves[0].levels[-1]:.3g}</text>'
    )
    caption = f"{curves[0].modality}: {figure}, from 0 to 1, by {curves[0].unit}"
    return (
        f'<figure><svg width="{WIDTH + 180}" height="{HEIGHT + 22}" font-size="12">{axes}{"".join(drawn)}{ends}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def points(curve: NoiseCurve) -> str:
    """The places of a curve in the drawing; a figure below 0 lies on the axis."""
    return " ".join(
        f"{WIDTH * level / curve.levels[-1]:.1f},{HEIGHT * (1 - min(max(figure, 0.0), 1.0)):.1f}"
        for level, figure in zip(curve.levels, curve.figures, strict=True)
    )


def table(figures: Mapping[str, float]) -> str:
    """Names and figures."""
    rows = [f"<tr><td>{escape(name)}</td><td class=number>{number(one)}</td></tr>" for name, one in figures.items()]
    return f"<table>{''.join(rows)}</table>"
