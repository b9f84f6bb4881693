"""An explanation in the parts that the page shows, drawn as `explanation_page` draws them."""

from __future__ import annotations

from typing import Any

from multimodal_zoo.explain import Explanation
from multimodal_zoo.explain.explanation_page import attention_section, modality_section, number

# Of each modality so many parts are told in words and numbers, too.
MOST_PARTS = 12


def shown_explanation(explanation: Explanation) -> dict[str, Any]:
    """JSON-ready: the Shapley values as numbers, and for each modality that is there its maps as HTML."""
    found, shares = explanation.attributions, explanation.shares
    return {
        "target": found.target.name,
        "answer": found.answer,
        "shares": None if shares is None else {"without_any": shares.without_any, "values": shares.by_modality},
        "note": (
            f"Integrated gradients over {found.steps} points from {number(found.baseline)}, nothing seen, to "
            f"{number(found.answer)}. Red speaks for {found.target.name}, blue against it."
        ),
        "modalities": [
            {
                "name": name,
                "html": modality_section(explanation, name),
                "parts": sorted(parts, key=lambda pair: -abs(pair[1]))[:MOST_PARTS],
            }
            for name, parts in explanation.parts.items()
        ],
        "attention": attention_section(explanation.attention),
    }
