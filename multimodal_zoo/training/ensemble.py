"""Join trained classifiers into one network whose bundle is evaluated, explained and exported as any other."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression

from multimodal_zoo.fusion import PresenceColumns, silence_absent
from multimodal_zoo.heads import MembersThere, ensemble_head
from multimodal_zoo.modalities import Modality
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.monitoring import sketch_inputs
from multimodal_zoo.registry import PRESENCE, attach, model_card
from multimodal_zoo.tasks import task_metrics
from multimodal_zoo.training.bundle import MANIFEST, Bundle, refuse_to_replace
from multimodal_zoo.training.evaluate import evaluate
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.predict_split import predict_split
from multimodal_zoo.training.splits import described, sketched_records, splits_of

STEPS = 1000


def ensemble_of(
    bundles: Mapping[str, Bundle],
    data: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    how: str = "average",
    strength: float = 1.0,
) -> Bundle:
    """Make one network of trained classifiers: of each modality, or any.

    The members are copied with their weights and vocabularies. The network has the input `presence`: members that
    cannot answer a record, since what they need is absent, have no say in it. Weights are fitted on the validation
    split, which the members' early stopping has seen, too; the figures on it are therefore flattering.

    Args:
        bundles: members by name, such as `{"image": of_image, "report": of_report}`. One modality may serve several.
        data: a `datasets.DataSet` or a pair (training, validation), see `fit`.
        out: folder for the bundle.
        how: "average"; "weighted", by the weights of highest likelihood; "vote", the share of first choices; or
            "stacking", scikit-learn's logistic regression on the logarithms of the members' probabilities.
        strength: of the stacking's L2 penalty, its inverse being scikit-learn's C.

    Returns:
        The bundle, of the model `late_ensemble`. `metrics["members"]` has each member's figures on validation.

    Raises:
        UnknownName: there is no such way.
        ValueError: there are fewer than two members; they are no classifiers, or not of the same classes; a modality
            is not the same in two of them; or validation is not enough to fit weights.
        BundleError: `out` holds something else.

    Example:
        >>> both = ensemble_of({"image": of_image, "report": of_report}, data, how="stacking")
        >>> export_bundle(both, "saved_models/late_ensemble/1")

    Reference: see `heads.ensemble_head`.
    """
    if out is not None:
        refuse_to_replace(Path(out), MANIFEST)
    modalities, class_names = what_they_share(bundles)
    model, there = joined(bundles, modalities, how)
    train, validation = splits_of(data)
    prepared = prepare(validation, modalities)
    labels = prepared.labels.numpy().astype(int).reshape(-1)
    if how in ("weighted", "stacking"):
        answers = predict_split(keras.Model(model.input, model.get_layer("joint").output), prepared)
        head = model.get_layer("probabilities")
        if how == "stacking":
            head.set_weights(stacking(answers, labels, model.output.shape[-1], strength))
        else:
            told = predict_split(keras.Model(model.input, there), prepared) > 0.5
            weights = mixture_weights(of_the_truth(answers, labels, len(bundles)), told, tuple(bundles))
            head.set_weights([np.log(weights)])

    arguments = {"how": how, "members": {name: one.card.name for name, one in bundles.items()}}
    card = dataclasses.replace(model_card("late_ensemble"), modalities=tuple(modalities))
    attach(model, modalities, card, arguments)
    metrics = {
        "data": described(data),
        "seed": [one.metrics.get("seed") for one in bundles.values()],
        "epochs": [one.metrics.get("epochs") for one in bundles.values()],
        "members": {name: one.metrics.get("validation", {}) for name, one in bundles.items()},
        "validation": task_metrics(card.task, labels, predict_split(model, prepared), class_names),
    }
    sketch = sketch_inputs(modalities, sketched_records(train, modalities))
    bundle = Bundle(model, modalities, class_names, card, metrics, arguments, sketch)
    if hasattr(data, "split"):
        metrics["test"] = evaluate(bundle, data.split("test"))
    if out is not None:
        bundle.save(out)
    return bundle


def what_they_share(bundles: Mapping[str, Bundle]) -> tuple[dict[str, Modality], tuple[str, ...]]:
    """All modalities that the members read, and the names of the classes that they tell.

    Raises:
        ValueError: the members do not go together.
    """
    if len(bundles) < 2:
        raise ValueError(f"An ensemble needs two members or more, got {list(bundles)}.")
    modalities: dict[str, Modality] = {}
    first, classes = next(iter(bundles.items()))
    for name, bundle in bundles.items():
        if bundle.card.task != "classification":
            raise ValueError(f"The members have to be classifiers; {name!r} is for {bundle.card.task}.")
        if (bundle.class_names, bundle.model.output.shape) != (classes.class_names, classes.model.output.shape):
            raise ValueError(
                f"The members have to tell the same classes: {name!r} has {list(bundle.class_names)}, "
                f"{first!r} has {list(classes.class_names)}."
            )
        for key, modality in bundle.modalities.items():
            if modalities.setdefault(key, modality) != modality:
                raise ValueError(
                    f"Two members read {key!r} differently, {name!r} as {modality}: train them with the same fitted "
                    "modality, or give it another name."
                )
    return modalities, classes.class_names


def joined(
    bundles: Mapping[str, Bundle], modalities: Mapping[str, Modality], how: str
) -> tuple[keras.Model, keras.KerasTensor]:
    """The members side by side under one head, and the tensor (batch, members) that says which of them answer."""
    inputs = model_inputs(**modalities, presence=True)
    seen, presence = silence_absent(inputs)
    names = list(modalities)
    columns = [[names.index(key) for key in bundle.modalities] for bundle in bundles.values()]
    answers = {}
    for (name, bundle), own in zip(bundles.items(), columns, strict=True):
        read = {key: seen[key] for key in bundle.modalities}
        if bundle.has_presence:
            read[PRESENCE] = PresenceColumns(own, name=f"{name}_presence")(presence)
        answers[name] = copied(bundle.model, f"{name}_network")(read)
    needs_all = [not bundle.has_presence for bundle in bundles.values()]
    there = MembersThere(columns, needs_all, name="members_there")(presence)
    return keras.Model(inputs, ensemble_head(how)(answers, there), name="late_ensemble"), there


def copied(model: keras.Model, name: str) -> keras.Model:
    """The same network with the same weights under another name."""
    twin = keras.Model.from_config({**model.get_config(), "name": name})
    twin.set_weights(model.get_weights())
    return twin


def stacking(answers: np.ndarray, labels: np.ndarray, classes: int, strength: float) -> list[np.ndarray]:
    """Kernel (members * classes, classes) and bias of the logistic regression of labels on answers.

    Raises:
        ValueError: a class does not occur.
    """
    missing = sorted(set(range(classes)) - set(labels.tolist()))
    if missing:
        raise ValueError(f"Stacking needs every class in the validation split; it lacks the classes {missing}.")
    solved = LogisticRegression(C=1 / strength, max_iter=STEPS).fit(answers, labels)
    kernel, bias = solved.coef_.T, solved.intercept_
    if classes == 2:
        # scikit-learn has one logit, of class 1 against class 0.
        kernel, bias = np.hstack([np.zeros_like(kernel), kernel]), np.array([0.0, bias[0]])
    return [kernel.astype("float32"), bias.astype("float32")]


def of_the_truth(answers: np.ndarray, labels: np.ndarray, members: int) -> np.ndarray:
    """The probability (records, members) that each member gives the right class, of logarithms side by side."""
    odds = np.exp(answers.astype("float64").reshape(len(answers), members, -1))
    probabilities = odds / odds.sum(axis=2, keepdims=True)
    return probabilities[np.arange(len(labels)), :, labels]


def mixture_weights(likelihoods: np.ndarray, there: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """The weights (members,) under which the weighted average of the members' answers is most probable.

    By expectation maximisation, which cannot get worse from step to step, over the records that all members answer.

    Args:
        likelihoods: (records, members), what each member gives the right class.
        there: (records, members), which members answer.
        names: of the members, for the message.

    Returns:
        Weights above 0 that sum to 1.

    Raises:
        ValueError: there is no record that all members answer.

    Example:
        >>> mixture_weights(np.eye(2)[[0, 0, 0, 1]], np.ones((4, 2), bool), ("image", "text"))
        [0.75, 0.25]
    """
    whole = likelihoods[there.all(axis=1)]
    if not len(whole):
        raise ValueError(
            f"Weights are fitted on records that all of {list(names)} answer, and validation has none: take 'average'."
        )
    weights = np.full(len(names), 1 / len(names))
    for _ in range(STEPS):
        shares = weights * np.maximum(whole, np.finfo("float64").tiny)
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    return np.maximum(weights, np.finfo("float32").tiny)
