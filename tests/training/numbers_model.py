"""A tiny classifier of two groups of numbers with everything random that a training has, and data for it."""

from __future__ import annotations

import keras
import numpy as np

from multimodal_zoo.datasets import Records
from multimodal_zoo.fusion.presence import ModalityDropout
from multimodal_zoo.modalities import Numeric
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import PRESENCE, ModelCard, attach
from multimodal_zoo.training import Bundle


def numbers_model(random: bool = True) -> keras.Model:
    """Augmentation (noise), dropout of modalities and of features, and a batch normalisation, in a few weights.

    Without `random`, none of these.
    """
    noise, rate = (0.1, 0.3) if random else (0.0, 0.0)
    modalities = {"x": Numeric(4, noise=noise), "z": Numeric(2, noise=noise)}
    inputs = model_inputs(**modalities, presence=True)
    presence = ModalityDropout(rate)(inputs[PRESENCE])
    there = [inputs[name] * presence[:, column : column + 1] for column, name in enumerate(modalities)]
    hidden = keras.layers.Dense(6, activation="relu", name="hidden")(keras.layers.Concatenate(name="joint")(there))
    if random:
        hidden = keras.layers.Dropout(rate, name="drop")(keras.layers.BatchNormalization(name="norm")(hidden))
    answer = keras.layers.Dense(3, activation="softmax", dtype="float32", name="answer")(hidden)
    model = keras.Model(inputs, answer, name="numbers")
    attach(model, modalities, ModelCard(task="classification", paper="none", name="numbers"), {})
    return model


def numbers(count: int, seed: int) -> Records:
    """Three classes that the numbers tell apart."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, 4)).astype("float32")
    labels = (x[:, 0] > 0).astype("int32") + (x[:, 1] > 0)
    return Records({"x": x, "z": x[:, :2] + random.normal(size=(count, 2)).astype("float32")}, labels)


def weights_of(bundle: Bundle) -> dict[str, np.ndarray]:
    """The weights of a network, numbered, and those of its optimiser."""
    both = {"weight": bundle.model.weights, "optimizer": bundle.model.optimizer.variables}
    return {f"{kind} {number}": one.numpy() for kind, many in both.items() for number, one in enumerate(many)}


def differences(one: dict, other: dict) -> list[str]:
    """The names of the arrays in which two dicts of arrays differ in any bit, or that one of them lacks."""
    alike = {name for name in {**one, **other} if name in one and name in other and same(one[name], other[name])}
    return sorted({*one, *other} - alike)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays have the same bits."""
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
