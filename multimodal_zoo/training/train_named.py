"""Train a model by name on a data set: match the two, build under the strategy, fit, look at the test split once."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from multimodal_zoo.modalities import Modality
from multimodal_zoo.registry import BUILDERS, create_model, model_card
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training import strategies
from multimodal_zoo.training.bundle import MANIFEST, Bundle, refuse_to_replace
from multimodal_zoo.training.evaluate import evaluate
from multimodal_zoo.training.fit import fit
from multimodal_zoo.training.precision import precision as compute_in
from multimodal_zoo.training.table_parts.sharded_tables import sharded_tables as in_parts
from multimodal_zoo.unknown_name import UnknownName

# What no field of ids, numbers or texts is made of.
NO_FIELDS = ("image", "audio", "video", "series", "points")


def match_data(name: str, modalities: Mapping[str, Modality]) -> dict[str, Any]:
    """Builder arguments that let a model read the modalities of a data set.

    A modality goes to the argument of its name. A builder with an argument `fields` takes the other ids, numbers and
    texts there. An argument that has a modality by default which the data lack is set to None.

    Raises:
        ValueError: the data have none of the model's modalities.
    """
    if name not in BUILDERS:
        raise UnknownName("model", name, BUILDERS)
    parameters = inspect.signature(BUILDERS[name]).parameters
    slots = [key for key, parameter in parameters.items() if isinstance(parameter.default, Modality)]
    arguments: dict[str, Any] = {key: modalities.get(key) for key in slots}
    if "fields" in parameters:
        arguments["fields"] = {
            key: one for key, one in modalities.items() if key not in slots and one.kind not in NO_FIELDS
        }
    if not any(arguments.values()):
        wanted = ", ".join(slots) or "fields of ids and numbers"
        raise ValueError(f"{name} reads {wanted}, and the data set has only: {', '.join(modalities)}.")
    return arguments


def build_for(name: str, data: Any, arguments: Mapping[str, Any] | None = None) -> keras.Model:
    """Build a model to fit a data set; `arguments` go before what the data set says.

    Example:
        >>> model = build_for("lstnet_diagnosis", load_dataset("synthetic-diagnosis"), {"fusion": "gated"})
    """
    chosen = match_data(name, data.modalities)
    parameters = inspect.signature(BUILDERS[name]).parameters
    if "num_classes" in parameters and data.class_names:
        chosen["num_classes"] = len(data.class_names)
    if "picture" in parameters:
        chosen["picture"] = data.split("train").labels.shape[1:]
    task = model_card(name).task
    if task != data.card.task and "task" not in parameters:
        raise ValueError(f"{name} is for {task}, and {data.card.name}:{data.protocol} is for {data.card.task}.")
    return create_model(name, **{**chosen, **(arguments or {})})


def settings_of(task: str, epochs: int | None, batch_size: int | None, learning_rate: float | None) -> dict[str, Any]:
    """The arguments of `fit` for a task: its defaults, and what is given (not None) before them."""
    given = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    return {**task_named(task).settings, **{key: value for key, value in given.items() if value is not None}}


def train_named(
    name: str,
    data: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    seed: int = 0,
    arguments: Mapping[str, Any] | None = None,
    strategy: str = "auto",
    precision: str | None = None,
    sharded_tables: bool = False,
    test: bool = True,
    verbose: int = 1,
    **fit_arguments: Any,
) -> Bundle:
    """Train a registered model on a data set and leave a bundle with the figures of the test split in it.

    Args:
        name: registered model.
        data: a `datasets.DataSet`.
        out: folder for the bundle; see `fit`.
        epochs, batch_size, learning_rate: None takes the defaults of the task.
        seed: of the weights, the dropout, the order of the records and the augmentation.
        arguments: builder arguments that go before those the data set implies.
        strategy: "auto", "cpu", "mirrored", "multi_worker", ...; see `strategies.resolve`.
        precision: "float32", "mixed_bfloat16" or "mixed_float16"; None takes the global policy of Keras.
        sharded_tables: on several workers each holds only its share of the rows of large tables, and the bundle in
            `out` has whole ones; see `table_parts.sharded_tables`. The network of the bundle that is returned then
            answers only while all workers ask it together.
        test: whether the bundle gets the figures of the test split; without, the split is not read.
        **fit_arguments: others of `fit`.

    Returns:
        The bundle. `metrics["beats_constant"]` is False when the network learned nothing: callers are to fail loudly.

    Raises:
        UnknownName, ValueError: model, data, argument, strategy or precision do not exist or do not go together.
        BundleError: `out` holds something else.

    Example:
        >>> bundle = train_named("deepfm", load_dataset("ml-100k"), "runs/deepfm", seed=1)
    """
    if out is not None:
        refuse_to_replace(Path(out), MANIFEST)
    chosen = strategies.resolve(strategy)
    settings = settings_of(model_card(name).task, epochs, batch_size, learning_rate)
    keras.utils.set_random_seed(seed)
    tables = in_parts() if sharded_tables else contextlib.nullcontext()
    with compute_in(precision), chosen.scope(), tables:
        model = build_for(name, data, arguments)

    def finish(bundle: Bundle) -> Bundle:
        metrics = {**bundle.metrics, "strategy": strategy}
        if test:
            metrics["test"] = evaluate(bundle, data.split("test"))
        return dataclasses.replace(bundle, metrics=metrics)

    with compute_in(precision):
        return fit(model, data, out=out, seed=seed, verbose=verbose, finish=finish, **{**settings, **fit_arguments})
