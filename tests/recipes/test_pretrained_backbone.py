"""The weights of the copied MobileNetV2 are read for the pixels that it was trained on."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.datasets import load_dataset
from multimodal_zoo.modalities import Image
from multimodal_zoo.recipes.pretrained_backbone import from_minus_one_on, mobilenet_copy, mobilenet_weights

needs_the_copy = pytest.mark.skipif(mobilenet_copy() is None, reason="mobilenetv2-nsfwjs is not in MULTIMODAL_ZOO_DATA")


def first_normalised(weights: dict[str, np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """What the first convolution and its normalisation make of pixels, without those at the border."""
    seen = keras.ops.conv(pixels, weights["Conv1/kernel"], strides=2, padding="valid")
    scale = weights["bn_Conv1/gamma"] / np.sqrt(weights["bn_Conv1/moving_variance"] + 1e-3)
    return (np.asarray(seen) - weights["bn_Conv1/moving_mean"]) * scale + weights["bn_Conv1/beta"]


def test_pixels_from_minus_one_on_give_what_those_from_zero_on_gave():
    draw = np.random.default_rng(0)
    weights = {
        "Conv1/kernel": draw.normal(size=(3, 3, 3, 8)).astype("float32"),
        "bn_Conv1/moving_mean": draw.normal(size=8).astype("float32"),
        "bn_Conv1/moving_variance": draw.uniform(0.5, 2, 8).astype("float32"),
        "bn_Conv1/gamma": draw.normal(size=8).astype("float32"),
        "bn_Conv1/beta": draw.normal(size=8).astype("float32"),
    }
    pixels = draw.uniform(size=(2, 9, 9, 3)).astype("float32")
    np.testing.assert_allclose(
        first_normalised(from_minus_one_on(weights), pixels * 2 - 1), first_normalised(weights, pixels), atol=1e-5
    )


@needs_the_copy
def test_photographs_have_the_averages_that_the_copy_remembers_of_its_training():
    photographs = load_dataset("flickr8k-1k").split("train").columns["image"][:40:5]
    pixels = Image(224, 224, 3).decode(tf.constant(photographs)).tensor
    network = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))
    network.load_weights(mobilenet_weights())
    # Of the first convolution, the variances of dead channels were rounded to nothing.
    seen = keras.Model(network.input, network.get_layer("block_6_expand").output)(pixels * 2 - 1)
    remembered = network.get_layer("block_6_expand_BN")
    off = np.abs(np.mean(seen, axis=(0, 1, 2)) - remembered.moving_mean) / np.sqrt(remembered.moving_variance)
    # Pixels on the wrong scale are off by 0.56 of a standard deviation.
    assert float(np.mean(off)) < 0.35
