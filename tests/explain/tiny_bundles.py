"""Networks small enough to work out by hand, as bundles."""

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Image, Numeric
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import PRESENCE, ModelCard, attach
from multimodal_zoo.training import Bundle


def bundle_around(model, modalities, task="regression", class_names=()):
    """A bundle of a network that no builder made."""
    return Bundle(model, modalities, class_names, ModelCard(task=task, paper="", name=model.name), {})


def png(pixels):
    """A grey picture `(height, width)` of whole numbers 0 to 255 as PNG bytes."""
    return tf.io.encode_png(np.asarray(pixels, "uint8")[..., None]).numpy()


PICTURE, NUMBERS = Image(6, 6, 1), Numeric(3, mean=(0.0,) * 3, variance=(1.0,) * 3)


def picture_and_numbers(classes=3):
    """A linear network of a picture and three numbers, either of which may be missing, that is sure of its answers."""
    modalities = {"picture": PICTURE, "numbers": NUMBERS}
    inputs = model_inputs(**modalities, presence=True)
    parts = [keras.layers.Flatten()(inputs["picture"]), inputs["numbers"]]
    there = [part * inputs[PRESENCE][:, column : column + 1] for column, part in enumerate(parts)]
    joint = keras.layers.Concatenate(name="joint")(there)
    head = keras.layers.Dense(classes, activation="softmax", name="answer")
    model = keras.Model(inputs, head(joint), name="picture_and_numbers")
    random = np.random.default_rng(3)
    head.kernel.assign(random.normal(scale=0.4, size=head.kernel.shape))
    card = ModelCard(task="classification", paper="", name=model.name)
    attach(model, modalities, card, {})
    return Bundle(model, modalities, tuple(f"class {one}" for one in range(classes)), card, {})


def pictures_and_numbers(count, seed=0):
    """Raw records for it."""
    random = np.random.default_rng(seed)
    pixels, numbers = random.integers(0, 256, (count, 6, 6)), random.normal(size=(count, 3)).astype("float32")
    return [{"picture": png(a), "numbers": b.tolist()} for a, b in zip(pixels, numbers, strict=True)]
