"""Train a small network on the answers of a large one."""

from __future__ import annotations

import dataclasses
import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from multimodal_zoo.registry import BUILDERS, create_model
from multimodal_zoo.training.bundle import MANIFEST, Bundle, load_bundle, refuse_to_replace
from multimodal_zoo.training.distillation_loss import DistillationLoss
from multimodal_zoo.training.evaluate import evaluate, predictions_on
from multimodal_zoo.training.fit import fit
from multimodal_zoo.training.prune import start_from_strongest
from multimodal_zoo.training.splits import splits_of
from multimodal_zoo.training.train_named import match_data, settings_of


def distil(
    teacher: Bundle | str | os.PathLike[str],
    data: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    temperature: float = 2.0,
    alpha: float = 0.5,
    prune: bool = False,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    seed: int = 0,
    verbose: int = 1,
    **fit_arguments: Any,
) -> Bundle:
    """Train a student on the labels and on what a teacher answers, and leave an ordinary bundle.

    The student may read fewer modalities than its teacher: what a fused teacher learned from both then reaches a
    network of one. It takes over the teacher's vocabularies and means. The teacher answers every record once, as it
    is; only the student sees it augmented.

    Args:
        teacher: a bundle or the folder of one.
        data: a `datasets.DataSet` or a pair (training, validation), see `fit`.
        out: folder for the student's bundle; see `fit`.
        name: registered model of the student; None takes the teacher's.
        arguments: builder arguments of the student that go before the teacher's own (or, with another `name`, before
            its defaults), such as `{"filters": (8, 16)}`, or `{"report": None}` for a student of the image alone.
        temperature, alpha: see `DistillationLoss`.
        prune: whether the student, which is then of the teacher's model, starts from its teacher's strongest channels;
            see `start_from_strongest`.
        epochs, batch_size, learning_rate: None takes the defaults of the task.
        seed: of the weights, the dropout, the order of the records and the augmentation.
        verbose: see `fit`.
        **fit_arguments: others of `fit`.

    Returns:
        The bundle of the student. `metrics["distillation"]` has the settings, and of the teacher name, parameters and,
        where `data` has that split, `test` figures.

    Raises:
        UnknownName: no such model or argument.
        ValueError: student, teacher and data are not for one task or have not the same classes; or with `prune` nothing
            of the teacher fits.
        BundleError: `teacher` is no bundle, or `out` holds something else.

    Example:
        >>> student = distil("runs/covid", load_dataset("covid-cxr"), "runs/small", arguments={"filters": (8, 16, 32)})

    Reference: Hinton et al. 2015, arXiv:1503.02531; with `prune` Li et al. 2017, arXiv:1608.08710.
    """
    if not isinstance(teacher, Bundle):
        teacher = load_bundle(teacher)
    if out is not None:
        refuse_to_replace(Path(out), MANIFEST)
    card = getattr(data, "card", teacher.card)
    if card.task != teacher.card.task:
        raise ValueError(f"The teacher is for {teacher.card.task}, and {card.name} is for {card.task}.")
    keras.utils.set_random_seed(seed)
    student = build_student(teacher, name, arguments or {})
    started = start_from_strongest(student, teacher.model) if prune else []
    settings = settings_of(teacher.card.task, epochs, batch_size, learning_rate)
    loss = DistillationLoss(teacher.card.task, student.output.shape[-1], temperature, alpha)
    student.compile(keras.optimizers.Adam(settings["learning_rate"]), loss)
    train, validation = splits_of(data)
    answers = (predictions_on(teacher, train)[1], predictions_on(teacher, validation)[1])

    def finish(bundle: Bundle) -> Bundle:
        distillation: dict[str, Any] = {
            "temperature": temperature,
            "alpha": alpha,
            "pruned": started,
            "teacher": {"name": teacher.card.name, "parameters": teacher.model.count_params()},
        }
        metrics = {**bundle.metrics, "distillation": distillation}
        if hasattr(data, "split"):
            distillation["teacher"]["test"] = evaluate(teacher, data.split("test"))
            metrics["test"] = evaluate(bundle, data.split("test"))
        return dataclasses.replace(bundle, metrics=metrics, class_names=teacher.class_names)

    return fit(
        student,
        data,
        out=out,
        soft_targets=answers,
        seed=seed,
        verbose=verbose,
        finish=finish,
        **{**settings, **fit_arguments},
    )


def build_student(teacher: Bundle, name: str | None, arguments: Mapping[str, Any]) -> keras.Model:
    """The untrained student, its answer of the same kind and width as the teacher's.

    Raises:
        ValueError: it is not.
    """
    name = name or teacher.card.name
    if name == teacher.card.name:
        chosen = {key: with_modalities(key, value, teacher) for key, value in teacher.arguments.items()}
    else:
        chosen = match_data(name, teacher.modalities)
        if "num_classes" in inspect.signature(BUILDERS[name]).parameters:
            chosen["num_classes"] = teacher.model.output.shape[-1]
    student = create_model(name, **{**chosen, **arguments})
    for what, theirs, own in (
        ("task", teacher.card.task, student.card.task),
        ("number of outputs", teacher.model.output.shape[-1], student.output.shape[-1]),
    ):
        if theirs != own:
            raise ValueError(f"The {what} of the teacher is {theirs}, that of the student, {name}, is {own}.")
    return student


def with_modalities(key: str, value: Any, teacher: Bundle) -> Any:
    """A builder argument as the bundle keeps it, its modalities replaced by the fitted ones."""
    if isinstance(value, Mapping) and key in teacher.modalities:
        return teacher.modalities[key]
    if isinstance(value, Mapping) and value and set(value) <= set(teacher.modalities):
        return {one: teacher.modalities[one] for one in value}
    return value
