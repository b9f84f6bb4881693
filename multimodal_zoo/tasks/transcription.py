"""What was said, character by character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.heads import ctc_search
from multimodal_zoo.heads.ctc_search import BEAM_WIDTH
from multimodal_zoo.metrics import spelled, transcription_metrics
from multimodal_zoo.metrics.text import import_jiwer
from multimodal_zoo.metrics.transcription import frames_that_say, most_frequent_text
from multimodal_zoo.objectives import CtcLoss
from multimodal_zoo.tasks.task import NamedNumbers


class Transcription(NamedNumbers):
    """Labels are character numbers `(records, longest)`, 0 behind the end; answers are probabilities of characters
    `(records, frames, characters)`, of which the first is the blank.
    """

    loss = CtcLoss()
    settings = {"epochs": 60, "batch_size": 16, "learning_rate": 1e-3, "patience": 15}
    judged = "wer"
    main_figure = "word_accuracy"
    class_names_are = "characters"
    beam_width = BEAM_WIDTH
    not_distilled = "A student cannot be trained on a teacher's transcripts: two networks time them differently."

    def require_extras(self) -> None:
        import_jiwer()

    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return transcription_metrics(labels, predictions, class_names)

    def constant(self, train_labels: np.ndarray, count: int, outputs: int) -> np.ndarray:
        """The most frequent text."""
        return np.tile(frames_that_say(most_frequent_text(train_labels), outputs), (count, 1, 1))

    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        numbers, scores = ctc_search(said["prediction"], BEAM_WIDTH if beam_width is None else beam_width)
        return {"transcripts": joined(numbers, class_names, ""), "scores": scores}

    def named(self, prediction: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        text, score = (one.numpy() for one in ctc_search(prediction[None]))
        return {"transcript": spelled(text, class_names)[0], "score": float(score[0])}


def joined(numbers: tf.Tensor, names: Sequence[str], separator: str) -> tf.Tensor:
    """Rows of numbers of characters or words as texts."""
    return tf.strings.reduce_join(tf.gather(list(names), numbers), axis=1, separator=separator)
