"""What each pixel, word, step and field added to an answer: gradients integrated on the way from nothing to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.explain.id_readers import IdReader, id_readers, origins
from multimodal_zoo.explain.target_figure import TargetFigure, require_explained, target_figure
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.attack_ball import WITH_MASK
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.graph_nodes import run_from
from multimodal_zoo.training.predict import record_inputs

# Points of the path in one pass of the network.
POINTS_AT_ONCE = 16
# Of the edges that lie closer together towards the start of the way.
POWER = 8


@dataclasses.dataclass(frozen=True)
class Attributions:
    """What an answer is made of.

    Args:
        target: the figure that is explained.
        answer: that figure for the record.
        baseline: the same figure for the baseline.
        by_modality: an array for each modality that is there, in the shape of its tensor (without the channel of the
            mask), or for ids of its ids: what each number or id added.
        steps: points of the path that were looked at.
    """

    target: TargetFigure
    answer: float
    baseline: float
    by_modality: dict[str, np.ndarray]
    steps: int

    @property
    def gap(self) -> float:
        """By how much the attributions miss `answer - baseline`, which they add up to when the steps are enough."""
        return float(sum(one.sum() for one in self.by_modality.values()) - (self.answer - self.baseline))


def integrated_gradients(
    bundle: Bundle,
    record: Mapping[str, Any],
    *,
    target: str | int | None = None,
    steps: int = 32,
    tolerance: float = 0.02,
    most_steps: int = 512,
) -> Attributions:
    """Attributions of a bundle's prediction for one record.

        a_i = (x_i - b_i) * mean over the points z of the straight way from b to x of dF(z) / dx_i

    F is the figure that the bundle answers: a probability (a calibrated one, at the temperature of the record's own
    modalities all along the way, where the bundle is calibrated), a score, a number. The baseline b is what the network
    sees of a modality that is absent, zeros: a black image, the mean of a series or number, silence of mean energy in
    every band, no word. Presence, and the masks that say which steps and words are there, stay those of the record.
    Ids have no gradient: for them x is what the layers answer that read the ids alone (embeddings), b what they
    answer to the id 0, and what is due to an id is summed over its vector. An id crossed from two modalities is due
    to both alike. A layer that sums over the words of a text says itself what each adds, by a method `contributions`.

    Args:
        bundle: trained network for classification, multi_label, ranking or regression.
        record: raw values by modality, as `predict_record` takes them.
        target: name or number of the class or figure; None takes the largest.
        steps: points of the path, the midpoints of so many parts of it; at least 1. See `parts_of_way`.
        tolerance: how far the sum may be from `answer - baseline`, as a share of it; the steps are doubled until it
            is not.
        most_steps: where the doubling ends, whatever the gap is then.

    Raises:
        ValueError: the network answers with something else than figures; a modality has no differentiable way to the
            answer; or a layer mixes the words of a text before they are numbers.
        UnknownName: there is no such target.
        UndecodableInput: as `predict_record`.

    Example:
        >>> found = integrated_gradients(bundle, {"image": "x.jpg", "report": "Clear lungs."})
        >>> found.by_modality["image"].shape, found.by_modality["report"].shape
        ((128, 128, 1), (256,))

    Reference: Sundararajan et al. 2017, arXiv:1703.01365, equation 1 and proposition 1 (completeness).
    """
    if steps < 1 or most_steps < steps or tolerance <= 0:
        raise ValueError(
            f"steps is 1 or more, most_steps not less, tolerance greater than 0; got steps={steps!r}, "
            f"most_steps={most_steps!r}, tolerance={tolerance!r}."
        )
    require_explained(bundle.card)
    inputs, there = record_inputs(bundle, record)
    figure = target_figure(bundle, bundle.answering(inputs, training=False).numpy()[0], target)
    path = Path(bundle, inputs, there, figure)
    while True:
        attributions = path.attributions(steps)
        enough = abs(attributions.gap) <= tolerance * abs(attributions.answer - attributions.baseline)
        if enough or 2 * steps > most_steps:
            return attributions
        steps *= 2


class Path:
    """The straight way from the baseline to a record, in the numbers by which the network can be differentiated."""

    def __init__(
        self, bundle: Bundle, inputs: Mapping[str, tf.Tensor], there: Mapping[str, bool], figure: TargetFigure
    ) -> None:
        model, self.figure = bundle.answering, figure
        self.ids = {name: inputs[name] for name in inputs if name != PRESENCE and inputs[name].dtype.is_integer}
        self.readers = [reader for reader in id_readers(model) if any(there[name] for name in reader.modalities)]
        for reader in self.readers:
            require_words_apart(reader)
        self.origins = origins(model, self.readers, inputs)
        self.moved = [name for name in bundle.modalities if there[name] and name not in self.ids]
        self.masked = {name for name in self.moved if bundle.modalities[name].kind in WITH_MASK}
        self.words = [name for name in self.ids if there[name]]
        self.require_readers(bundle)

        symbols = [tensor for reader in self.readers for tensor in reader.vectors]
        order = list(model.input)
        read = keras.Model(list(model.input.values()), symbols) if symbols else None
        self.model, self.symbols = model, [*model.input.values(), *symbols]
        nothing = {name: self.nothing_of(name, tensor) for name, tensor in inputs.items()}
        self.end, self.start = (
            [given[name] for name in order] + (vectors_of(read, [given[name] for name in order]) if read else [])
            for given in (dict(inputs), nothing)
        )
        # The ids themselves, and presence, are those of the record all along the way: they say what is there.
        self.moves = [name in self.moved for name in order] + [True] * len(symbols)
        self.keys: list[Any] = [*order, *range(len(symbols))]
        self.unreached: set[Any] = set()
        self.slopes = tf.function(self.sum_of_slopes, autograph=False, reduce_retracing=True)

    def require_readers(self, bundle: Bundle) -> None:
        """Raise ValueError for ids that reach the answer past any layer with weights."""
        read = frozenset().union(*(reader.modalities for reader in self.readers))
        for name in self.words:
            if name not in read:
                raise ValueError(
                    f"{bundle.card.name}: no layer with weights reads the ids of {name!r} alone, so there is nothing "
                    "to differentiate by. Leave the modality out, or ask for the modalities' Shapley values."
                )

    def nothing_of(self, name: str, tensor: tf.Tensor) -> tf.Tensor:
        """The baseline of one input: zeros, but for what says what is there."""
        if name == PRESENCE:
            return tensor
        if name in self.masked:
            return tf.concat([tf.zeros_like(tensor[..., :-1]), tensor[..., -1:]], -1)
        return tf.zeros_like(tensor)

    def at(self, shares: tf.Tensor) -> list[tf.Tensor]:
        """The inputs of the network at points of the way, 0 its start and 1 its end."""
        points = []
        for start, end, moves in zip(self.start, self.end, self.moves, strict=True):
            if moves:
                share = tf.reshape(tf.cast(shares, end.dtype), [-1] + [1] * (len(end.shape) - 1))
                points.append(start + share * (end - start))
            else:
                points.append(tf.repeat(end, tf.size(shares), 0))
        return points

    def figures(self, points: list[tf.Tensor]) -> tf.Tensor:
        """The explained figure at points of the way."""
        given = dict(zip(map(id, self.symbols), points, strict=True))
        return run_from(self.model, given, [self.model.output])[0][:, self.figure.column]

    def sum_of_slopes(self, shares: tf.Tensor, widths: tf.Tensor) -> list[tf.Tensor]:
        """The gradient by what moves, summed over points of the way, each times how much of it the point stands for."""
        points = self.at(shares)
        moving = [point for point, moves in zip(points, self.moves, strict=True) if moves]
        with tf.GradientTape() as tape:
            tape.watch(moving)
            figures = self.figures(points)
        slopes = tape.gradient(figures, moving)
        keys = [key for key, moves in zip(self.keys, self.moves, strict=True) if moves]
        self.unreached = {key for key, slope in zip(keys, slopes, strict=True) if slope is None}
        return [
            tf.tensordot(widths, tf.cast(tf.zeros_like(point) if slope is None else slope, tf.float32), 1)
            for point, slope in zip(moving, slopes, strict=True)
        ]

    def attributions(self, steps: int) -> Attributions:
        """The attributions from so many points of the way."""
        edges = parts_of_way(steps)
        shares, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        chunks = [slice(first, first + POINTS_AT_ONCE) for first in range(0, steps, POINTS_AT_ONCE)]
        slopes = [self.slopes(*(tf.constant(one[chunk], tf.float32) for one in (shares, widths))) for chunk in chunks]
        self.require_reached()
        keys = [key for key, moves in zip(self.keys, self.moves, strict=True) if moves]
        means = {
            key: np.sum([chunk[number].numpy().astype("float64") for chunk in slopes], axis=0)
            for number, key in enumerate(keys)
        }
        answer, baseline = (float(self.figures(self.at(tf.constant([share])))[0]) for share in (1.0, 0.0))
        by_modality = {**self.of_numbers(means), **self.of_ids(means)}
        return Attributions(self.figure, answer, baseline, by_modality, steps)

    def require_reached(self) -> None:
        """Raise ValueError for a modality none of whose numbers has a differentiable way to the answer."""
        ways: dict[str, list[Any]] = {name: [name] for name in self.moved}
        number = 0
        for reader in self.readers:
            for _ in reader.vectors:
                for name in reader.modalities:
                    ways.setdefault(name, []).append(number)
                number += 1
        for name, keys in ways.items():
            if all(key in self.unreached for key in keys):
                raise ValueError(
                    f"{name!r} has no way to the answer that can be differentiated, so its parts have no attributions. "
                    "Ask for the modalities' Shapley values instead."
                )

    def change(self, key: Any) -> np.ndarray:
        """How far an input moves from the start of the way to its end."""
        place = self.keys.index(key)
        return (self.end[place] - self.start[place]).numpy()[0].astype("float64")

    def of_numbers(self, means: Mapping[Any, np.ndarray]) -> dict[str, np.ndarray]:
        """What is due to pixels, readings and numbers."""
        found = {name: means[name] * self.change(name) for name in self.moved}
        return {name: one[..., :-1] if name in self.masked else one for name, one in found.items()}

    def of_ids(self, means: Mapping[Any, np.ndarray]) -> dict[str, np.ndarray]:
        """What is due to words and ids, over all the layers that read them."""
        due = {name: np.zeros(self.ids[name].shape[1:]) for name in self.words}
        number = 0
        for reader, origin in zip(self.readers, self.origins, strict=True):
            at_places: Any = 0.0
            for _ in reader.vectors:
                at_places = at_places + self.at_places(reader, number, means[number])
                number += 1
            for name in due.keys() & origin.keys():
                due[name] += (origin[name] @ at_places).reshape(due[name].shape)
        return due

    def at_places(self, reader: IdReader, number: int, mean: np.ndarray) -> np.ndarray:
        """What is due to each place that a reader looks at, `(places,)`."""
        if hasattr(reader.layer, "contributions"):
            parts = np.asarray(reader.layer.contributions(self.ids_read_by(reader)))[0]
            return parts @ mean
        ids_rank = len(reader.ids[0].shape) - 1
        by_place = mean * self.change(number)
        return by_place.sum(tuple(range(ids_rank, by_place.ndim))).ravel()

    def ids_read_by(self, reader: IdReader) -> Any:
        """The ids of the record as they come to a reader."""
        inputs = self.end[: len(self.model.input)]
        return keras.Model(list(self.model.input.values()), reader.ids[0])(inputs, training=False)


def parts_of_way(steps: int) -> np.ndarray:
    """The edges `(steps + 1,)` of so many parts of the way from 0 to 1: half of them equal, half ever shorter to 0.

    A network that normalises what it sees hardly tells a faint picture from a strong one: nearly all of the change
    lies within the first thousandth of the way, and more so with each normalisation.

    Example:
        >>> parts_of_way(4).round(4).tolist()
        [0.0, 0.0, 0.0168, 0.5, 1.0]
    """
    equal = np.linspace(0.0, 1.0, steps - steps // 2 + 1)
    shorter = ((np.arange(steps // 2) + 0.5) / (steps // 2 + 0.5)) ** POWER if steps > 1 else np.zeros(0)
    return np.sort(np.concatenate([equal, shorter]))


def require_words_apart(reader: IdReader) -> None:
    """Raise ValueError for a layer whose answer does not tell apart what it read at each place."""
    ids_shape = tuple(reader.ids[0].shape)
    apart = all(
        len(one.shape) > len(ids_shape) and tuple(one.shape[: len(ids_shape)]) == ids_shape for one in reader.vectors
    )
    # A whole network has mixed its words before it answers.
    if isinstance(reader.layer, keras.Model) or not (apart or hasattr(reader.layer, "contributions")):
        raise ValueError(
            f"The layer {reader.layer.name!r} mixes the ids of {', '.join(sorted(reader.modalities))} before they are "
            "numbers that can be differentiated by: what is due to each cannot be told. Ask for the modalities' "
            "Shapley values instead."
        )


def vectors_of(read: keras.Model, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
    """What the readers of ids answer, as a list also where it is one."""
    vectors = read(inputs, training=False)
    return list(vectors) if isinstance(vectors, (list, tuple)) else [vectors]
