"""How probable a click is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from multimodal_zoo.metrics import ranking_metrics
from multimodal_zoo.tasks.regression import one_or_several
from multimodal_zoo.tasks.task import NamedNumbers


class Ranking(NamedNumbers):
    """Labels are 0 or 1 `(records,)`, answers the probability of 1 `(records, 1)`."""

    loss = "binary_crossentropy"
    settings = {"epochs": 30, "batch_size": 2048, "learning_rate": 1e-3, "patience": 4}

    def watched(self) -> list[keras.metrics.Metric]:
        return [keras.metrics.AUC(name="auc")]

    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return ranking_metrics(labels, predictions)

    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        return {"scores": said["prediction"]}

    def named(self, prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return {"score": one_or_several(prediction)}
