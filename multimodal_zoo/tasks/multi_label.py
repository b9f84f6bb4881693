"""Any number of labels at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from multimodal_zoo.metrics import multi_label_metrics
from multimodal_zoo.tasks.classification import probabilities_by_name
from multimodal_zoo.tasks.task import NamedNumbers


class MultiLabel(NamedNumbers):
    """Labels are 0 or 1 `(records, labels)`, answers the probabilities of 1 `(records, labels)`."""

    loss = "binary_crossentropy"
    settings = {"epochs": 30, "batch_size": 32, "learning_rate": 1e-3, "patience": 6}

    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return multi_label_metrics(labels, predictions)

    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        return {"probabilities": said["prediction"]}

    def named(self, prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return {"probabilities": probabilities_by_name(prediction, class_names)}
