"""An explanation as one HTML page that needs nothing beside it."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from multimodal_zoo.explain.explain_record import Explanation
from multimodal_zoo.explain.heat_colours import colour_of, overlay_png, picture_png, strengths

# Pictures are drawn about so wide; more named parts than MOST_BARS are drawn as columns.
PICTURE, MOST_BARS = 288, 12

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } .note { color: #555; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { display: inline-block; margin: 0 1rem 1rem 0; } figcaption { font-size: .85rem; color: #555; }
img { image-rendering: pixelated; display: block; } .words span { padding: .1rem .2rem; border-radius: .2rem; }
.words { line-height: 2; }
"""


def explanation_page(explanation: Explanation) -> str:
    """The page, as text.

    Args:
        explanation: as `explain_record` gives it.

    Returns:
        HTML with its pictures inside; red speaks for the figure that is explained, blue against it.

    Example:
        >>> Path("page.html").write_text(explanation_page(explain_record(bundle, record)), encoding="utf-8")
    """
    found = explanation.attributions
    title = f"{explanation.network}: {found.target.name} {number(found.answer)}"
    sections = [prediction_section(explanation.prediction)]
    if explanation.shares is not None:
        shares = explanation.shares
        note = (
            f"Exact Shapley values: from {number(shares.without_any)} with every modality absent to "
            f"{number(shares.answer)} with what is there."
        )
        sections.append(section("What each modality contributed", note, bars(list(shares.by_modality.items()))))
    sections += [modality_section(explanation, name) for name in found.by_modality]
    sections.append(attention_section(explanation.attention))
    note = (
        f"Integrated gradients over {found.steps} points from {number(found.baseline)}, nothing seen, to "
        f"{number(found.answer)}; they miss the difference by {number(found.gap)}. Red speaks for "
        f"{escape(found.target.name)}, blue against it."
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>\n<h1>{escape(title)}</h1>\n"
        f'<p class="note">{note}</p>\n' + "\n".join(one for one in sections if one) + "\n</body></html>\n"
    )


def number(value: float) -> str:
    """A figure as the page shows it.

    Example:
        >>> number(0.123456), number(-0.00001234), number(0.0)
        ('0.1235', '-1.23e-05', '0.0000')
    """
    return f"{value:.2e}" if value and abs(value) < 5e-4 else f"{value:.4f}"


def section(heading: str, note: str, content: str) -> str:
    """A part of the page."""
    return f'<h2>{escape(heading)}</h2>\n<p class="note">{escape(note)}</p>\n{content}'


def prediction_section(prediction: Mapping[str, Any]) -> str:
    """The answer as a table."""
    rows = []
    for key, value in prediction.items():
        pairs = value.items() if isinstance(value, Mapping) else [("", value)]
        for name, one in pairs:
            shown = number(one) if isinstance(one, float) else ("yes" if one is True else "no" if one is False else one)
            rows.append(f"<tr><td>{escape(f'{key} {name}')}</td><td class=number>{escape(str(shown))}</td></tr>")
    return "<h2>Answer</h2>\n<table>" + "".join(rows) + "</table>"


