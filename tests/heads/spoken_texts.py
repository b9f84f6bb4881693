"""Every way to say a text, by brute force: what the searches and the loss are held against."""

import itertools

import numpy as np


def collapsed(path):
    """What a path of character numbers says: repeated ones are one, 0 is none."""
    return tuple(number for number, _ in itertools.groupby(path) if number)


def text_probabilities(frames):
    """The probability of every text that frames `(frames, characters)` can say, summed over all paths."""
    texts = {}
    for path in itertools.product(range(frames.shape[1]), repeat=len(frames)):
        probability = np.prod([frame[number] for frame, number in zip(frames, path, strict=True)])
        texts[collapsed(path)] = texts.get(collapsed(path), 0.0) + probability
    return texts


def random_frames(seed, *shape):
    """Distributions over the characters, `shape` with the characters last."""
    return np.random.default_rng(seed).dirichlet(np.full(shape[-1], 0.7), shape[:-1]).astype("float32")
