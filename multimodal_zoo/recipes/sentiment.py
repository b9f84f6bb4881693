"""Sentiment of an utterance in its context: text, sound and picture of film reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from multimodal_zoo.datasets import DataSet, Records
from multimodal_zoo.recipes.recipe import Figures, Recipe, add_recipes

MODALITIES = ("text", "audio", "video")
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def utterances(records: Records, read: Sequence[str]) -> np.ndarray:
    """The features of each utterance without its context, `(records, features)`."""
    return np.concatenate([np.stack([one[-1] for one in records.columns[name]]) for name in read], axis=1)


def linear(*read: str) -> Callable[[DataSet], Figures]:
    """Logistic regression on the features of the utterance alone, its strength chosen on the validation videos."""

    def measure(data: DataSet) -> Figures:
        train, validation, test = (data.split(name) for name in ("train", "validation", "test"))
        # The training split of the protocol has the validation videos behind its own.
        own = train.take(np.arange(len(train) - len(validation)))
        fits = [make_pipeline(StandardScaler(), LogisticRegression(C=one, max_iter=1000)) for one in STRENGTHS]
        judged = [
            fit.fit(utterances(own, read), own.labels).score(utterances(validation, read), validation.labels)
            for fit in fits
        ]
        best = fits[int(np.argmax(judged))].fit(utterances(train, read), train.labels)
        return {"accuracy": float(best.score(utterances(test, read), test.labels))}

    return measure


def sentiment(network: str, variant: str = "", arguments: dict[str, Any] | None = None, members: int = 0) -> Recipe:
    """A network of three modalities, each of which may be missing; or the average of several of them."""
    return Recipe(
        row=f"mosi:context-final/{network}{variant}",
        network=network,
        data="mosi:context-final",
        figure="accuracy",
        # Of 6 to 30 epochs, 25 and 30 had the smallest loss on the validation videos for the two networks that were
        # asked. Then the validation videos are learned from, too, so there is nothing left to choose an epoch by.
        fit={"epochs": 30, "batch_size": 128, "learning_rate": 2e-3, "keep": "mean"},
        arguments={"dropout": 0.4},
        members=members,
        together={"missing_modalities": True, "modality_dropout": 0.1, **(arguments or {})},
        alone=MODALITIES,
        # The others have no form for one modality.
        alone_network="emotion_recognizer",
        baselines={"linear, text alone": linear("text"), "linear, text, audio and video": linear(*MODALITIES)},
        reference="bc-LSTM of Poria et al. 2017: 0.803",
        notes="A modality alone is read by `emotion_recognizer`.",
    )


add_recipes(
    sentiment("emotion_recognizer"),
    sentiment("emotion_recognizer", "+concat", {"fusion": "concat"}),
    sentiment("tensor_fusion_sentiment"),
    sentiment("tensor_fusion_sentiment", "+five-seeds", members=5),
    sentiment("mult_sentiment"),
    sentiment("memory_fusion_sentiment"),
    sentiment("misa_sentiment"),
)
