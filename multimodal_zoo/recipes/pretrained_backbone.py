"""Weights of a trained MobileNetV2 for `image_backbone`, from a copy kept in the layout of TensorFlow.js.

The copy is that of the npm package nsfwjs 4.3.0 (MIT): a MobileNetV2 fine-tuned for another task, its weights rounded
to 8 bits. Whoever has the ImageNet weights of keras.applications at hand passes "imagenet" instead.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import keras
import numpy as np

from multimodal_zoo.cache_folder import cache_folder
from multimodal_zoo.datasets import DataNotFound
from multimodal_zoo.datasets.find import DATA_VARIABLE

FOLDER = "mobilenetv2-nsfwjs"


def mobilenet_copy() -> Path | None:
    """The folder of the copy; None where there is none in MULTIMODAL_ZOO_DATA."""
    folder = Path(os.environ.get(DATA_VARIABLE, "")) / FOLDER
    return folder if (folder / "model.json").is_file() else None


def mobilenet_v2_weights() -> Path:
    """The weights as a file of Keras in the cache folder, converted once.

    Raises:
        DataNotFound: there is no copy in MULTIMODAL_ZOO_DATA.
        ValueError: the copy lacks a weight of the network, or holds one of another shape.
    """
    converted = cache_folder() / f"{FOLDER}-from-minus-one.weights.h5"
    if converted.exists():
        return converted
    folder = mobilenet_copy()
    if folder is None:
        raise DataNotFound(
            f"There is no folder {FOLDER} in {DATA_VARIABLE}: the npm package nsfwjs 4.3.0 holds it, as "
            "dist/models/mobilenet_v2. A network of your own may read the weights of ImageNet instead: "
            'backbone_weights="imagenet".'
        )
    kept = from_minus_one_on(read_weights(folder))
    network = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))
    for layer in network.layers:
        for weight in layer.weights:
            # The depthwise kernels are called so there; here every kernel of a convolution is a "kernel".
            names = [f"{layer.name}/{weight.name}", f"{layer.name}/depthwise_{weight.name}"]
            value = next((kept[name] for name in names if name in kept), None)
            if value is None or value.shape != tuple(weight.shape):
                raise ValueError(f"{folder} has no weight {names[0]} of shape {tuple(weight.shape)}.")
            weight.assign(value)
    converted.parent.mkdir(parents=True, exist_ok=True)
    # Beside and renamed: another process may want it at the same time.
    new = converted.with_name(f"{os.getpid()}-{converted.name}")
    network.save_weights(new)
    os.replace(new, converted)
    return converted


def from_minus_one_on(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same network for pixels -1 to 1, as keras.applications prepares them; the copy takes them from 0 to 1.

    A pixel p becomes (p + 1) / 2: half goes into the first convolution, the rest is taken off the mean of its
    normalisation. Only where the convolution reaches over the border does something else come out.
    """
    kernel = weights["Conv1/kernel"]
    shifted = weights["bn_Conv1/moving_mean"] - kernel.sum(axis=(0, 1, 2)) / 2
    return {**weights, "Conv1/kernel": kernel / 2, "bn_Conv1/moving_mean": shifted}


def read_weights(folder: Path) -> dict[str, np.ndarray]:
    """Every weight by name, float32, of a `model.json` with its 8-bit weights joined in one `weights.bin`."""
    manifest = json.loads((folder / "model.json").read_text())["weightsManifest"]
    weights = {}
    content = (folder / "weights.bin").read_bytes()
    start = 0
    for group in manifest:
        for one in group["weights"]:
            count, rounding = int(np.prod(one["shape"])), one["quantization"]
            integers = np.frombuffer(content, rounding["dtype"], count, start)
            values = integers.astype("float32") * rounding["scale"] + rounding["min"]
            weights[one["name"]] = values.reshape(one["shape"]).astype("float32")
            start += integers.nbytes
    return weights
