"""Videos of mosi as rows, and what is done about features that know the labels of their own training part."""

from __future__ import annotations

import dataclasses

import numpy as np
from parts import Part, standardised

from multimodal_zoo.datasets import VideoSequences, mosi_videos
from multimodal_zoo.datasets.mosi import LEAST_SHARE


def mosi_parts(length: int) -> dict[str, Part]:
    """The videos of "train", "validation" (mixed once) and "test", standardised, of `length` utterances each."""
    parts = standardised({name: padded(videos, length) for name, videos in mosi_videos().items()})
    return {**parts, "validation": mixed(parts["validation"], np.random.default_rng(0))}


def padded(videos: VideoSequences, length: int) -> Part:
    """Rows of `length` utterances; what is too short is filled up with zeros."""
    missing = length - videos.mask.shape[1]
    if missing < 0:
        raise ValueError(f"A video has {videos.mask.shape[1]} utterances, more than length={length}.")
    inputs = {name: np.pad(values, ((0, 0), (0, missing), (0, 0))) for name, values in videos.features.items()}
    filled = ((0, 0), (0, missing))
    return Part(inputs, np.pad(videos.labels, filled), np.pad(videos.mask, filled).astype("float32"))


def mixed(part: Part, random: np.random.Generator) -> Part:
    """Each utterance mixed with another one of the part, in the modalities of `LEAST_SHARE`; padding stays zero."""
    there = part.counts > 0
    inputs = dict(part.inputs)
    for name, least in LEAST_SHARE.items():
        own = part.inputs[name][there]
        others = own[random.integers(len(own), size=len(own))]
        share = random.uniform(least, 1, (len(own), 1)).astype("float32")
        inputs[name] = part.inputs[name].copy()
        inputs[name][there] = own + share * (others - own)
    return dataclasses.replace(part, inputs=inputs)
