"""What a kind of question means wherever a network is trained, judged, asked or exported."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
import numpy as np


class Task(abc.ABC):
    """One kind of question; what follows from it is said here and nowhere else.

    Attributes:
        loss: of a training that was not compiled with another.
        settings: arguments of `fit` that are not given: most epochs, records a step, learning rate, patience.
        judged: the figure in which a network is compared with a constant answer.
        higher_is_better: whether that figure rises.
        main_figure: the figure that a converted network may lose only so much of; 1 is its best.
        class_names_are: what the names of a data set's classes name.
        beam_width: of the search for a text, where the answer is one.
        not_distilled: why a teacher's answers are nothing to train on, where that is so.
    """

    loss: ClassVar[Any]
    settings: ClassVar[dict[str, Any]]
    judged: ClassVar[str] = "log_loss"
    higher_is_better: ClassVar[bool] = False
    main_figure: ClassVar[str] = "auc"
    class_names_are: ClassVar[str] = "classes"
    beam_width: ClassVar[int | None] = None
    not_distilled: ClassVar[str | None] = None

    def require_extras(self) -> None:  # noqa: B027 (most need none)
        """Raise ImportError where the figures need a package that is not installed."""

    def watched(self) -> list[keras.metrics.Metric] | None:
        """Keras metrics shown beside the loss."""
        return None

    @abc.abstractmethod
    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        """The figures the field reports."""

    def constant(self, train_labels: np.ndarray, count: int, outputs: int) -> np.ndarray:
        """What a predictor that looks at nothing answers `count` times: the mean of the training labels."""
        mean = train_labels.reshape(len(train_labels), -1).astype("float64").mean(0)
        return np.tile(mean, (count, 1))

    def main_figure_of(self, outputs: int) -> str:
        """The main figure of a network that answers so many numbers."""
        return self.main_figure

    def said(self, model: keras.Model) -> dict[str, Any]:
        """The symbolic tensors that an answer is made of; `prediction` is one of them."""
        return {"prediction": model.output}

    @abc.abstractmethod
    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        """The outputs of a serving signature, made inside the graph of what the network says."""

    def answer_in_full(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        """As `answer`, and of a text the probabilities at every place, which most clients can do without."""
        places = {} if self.beam_width is None else {"probabilities": said["prediction"]}
        return {**self.answer(said, model, class_names, beam_width), **places}

    @abc.abstractmethod
    def answer_record(
        self, model: keras.Model, inputs: Mapping[str, Any], class_names: Sequence[str]
    ) -> dict[str, Any]:
        """The answer to one record, JSON-ready."""


class NamedNumbers(Task):
    """A kind of question whose answer is what the network says, under names."""

    def answer_record(
        self, model: keras.Model, inputs: Mapping[str, Any], class_names: Sequence[str]
    ) -> dict[str, Any]:
        """The answer to one record, JSON-ready."""
        return self.named(model(inputs, training=False).numpy()[0].astype("float64"), class_names)

    @abc.abstractmethod
    def named(self, prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        """The numbers of one prediction under their names, JSON-ready."""
