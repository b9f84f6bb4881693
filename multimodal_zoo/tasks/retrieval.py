"""Which record of one side belongs to one of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from multimodal_zoo.heads import match_scores
from multimodal_zoo.metrics import MatchingRecall, matching_metrics
from multimodal_zoo.objectives import MatchingLoss
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.tasks.task import NamedNumbers


class Retrieval(NamedNumbers):
    """Labels say by equal numbers what belongs together, answers are two vectors a record `(records, 2, dim)`."""

    loss = MatchingLoss()
    # The other records of a batch are the negatives.
    settings = {"epochs": 30, "batch_size": 128, "learning_rate": 1e-3, "patience": 5}
    judged = "median_rank"
    main_figure = "recall_at_10"
    not_distilled = (
        "A network for retrieval answers vectors, which have no softened form: there is no distillation of it."
    )

    def watched(self) -> list[keras.metrics.Metric]:
        return [MatchingRecall(10)]

    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return matching_metrics(labels, predictions)

    def constant(self, train_labels: np.ndarray, count: int, outputs: int) -> np.ndarray:
        """Two random vectors a record: what is the same everywhere has no order."""
        return np.random.default_rng(0).normal(size=(count, 2, outputs))

    def said(self, model: keras.Model) -> dict[str, Any]:
        return {"prediction": match_scores(model.output)}

    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        return {"scores": said["prediction"]}

    def answer_record(
        self, model: keras.Model, inputs: Mapping[str, Any], class_names: Sequence[str]
    ) -> dict[str, Any]:
        """The cosine; None where a side is absent."""
        if PRESENCE in inputs and not np.all(inputs[PRESENCE]):
            return {"score": None}
        return super().answer_record(model, inputs, class_names)

    def named(self, prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return {"score": float(match_scores(prediction[None])[0, 0])}
