"""The two small networks that every fusion operator of the comparison is put into, of vectors and of videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion import fuse, fusion_operator, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.registry import PRESENCE

# Three full outer products of 32 entries and their map would be the costliest part of all by far.
NARROWED = {"tensor_fusion": {"units": 16}}
# Utterances that a convolution sees at once, the one in the middle among them.
AROUND = 5


def joined(fusion: str, dim: int, encodings: Mapping[str, Any], presence: Any, masks: Any = None) -> Any:
    """The joint representation; a modality alone goes through a dense layer, where others are fused."""
    if len(encodings) == 1:
        (encoding,) = encodings.values()
        return keras.layers.Dense(dim, activation="relu", name="joint")(encoding)
    three = len(encodings) > 2
    return fuse(fusion, dim, **(NARROWED.get(fusion, {}) if three else {}))(encodings, presence, masks)


def network_inputs(shapes: Mapping[str, tuple[int | None, ...]]) -> dict[str, Any]:
    """An input for each modality and, for more than one, `presence`."""
    inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    if len(shapes) > 1:
        inputs[PRESENCE] = keras.Input((len(shapes),), name=PRESENCE)
    return inputs


def vector_network(
    widths: Mapping[str, int], classes: int, fusion: str, *, dim: int, dropout: float, modality_dropout: float
) -> keras.Model:
    """Class from vectors: a dense layer for each modality, the operator, a linear head.

    Args:
        widths: modality -> width of its vectors; a single one leaves the operator out.
        classes: classes.
        fusion: any of `list_fusions()`.
        dim: width of an encoding and of the joint representation.
        dropout: share dropped of the vectors and of the joint representation.
        modality_dropout: share of training records in which a modality is taken away.
    """
    inputs = network_inputs({name: (width,) for name, width in widths.items()})
    seen, presence = silence_absent(inputs, modality_dropout if len(widths) > 1 else 0.0)
    encodings = {
        name: keras.layers.Dense(dim, activation="relu", name=f"encode_{name}")(keras.layers.Dropout(dropout)(vector))
        for name, vector in seen.items()
    }
    joint = joined(fusion, dim, encodings, presence)
    return keras.Model(inputs, classification_head(classes, dropout=dropout)(joint))


def video_network(
    widths: Mapping[str, int],
    classes: int,
    fusion: str,
    *,
    length: int,
    dim: int,
    dropout: float,
    modality_dropout: float,
    steps: int,
) -> keras.Model:
    """Class of each utterance of a video, in the order of bc-LSTM: context in each modality, fusion, context again.

    A convolution over the utterances of the video adds to each what stands around it, in each modality. The operator
    joins those of one moment, with the same weights at every moment; an operator over sequences is given the last
    `steps` ones. A second convolution reads what was joined.

    Args:
        widths: modality -> width of the features of an utterance; a single one leaves the operator out.
        classes: classes.
        fusion: any of `list_fusions()`.
        length: utterances of a video; shorter ones are filled up with zeros at the end.
        dim: width of an encoding and of the joint representation.
        dropout: share dropped of the features, the encodings, and before the head.
        modality_dropout: share of training videos in which a modality is taken away.
        steps: how many utterances an operator over sequences is given.

    Reference: Poria et al. 2017, ACL P17-1081, section 3.2 (with convolutions in place of the LSTMs: a hundred and
        fifty trainings have to be affordable).
    """
    inputs = network_inputs({name: (length, width) for name, width in widths.items()})
    seen, presence = silence_absent(inputs, modality_dropout if len(widths) > 1 else 0.0)
    encodings = {}
    for name, features in seen.items():
        narrow = keras.layers.Dense(dim, activation="tanh", name=f"encode_{name}")(
            keras.layers.Dropout(dropout)(features)
        )
        encodings[name] = keras.layers.Dropout(dropout)(context_of(narrow, dim, f"context_{name}"))

    in_sequence = len(encodings) > 1 and 3 in fusion_operator(fusion).encoding_ranks
    if in_sequence:
        first = next(iter(encodings.values()))
        before_the_start = windows(ops.ones_like(first[:, :, :1]), steps)[:, :, 0]
        rows = {name: windows(encoding, steps) for name, encoding in encodings.items()}
        masks = dict.fromkeys(rows, before_the_start)
    else:
        rows, masks = {name: ops.reshape(encoding, (-1, dim)) for name, encoding in encodings.items()}, None
    there = None if presence is None else ops.repeat(presence, length, axis=0)
    joint = ops.reshape(joined(fusion, dim, rows, there, masks), (-1, length, dim))

    context = context_of(joint, dim, "context_joint")
    probabilities = classification_head(classes, dropout=dropout)(ops.reshape(context, (-1, dim)))
    return keras.Model(inputs, ops.reshape(probabilities, (-1, length, classes)))


def context_of(utterances: Any, dim: int, name: str) -> Any:
    """Each utterance with what stands around it added: `(videos, length, dim)`."""
    around = keras.layers.Conv1D(dim, AROUND, padding="same", activation="tanh", name=name)
    return utterances + around(utterances)


def windows(utterances: Any, steps: int) -> Any:
    """Each utterance with the `steps - 1` before it, zeros before the first: `(videos * length, steps, dim)`."""
    length, width = utterances.shape[1:]
    padded = ops.pad(utterances, ((0, 0), (steps - 1, 0), (0, 0)))
    shifted = [padded[:, step : step + length] for step in range(steps)]
    return ops.reshape(ops.stack(shifted, axis=2), (-1, steps, width))
