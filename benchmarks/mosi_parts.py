"""Videos of mosi as rows, and what is done about features that know the labels of their own training part."""

from __future__ import annotations

import dataclasses

import numpy as np
from parts import Part, standardised

from multimodal_zoo.datasets import VideoSequences, mosi_videos

# The networks that made the text and video features had learned the labels of all training videos, the validation
# videos among them. There the features tell the label nearly always; of unseen videos they do not. So in training and
# validation this share of the utterances is given the features of another one, drawn anew in each epoch: what is left
# of the evidence is 1 - share / 2. For text that is what a bag of the words themselves tells of held-out training
# videos; the video features tell next to nothing of unseen videos (P17-1081, table 3).
SWAPPED = {"text": 0.5, "video": 0.85}


def mosi_parts(length: int) -> dict[str, Part]:
    """The videos of "train", "validation" (swapped once) and "test", standardised, of `length` utterances each."""
    parts = standardised({name: padded(videos, length) for name, videos in mosi_videos().items()})
    return {**parts, "validation": swapped(parts["validation"], np.random.default_rng(0))}


def padded(videos: VideoSequences, length: int) -> Part:
    """Rows of `length` utterances; what is too short is filled up with zeros."""
    missing = length - videos.mask.shape[1]
    if missing < 0:
        raise ValueError(f"A video has {videos.mask.shape[1]} utterances, more than length={length}.")
    inputs = {name: np.pad(values, ((0, 0), (0, missing), (0, 0))) for name, values in videos.features.items()}
    filled = ((0, 0), (0, missing))
    return Part(inputs, np.pad(videos.labels, filled), np.pad(videos.mask, filled).astype("float32"))


def swapped(part: Part, random: np.random.Generator) -> Part:
    """A share of the utterances with the features of another one of the part, modality by modality."""
    there = part.counts > 0
    inputs = dict(part.inputs)
    for name, share in SWAPPED.items():
        if name in inputs:
            own = inputs[name][there]
            others = own[random.integers(len(own), size=len(own))]
            taken = random.uniform(size=(len(own), 1)) < share
            values = inputs[name].copy()
            values[there] = np.where(taken, others, own)
            inputs[name] = values
    return dataclasses.replace(part, inputs=inputs)