def modality_section(explanation: Explanation, name: str) -> str:
    """One modality: its picture, its words, its steps."""
    values, tensor = explanation.attributions.by_modality[name], explanation.tensors[name]
    kind, parts = explanation.kinds[name], explanation.parts[name]
    note = f"{kind}; adds {number(float(values.sum()))} in all"
    if kind == "image":
        pictures = [picture(picture_png(tensor, zoom(tensor)), "as the network sees it")]
        pictures.append(picture(overlay_png(tensor, values.sum(-1), zoom=zoom(tensor)), "integrated gradients"))
        if name in explanation.activation_maps:
            cam = explanation.activation_maps[name]
            pictures.append(picture(overlay_png(tensor, cam.resized(), zoom=zoom(tensor)), f"Grad-CAM at {cam.layer}"))
        return section(name, note, "".join(pictures))
    if kind == "text":
        return section(name, note, words(parts))
    drawn = columns(parts) if len(parts) > MOST_BARS else bars(parts)
    if kind == "audio" and tensor.ndim == 2:
        shown, heat = (np.flipud(one.T) for one in (tensor, values))
        spread = (shown - shown.min()) / max(float(np.ptp(shown)), 1e-12)
        image = overlay_png(spread[..., None], heat, zoom=max(1, PICTURE // len(heat) // 2))
        drawn = picture(image, "time to the right, frequency upwards") + drawn
    if kind == "video":
        frames = [i for i in range(len(tensor)) if tensor[i, ..., -1].any()]
        drawn = (
            "".join(
                picture(overlay_png(tensor[i, ..., :-1], values[i].sum(-1), zoom=zoom(tensor[i], 4)), f"frame {i + 1}")
                for i in frames
            )
            + drawn
        )
    return section(name, note, drawn)


def zoom(tensor: np.ndarray, smaller: int = 1) -> int:
    """How much a picture has to be enlarged to be looked at."""
    return max(1, math.ceil(PICTURE / smaller / max(tensor.shape[:2])))


def picture(png: bytes, caption: str) -> str:
    """A picture within the page."""
    data = base64.b64encode(png).decode()
    return f'<figure><img alt="{escape(caption)}" src="data:image/png;base64,{data}">' + (
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def words(parts: Sequence[tuple[str, float]]) -> str:
    """Words on the colour of what they add; the number shows when one is pointed at."""
    spans = []
    for (word, value), strength in zip(parts, scaled(parts), strict=True):
        ink = "#fff" if abs(strength) > 0.6 else "#222"
        style = f"background:{colour_of(strength)};color:{ink}"
        spans.append(f'<span style="{style}" title="{number(value)}">{escape(word)}</span>')
    return f'<p class="words">{" ".join(spans)}</p>'


def scaled(parts: Sequence[tuple[str, float]]) -> list[float]:
    """Values in -1..1."""
    return strengths(np.array([value for _, value in parts], "float64"), 100.0).tolist()


def bars(parts: Sequence[tuple[str, float]]) -> str:
    """A bar to the right for what speaks for the figure, to the left for what speaks against it."""
    rows = []
    for place, ((name, value), strength) in enumerate(zip(parts, scaled(parts), strict=True)):
        top, width = place * 24, abs(strength) * 140
        left = 340 + min(0.0, strength) * 140
        rows.append(
            f'<text x="190" y="{top + 16}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{left:.1f}" y="{top + 4}" width="{width:.1f}" height="16" '
            f'fill="{colour_of(math.copysign(1, value))}"/>'
            f'<text x="490" y="{top + 16}">{number(value)}</text>'
        )
    height = 24 * len(parts)
    axis = f'<line x1="340" x2="340" y1="0" y2="{height}" stroke="#888"/>'
    return f'<svg width="600" height="{height}" font-size="13">{"".join(rows)}{axis}</svg>'


def columns(parts: Sequence[tuple[str, float]]) -> str:
    """Many parts beside each other, such as the moments of a recording; the name shows when one is pointed at."""
    each = 600 / len(parts)
    drawn = []
    for place, ((name, value), strength) in enumerate(zip(parts, scaled(parts), strict=True)):
        top, height = 60 - max(0.0, strength) * 56, abs(strength) * 56
        drawn.append(
            f'<rect x="{place * each:.2f}" y="{top:.1f}" width="{each * 0.9:.2f}" height="{height:.1f}" '
            f'fill="{colour_of(math.copysign(1, value))}"><title>{escape(name)}: {number(value)}</title></rect>'
        )
    axis = '<line x1="0" x2="600" y1="60" y2="60" stroke="#888"/>'
    first, last = escape(parts[0][0]), escape(parts[-1][0])
    ends = f'<text x="0" y="134">{first}</text><text x="600" y="134" text-anchor="end">{last}</text>'
    return f'<svg width="600" height="140" font-size="12">{"".join(drawn)}{axis}{ends}</svg>'


def attention_section(attention: Mapping[str, np.ndarray]) -> str:
    """The attention weights that are one row: over modalities, words or regions."""
    rows = {name: weights for name, weights in attention.items() if weights.ndim == 1}
    if not rows:
        return ""
    drawn = [
        f"<p>{escape(name)}</p>" + columns([(f"place {i + 1}", float(one)) for i, one in enumerate(weights)])
        for name, weights in rows.items()
    ]
    return section("Attention", "How the layers weighted what they attend to; no statement of cause.", "".join(drawn))
