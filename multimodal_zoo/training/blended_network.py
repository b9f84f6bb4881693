"""Gradient blending: a network that also learns to answer from each modality alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.pipeline import as_it_stands
from multimodal_zoo.training.strategies import scope_of
from multimodal_zoo.training.way_of_learning import Course, WayOfLearning

JOINT = "joint"


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class OnlyThere(keras.Layer):
    """Presence `(batch, modalities)` with all columns but one set to 0.

    Args:
        column: of the modality that stays as it is.
        **kwargs: arguments of `keras.Layer`.
    """

    def __init__(self, column: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.column = int(column)

    def call(self, presence: Any) -> Any:
        kept = ops.one_hot(self.column, presence.shape[-1], dtype=presence.dtype)
        return presence * kept

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "column": self.column}


def check_blend(model: keras.Model, weights: Mapping[str, float]) -> None:
    """Raise ValueError where a network cannot be taught with these weights."""
    if PRESENCE not in model.input:
        raise ValueError(
            "blend asks for answers from each modality alone: build the model with missing_modalities=True."
        )
    known = [*model.modalities, JOINT]
    if set(weights) != set(known):
        raise ValueError(f"blend has a weight for each of {', '.join(known)}; got {', '.join(weights) or 'none'}.")
    if min(weights.values()) < 0 or not weights[JOINT] > 0:
        raise ValueError(f"The weights of blend are 0 or more, that of {JOINT!r} above 0; got {dict(weights)}.")


def blended_network(model: keras.Model, weights: Mapping[str, float]) -> keras.Model:
    """The same network, of the same weights, with its answers to each modality alone beside that to all.

    The paper gives each modality a head of its own; here the network itself is asked with the others absent.

    Args:
        model: built with `missing_modalities=True`.
        weights: modality, and "joint", -> how much its loss counts; what counts 0 is not computed.

    Returns:
        `keras.Model` from the inputs of the network to a dict of answers, by modality and "joint".

    Raises:
        ValueError: the network knows no presence, or there is not one weight for each modality and "joint".

    Example:
        >>> taught = blended_network(model, {"image": 0.2, "report": 0.3, "joint": 0.5})

    Reference: Wang et al. 2020, arXiv:1905.12681, section 3.2.
    """
    check_blend(model, weights)
    answers = {}
    for column, name in enumerate(model.modalities):
        if weights[name]:
            alone = OnlyThere(column, name=f"only_{name}")(model.input[PRESENCE])
            answers[name] = keras.layers.Identity(name=f"answer_{name}")(model({**model.input, PRESENCE: alone}))
    answers[JOINT] = keras.layers.Identity(name=f"answer_{JOINT}")(model.output)
    return keras.Model(model.input, answers, name=f"{model.name}_blended")


def for_each_answer(batches: tf.data.Dataset, modalities: list[str], weights: Mapping[str, float]) -> tf.data.Dataset:
    """The label once for each answer; a record without a modality does not count for the answer to that one alone."""

    @as_it_stands
    def repeat(inputs: dict[str, tf.Tensor], labels: tf.Tensor) -> tuple[Any, Any, Any]:
        presence = inputs[PRESENCE]
        counts = {name: presence[:, column] for column, name in enumerate(modalities) if weights[name]}
        counts[JOINT] = tf.ones_like(presence[:, 0])
        return inputs, {name: labels for name in counts}, counts

    return batches.map(repeat)


class Blended(WayOfLearning):
    """Learns to answer to all modalities and to each of them alone.

    Args:
        model: see `blended_network`.
        weights: modality, and "joint", -> how much its loss counts.

    Raises:
        ValueError: the network knows no presence, or there is not one weight for each.
    """

    def __init__(self, model: keras.Model, weights: Mapping[str, float]) -> None:
        check_blend(model, weights)
        self.weights = weights
        self.counted = {name: weight for name, weight in weights.items() if weight}

    def learner(self, model: keras.Model, seed: int) -> keras.Model:
        with scope_of(model):
            learner = blended_network(model, self.weights)
            losses = {name: model.loss for name in self.counted}
            learner.compile(model.optimizer, losses, loss_weights=self.counted)
        return learner

    def monitor(self, name: str) -> str:
        # Keras tells the losses of several answers apart, and of one only the sum.
        return "val_joint_loss" if name == "val_loss" and len(self.counted) > 1 else name

    def batches(
        self, training: tf.data.Dataset, validation: tf.data.Dataset, model: keras.Model, course: Course
    ) -> tuple[tf.data.Dataset, tf.data.Dataset]:
        names = list(model.modalities)
        return for_each_answer(training, names, self.weights), for_each_answer(validation, names, self.weights)
