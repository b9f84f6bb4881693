"""A picture that is to be drawn."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.metrics import generation_metrics
from multimodal_zoo.modalities import png_of
from multimodal_zoo.tasks.task import NamedNumbers


class Generation(NamedNumbers):
    """Labels and answers are pictures `(records, height, width, channels)`, 0 to 1."""

    loss = "mean_squared_error"
    settings = {"epochs": 60, "batch_size": 32, "learning_rate": 1e-3, "patience": 10}
    judged = "rmse"
    main_figure = "r2"
    not_distilled = "What is to be generated is known to the last number: a teacher has nothing to add to it."

    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return generation_metrics(labels, predictions)

    def constant(self, train_labels: np.ndarray, count: int, outputs: int) -> np.ndarray:
        """The mean picture."""
        return super().constant(train_labels, count, outputs).reshape(count, *train_labels.shape[1:])

    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        return {"pictures": said["prediction"]}

    def named(self, prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        (png,) = png_of(tf.constant(prediction[None], tf.float32)).numpy()
        return {"picture_bytes": {"b64": base64.b64encode(png).decode()}}
