"""One number or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from multimodal_zoo.metrics import regression_metrics
from multimodal_zoo.tasks.task import NamedNumbers


class Regression(NamedNumbers):
    """Labels and answers are numbers `(records, outputs)`, in the unit of the labels."""

    loss = "mean_squared_error"
    settings = {"epochs": 30, "batch_size": 128, "learning_rate": 1e-3, "patience": 5}
    judged = "rmse"
    main_figure = "r2"
    class_names_are = "numbers"

    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return regression_metrics(labels, predictions)

    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        return {"values": said["prediction"]}

    def named(self, prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        if class_names:
            return {"value": dict(zip(class_names, prediction.tolist(), strict=True))}
        return {"value": one_or_several(prediction)}


def one_or_several(prediction: np.ndarray) -> float | list[float]:
    """A number alone without brackets."""
    numbers = prediction.tolist()
    return numbers[0] if len(numbers) == 1 else numbers
