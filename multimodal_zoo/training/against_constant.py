"""Whether a network has learned anything."""

from __future__ import annotations

from typing import Any

import keras

from multimodal_zoo.tasks import task_named
from multimodal_zoo.training.pipeline import Prepared
from multimodal_zoo.training.predict_split import predict_split
from multimodal_zoo.training.streamed import Streamed


def against_constant(
    model: keras.Model, train: Prepared | Streamed, validation: Prepared, class_names: tuple[str, ...]
) -> dict[str, Any]:
    """Figures on the validation split beside those of a predictor that looks at nothing."""
    task, labels = task_named(model.card.task), validation.labels.numpy()
    predictions = predict_split(model, validation)
    figures = task.metrics(labels, predictions, class_names)
    constant = task.constant(train.labels.numpy(), len(validation), predictions.shape[-1])
    constant_figures = task.metrics(labels, constant, class_names)
    gain = figures[task.judged] - constant_figures[task.judged]
    better = (gain if task.higher_is_better else -gain) > 0 or (figures.get("auc") or 0.0) > 0.6
    constant_figures.pop("per_class", None)
    return {"validation": figures, "constant": constant_figures, "beats_constant": bool(better)}
