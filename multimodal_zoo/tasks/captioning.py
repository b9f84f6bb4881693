"""A sentence about an image, word by word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.heads import caption_search, decoder_of
from multimodal_zoo.heads.caption_search import BEAM_WIDTH
from multimodal_zoo.metrics import captioning_metrics, worded
from multimodal_zoo.metrics.captioning import most_frequent_caption
from multimodal_zoo.metrics.text import import_sacrebleu
from multimodal_zoo.objectives import CaptionLoss
from multimodal_zoo.tasks.task import Task
from multimodal_zoo.tasks.transcription import joined


class Captioning(Task):
    """Labels are word numbers `(records, captions, longest)`, 0 behind the end; answers are probabilities of words
    `(records, places, words)`.
    """

    loss = CaptionLoss()
    settings = {"epochs": 30, "batch_size": 32, "learning_rate": 1e-3, "patience": 5}
    judged = "bleu"
    higher_is_better = True
    main_figure = "word_precision"
    class_names_are = "words"
    beam_width = BEAM_WIDTH
    not_distilled = (
        "A student cannot be trained on a teacher's captions: at a place of its own caption the teacher says another "
        "word."
    )

    def require_extras(self) -> None:
        import_sacrebleu()

    def metrics(self, labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
        return captioning_metrics(labels, predictions, class_names)

    def constant(self, train_labels: np.ndarray, count: int, outputs: int) -> np.ndarray:
        """The most frequent caption."""
        return np.tile(np.eye(outputs)[most_frequent_caption(train_labels).astype(int)], (count, 1, 1))

    def said(self, model: keras.Model) -> dict[str, Any]:
        look, _ = decoder_of(model)
        return {"prediction": model.output, "seen": look.output}

    def answer(
        self, said: Mapping[str, Any], model: keras.Model, class_names: Sequence[str], beam_width: int | None
    ) -> dict[str, Any]:
        _, decoder = decoder_of(model)
        width = BEAM_WIDTH if beam_width is None else beam_width
        numbers, scores = caption_search(decoder, said["seen"], width)
        # Behind the end there are empty words.
        return {"captions": tf.strings.strip(joined(numbers, class_names, " ")), "scores": scores}

    def answer_record(
        self, model: keras.Model, inputs: Mapping[str, Any], class_names: Sequence[str]
    ) -> dict[str, Any]:
        look, decoder = decoder_of(model)
        words, scores = (one.numpy() for one in caption_search(decoder, look(inputs, training=False)))
        return {"caption": worded(words, class_names)[0], "score": float(scores[0])}
