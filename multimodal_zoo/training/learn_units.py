"""Teach the head of a regression in which unit to answer."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from multimodal_zoo.heads import RealUnits
from multimodal_zoo.modalities.standardise import deviations, mean_and_variance


def learn_units(model: keras.Model, labels: Any) -> None:
    """Give every `RealUnits` of a network that has not learned yet the mean and deviation it answers in.

    Args:
        model: made by a builder, its modalities fitted.
        labels: of the training split, `(records,)` or `(records, outputs)`.

    Raises:
        ValueError: there are more or fewer labels than answers, or one has no finite value.

    Example:
        >>> learn_units(model, np.array([90.0, 110.0]))
    """
    for layer in model.layers:
        if not isinstance(layer, RealUnits) or layer.learned:
            continue
        if layer.units_of is None:
            labels = np.asarray(labels, "float64")
            mean, variance = mean_and_variance("The labels", labels.reshape(len(labels), -1))
        else:
            modality = model.modalities[layer.units_of]
            mean, variance = modality.mean, modality.variance
        layer.learn(mean, deviations(variance))
