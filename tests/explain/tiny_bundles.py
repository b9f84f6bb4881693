"""Networks small enough to work out by hand, as bundles."""

import numpy as np
import tensorflow as tf

from multimodal_zoo.registry import ModelCard
from multimodal_zoo.training import Bundle


def bundle_around(model, modalities, task="regression", class_names=()):
    """A bundle of a network that no builder made."""
    return Bundle(model, modalities, class_names, ModelCard(task=task, paper="", name=model.name), {})


def png(pixels):
    """A grey picture `(height, width)` of whole numbers 0 to 255 as PNG bytes."""
    return tf.io.encode_png(np.asarray(pixels, "uint8")[..., None]).numpy()
