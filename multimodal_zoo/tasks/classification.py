"""One class out of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.metrics import classification_metrics
from multimodal_zoo.tasks.task import NamedNumbers


class Classification(NamedNumbers):
    """Labels are class numbers `(records,)`, answers probabilities `(records, classes)`."""

    loss = "sparse_categorical_crossentropy"
    settings = {"epochs": 30, "batch_size": 32, "learning_rate": 1e-3, "patience": 6}

    def watched(self) -> list[keras.metrics.Metric]:
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return classification_metrics(labels, predictions, class_names)

    def constant(self, train_labels: np.ndarray, count: int, outputs: int) -> np.ndarray:
        counted = np.bincount(train_labels.astype(int).reshape(-1), minlength=outputs)
        return np.tile((counted + 1e-9) / len(train_labels), (count, 1))

    def main_figure_of(self, outputs: int) -> str:
        return "auc" if outputs == 2 else "accuracy"

    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        answer = {"probabilities": said["prediction"]}
        if class_names:
            answer["labels"] = tf.gather(tf.constant(list(class_names)), tf.argmax(said["prediction"], axis=1))
        return answer

    def named(self, prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        probabilities = probabilities_by_name(prediction, class_names)
        return {"label": list(probabilities)[int(prediction.argmax())], "probabilities": probabilities}


def probabilities_by_name(prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, float]:
    """By the names of the classes, or their numbers where they have none."""
    names = class_names or tuple(str(number) for number in range(len(prediction)))
    return {name: float(value) for name, value in zip(names, prediction, strict=True)}
