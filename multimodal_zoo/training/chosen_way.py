"""The way of learning that the arguments of `fit` ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from multimodal_zoo.training.adversarial import Adversary, AgainstCritic
from multimodal_zoo.training.adversarial_examples import AdversarialExamples, Perturbed
from multimodal_zoo.training.blended_network import Blended
from multimodal_zoo.training.in_batch_negatives import InBatch
from multimodal_zoo.training.teacher_forcing import TeacherForcing
from multimodal_zoo.training.way_of_learning import WayOfLearning


def chosen_way(
    model: keras.Model,
    *,
    adversary: Adversary | None,
    adversarial: AdversarialExamples | None,
    own_words: float,
    in_batch_negatives: str | None,
    blend: Mapping[str, float] | None,
    soft_targets: Any,
    class_weight: Any,
) -> WayOfLearning:
    """The way to train a network; arguments as of `fit`.

    Raises:
        ValueError: ways that do not go together, or not with the network.
    """
    writes_captions = model.card.task == "captioning"
    if own_words and not writes_captions:
        raise ValueError(f"own_words={own_words!r} is for networks that write captions; {model.name} does not.")
    if adversary is not None and writes_captions:
        raise ValueError("There is no critic of captions: leave out adversary.")
    way = WayOfLearning()
    if adversary is not None:
        way = AgainstCritic(adversary)
    if writes_captions:
        way = TeacherForcing(own_words)
    if in_batch_negatives is not None:
        refuse_beside("in_batch_negatives", soft_targets=soft_targets, class_weight=class_weight, adversary=adversary)
        way = InBatch(model, in_batch_negatives)
    if blend is not None:
        refuse_beside(
            "blend",
            class_weight=class_weight,
            adversary=adversary,
            in_batch_negatives=in_batch_negatives,
            captions=writes_captions or None,
        )
        way = Blended(model, blend)
    if adversarial is not None:
        refuse_beside("adversarial", adversary=adversary, in_batch_negatives=in_batch_negatives, blend=blend)
        way = Perturbed(model, adversarial)
    return way


def refuse_beside(chosen: str, **others: Any) -> None:
    """Raise ValueError where something else is asked for, too."""
    for name, value in others.items():
        if value is not None:
            raise ValueError(f"{chosen} does not go together with {name}.")
