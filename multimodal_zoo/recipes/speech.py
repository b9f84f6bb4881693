"""Spoken names, numbers and commands to text: a recogniser by CTC, and the same against a critic of texts."""

from __future__ import annotations

from typing import Any

import keras

from multimodal_zoo.datasets import DataSet
from multimodal_zoo.objectives import CtcLoss, TextCritic
from multimodal_zoo.recipes.recipe import Recipe, add_recipes
from multimodal_zoo.training import Adversary

EPOCHS, WARM_UP = 30, 2


def rising_and_falling(steps: int) -> keras.optimizers.Optimizer:
    """Adam whose rate rises to 2e-3 in two epochs and falls from there to nothing, in the form of a cosine."""
    rate = keras.optimizers.schedules.CosineDecay(
        1e-5, (EPOCHS - WARM_UP) * steps, warmup_target=2e-3, warmup_steps=WARM_UP * steps
    )
    return keras.optimizers.Adam(rate, clipnorm=5.0)


def critic(data: DataSet) -> Adversary:
    """Reads what the network spells beside the transcripts of the training split."""
    return Adversary(TextCritic(len(data.class_names)), weight=0.1)


def speech(variant: str = "", **more: Any) -> Recipe:
    """A recogniser without a language model or a list of words: it spells."""
    return Recipe(
        row=f"an4/speech_recognizer{variant}",
        network="speech_recognizer",
        data="an4",
        figure="wer",
        # All of it chosen on the validation speakers.
        fit={"epochs": EPOCHS, "batch_size": 16, "patience": EPOCHS},
        arguments={
            "filters": (128, 128, 128),
            "strides": (2, 2, 1),
            "kernel": 7,
            "units": 128,
            "layers": 1,
            "dropout": 0.3,
        },
        modalities={"audio": {"noise": 0.2, "time_mask": 0.1, "stretch": 0.15}},
        optimizer=rising_and_falling,
        loss=CtcLoss,
        more=("cer",),
        higher_is_better=False,
        long=True,
        **more,
    )


NOT_APART = "By three seeds it cannot be told from the recogniser alone."

add_recipes(speech(), speech("+critic", critic=critic, notes=NOT_APART))
