"""Small models of any registered name, and records and tensors that fit them."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Audio, Image, Modality, Video, wav_bytes
from multimodal_zoo.registry import BUILDERS, create_model, model_card
from multimodal_zoo.training import Bundle

WORDS = "lungs clear heart large left right opacity fever cough none".split()


def shrink(modality: Modality) -> Modality:
    """The same kind, small enough for a test."""
    if isinstance(modality, Image):
        return dataclasses.replace(modality, height=16, width=16)
    if isinstance(modality, Video):
        return dataclasses.replace(modality, frames=4, height=16, width=16)
    if isinstance(modality, Audio):
        return dataclasses.replace(modality, seconds=0.3, mels=16)
    if modality.kind == "series":
        return dataclasses.replace(modality, steps=min(modality.steps, 12))
    if modality.kind == "points":
        return dataclasses.replace(modality, points=min(modality.points, 12))
    if hasattr(modality, "vocabulary_size"):
        smaller = {"vocabulary_size": 20}
        if hasattr(modality, "length"):
            smaller["length"] = 12
        return dataclasses.replace(modality, **smaller)
    return modality


def small_model(name: str, **arguments: Any) -> keras.Model:
    """A registered model with its default modalities shrunk and its convolutions narrowed."""
    for key, parameter in inspect.signature(BUILDERS[name]).parameters.items():
        value = parameter.default
        if isinstance(value, Modality):
            arguments.setdefault(key, shrink(value))
        elif of_modalities(value):
            arguments.setdefault(key, {field: shrink(one) for field, one in value.items()})
        elif key.endswith("filters"):
            arguments.setdefault(key, 8 if isinstance(value, int) else tuple(8 for _ in value))
    return create_model(name, **arguments)


def default_modalities(name: str) -> dict[str, Modality]:
    """What a registered model reads if nothing else is said, without building it."""
    found: dict[str, Modality] = {}
    for key, parameter in inspect.signature(BUILDERS[name]).parameters.items():
        if isinstance(parameter.default, Modality):
            found[key] = parameter.default
        elif of_modalities(parameter.default):
            found.update(parameter.default)
    return found


def of_modalities(value: Any) -> bool:
    """Whether a builder's argument takes modalities by name."""
    return isinstance(value, dict) and bool(value) and all(isinstance(one, Modality) for one in value.values())


def raw_value(modality: Modality, random: np.random.Generator) -> Any:
    """A random raw value as a person would have it."""
    if isinstance(modality, Image):
        shape = (20, 24, modality.channels)
        return tf.io.encode_png(tf.constant(random.integers(0, 256, shape), tf.uint8)).numpy()
    if isinstance(modality, Audio):
        return wav_bytes(random.normal(0, 0.2, modality.samples), modality.sample_rate)
    if modality.kind == "text":
        return " ".join(random.choice(WORDS, 8))
    if modality.kind == "categorical":
        return str(random.choice(WORDS))
    if modality.kind in ("multi_categorical", "id_sequence"):
        return [str(word) for word in random.choice(WORDS, 3)]
    if modality.kind == "numeric":
        return random.normal(size=modality.size).astype("float32").tolist()
    if modality.kind in ("series", "points"):
        return random.normal(size=(int(random.integers(2, 9)), modality.features)).astype("float32").tolist()
    if isinstance(modality, Video):
        shape = (int(random.integers(1, 6)), 20, 24, modality.channels)
        return modality.encode(random.integers(0, 256, shape, "uint8"))
    raise AssertionError(f"The contract suite has to learn to make a {modality.kind}.")


def raw_records(model: keras.Model, count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Records with everything in them."""
    random = np.random.default_rng(seed)
    return [{name: raw_value(one, random) for name, one in model.modalities.items()} for _ in range(count)]


def fitted(model: keras.Model) -> dict[str, Modality]:
    """The model's modalities, fitted on such records."""
    records = raw_records(model, 20, seed=99)
    apart = {name: one.adapt([record[name] for record in records]) for name, one in model.modalities.items()}
    return {name: one.agree_with(apart) for name, one in apart.items()}


def bundle_of(model: keras.Model) -> Bundle:
    """The model, untrained, with fitted modalities."""
    outputs = model.output.shape[-1]
    classes = {
        "classification": tuple(f"class {number}" for number in range(outputs)),
        "transcription": ("", *(chr(ord("a") + number) for number in range(outputs - 1))),
        "captioning": ("", "(unknown)", *(f"word{number}" for number in range(2, outputs))),
    }.get(model_card(model.name).task, ())
    return Bundle(model, fitted(model), classes, model.card, {"seed": 0, "epochs": 0})


def labels_for(model: keras.Model, count: int) -> np.ndarray:
    """Labels `(count, ...)` float32 that tell the records apart."""
    task, outputs = model_card(model.name).task, model.output.shape[-1]
    if task == "transcription":
        # A character each, behind it nothing; 0 is no character.
        return np.stack([1 + np.arange(count) % (outputs - 1), np.zeros(count)], axis=1).astype("float32")
    if task == "multi_label":
        # The binary digits of the record's number: every label is there in half of the records.
        return (np.arange(count)[:, None] // 2 ** np.arange(outputs) % 2).astype("float32")
    if task == "captioning":
        # One caption of one word each; 0 and 1 are no words.
        return np.stack([2 + np.arange(count) % (outputs - 2), np.zeros(count)], axis=1)[:, None].astype("float32")
    if task == "generation":
        # Black and white pictures.
        return np.ones((count, *model.output.shape[1:]), "float32") * (np.arange(count) % 2)[:, None, None, None]
    # Numbers of which the mean alone does not take away half of the loss.
    return (np.arange(count) % (2 if task == "regression" else max(2, outputs))).astype("float32")[:, None]


def tensors_for(model: keras.Model, count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Random model inputs, everything present."""
    random = np.random.default_rng(seed)
    inputs = {}
    for name, one in model.modalities.items():
        shape = (count, *one.shape)
        if one.dtype == "int32":
            inputs[name] = random.integers(1, one.vocabulary_size, shape).astype("int32")
        else:
            inputs[name] = random.uniform(0, 1, shape).astype("float32")
    if "presence" in model.input:
        inputs["presence"] = np.ones((count, len(model.modalities)), "float32")
    return inputs
