"""The drawing of the way of the data, `docs/images/way_of_the_data.svg`; run this file after a change of it."""

from __future__ import annotations

from pathlib import Path

from layered_drawing import Box, drawing

PICTURE = Path(__file__).resolve().parents[1] / "images" / "way_of_the_data.svg"
BOXES = (
    Box("record", "raw record", ("JPEG, WAV, text,", "ids, numbers;", "any may be missing"), "input"),
    Box("modalities", "modalities", ("bytes to tensors,", "once for training", "and for serving"), "input"),
    Box("presence", "presence", ("what is there", "and readable"), "beside"),
    Box("encoders", "encoders", ("a tensor to a vector", "or to steps"), "encoder"),
    Box("fusion", "fusion", ("the encodings", "to one vector, joint"), "fusion"),
    Box("head", "head", ("joint to classes,", "score, text, picture"), "head"),
    Box("answer", "answer", ("label, probabilities,", "what was understood"), "answer"),
)
ARROWS = (
    ("record", "modalities"),
    ("modalities", "encoders"),
    ("modalities", "presence"),
    ("presence", "fusion"),
    ("encoders", "fusion"),
    ("fusion", "head"),
    ("head", "answer"),
)


def way_of_the_data() -> str:
    """The drawing as SVG."""
    return drawing("From the raw record to the answer", BOXES, ARROWS)


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(way_of_the_data(), encoding="utf-8")
