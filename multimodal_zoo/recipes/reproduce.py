"""Make a row of the results again: its networks with one seed, and their figures."""

from __future__ import annotations

import dataclasses
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras

from multimodal_zoo.datasets import DataSet, load_dataset
from multimodal_zoo.recipes.recipe import Figures, Recipe
from multimodal_zoo.tasks import constant_prediction, task_metrics, task_named
from multimodal_zoo.training import Bundle, build_for, ensemble_of, evaluate, fit, warm_start
from multimodal_zoo.training.bundle import MANIFEST, refuse_to_replace, save_bundle
from multimodal_zoo.training.pipeline import steps_per_epoch


class Trained(NamedTuple):
    """The networks of a row, trained with one seed: of each modality alone, and of everything; and what they read."""

    alone: dict[str, Bundle]
    together: Bundle
    data: DataSet


def train_row(recipe: Recipe, seed: int, verbose: int = 1) -> Trained:
    """Train the networks of a row.

    Args:
        recipe: what to train.
        seed: of the weights, the dropout, the order of the records and the augmentation.
        verbose: as of `fit`.

    Raises:
        DataNotFound: the data are not here.

    Example:
        >>> bundle = train_row(recipe_named("ml-100k/deepfm"), seed=0).together
    """
    data = data_of(recipe, seed)
    backbone = {} if recipe.backbone is None else {"backbone_weights": str(recipe.backbone())}

    def trained(
        network: str,
        arguments: Mapping[str, Any],
        settings: Mapping[str, Any],
        encoders: Mapping[str, Bundle],
        seed: int = seed,
    ) -> Bundle:
        keras.utils.set_random_seed(seed)
        model = build_for(network, data, {**recipe.arguments, **backbone, **arguments})
        for name, bundle in encoders.items():
            warm_start(model, bundle.model, name)
        compile_as(model, recipe, settings, data)
        adversary = None if recipe.critic is None else recipe.critic(data)
        return fit(model, data, seed=seed, verbose=verbose, adversary=adversary, **settings)

    alone = {
        name: trained(
            recipe.alone_network or recipe.network,
            {other: None for other in data.modalities if other != name},
            {**recipe.fit, **recipe.fit_alone.get(name, {})},
            {},
        )
        for name in recipe.alone
    }
    settings = {**recipe.fit, **recipe.fit_together}
    encoders = alone if recipe.from_alone else {}
    if not recipe.members:
        return Trained(alone, trained(recipe.network, recipe.together, settings, encoders), data)
    members = {
        f"member{number}": trained(recipe.network, recipe.together, settings, encoders, seed * recipe.members + number)
        for number in range(recipe.members)
    }
    return Trained(alone, answering_together(members, data), data)


def answering_together(members: Mapping[str, Bundle], data: DataSet) -> Bundle:
    """The average of several networks, with what is told of the training of one."""
    joint = ensemble_of(members, data)
    told = [one.metrics for one in members.values()]
    metrics = {
        "beats_constant": all(one["beats_constant"] for one in told),
        "epochs": max(one["epochs"] for one in told),
        "seconds": sum(one["seconds"] for one in told),
    }
    return dataclasses.replace(joint, metrics={**joint.metrics, **metrics})


def compile_as(model: keras.Model, recipe: Recipe, settings: Mapping[str, Any], data: DataSet) -> None:
    """Compile a network with the optimiser and the loss of its recipe; with neither, that is left to `fit`."""
    if recipe.optimizer is None and recipe.loss is None:
        return
    task = task_named(model.card.task)
    steps = steps_per_epoch(len(data.split("train")), settings["batch_size"])
    optimizer = None if recipe.optimizer is None else recipe.optimizer(steps)
    model.compile(
        optimizer or keras.optimizers.Adam(settings["learning_rate"]),
        task.loss if recipe.loss is None else recipe.loss(),
        metrics=task.watched(),
    )


def data_of(recipe: Recipe, seed: int = 0) -> DataSet:
    """The data set of a row for a seed, with the modalities that its networks read, as they read them."""
    data = renamed(load_dataset(recipe.data.format(seed=seed)), recipe.renamed)
    names = data.modalities if recipe.reads is None else recipe.reads
    read = {name: dataclasses.replace(data.modalities[name], **recipe.modalities.get(name, {})) for name in names}
    return dataclasses.replace(data, modalities=read)


def renamed(data: DataSet, names: Mapping[str, str]) -> DataSet:
    """The data set with other names for some modalities."""

    def under_new_names(values: Mapping[str, Any]) -> dict[str, Any]:
        return {names.get(name, name): value for name, value in values.items()}

    splits = {
        part: dataclasses.replace(records, columns=under_new_names(records.columns))
        for part, records in data.splits.items()
    }
    return dataclasses.replace(data, modalities=under_new_names(data.modalities), splits=splits)


def reproduce(
    recipe: Recipe, seed: int = 0, verbose: int = 1, save: str | os.PathLike[str] | None = None
) -> dict[str, Any]:
    """The figures of a row with one seed.

    Args:
        recipe: what to train.
        seed: see `train_row`.
        verbose: as of `fit`.
        save: the folder for the bundle of the network that reads everything; None keeps none.

    Returns:
        JSON-ready: `row`, `figure` (its name), `seed`; `test` and `validation`, that figure of the network that reads
        everything; `more`, name -> another figure of it on the test split; `alone`, modality -> the main figure on the
        test split; `missing`, modality -> the same of the network of everything without it, where it can; `baselines`,
        what needs no network -> the same; `beats_constant`, `epochs`, `parameters`, `seconds` of its training and
        `peak_memory_mb` of this process.

    Raises:
        DataNotFound: the data are not here.
        BundleError: `save` exists and is no bundle; nothing was trained.

    Example:
        >>> reproduce(recipe_named("cmapss-fd001/machine_health"), seed=0)["test"]
    """
    if save is not None:
        refuse_to_replace(Path(save), MANIFEST)
    trained = train_row(recipe, seed, verbose)
    data, whole = trained.data, trained.together
    if save is not None:
        save_bundle(whole, save)
    missing = whole.modalities if whole.has_presence and recipe.alone else ()
    figures = figures_of(recipe, whole, data, "test")

    def main_figure(bundle: Bundle, without: tuple[str, ...] = ()) -> float:
        return value_of(figures_of(recipe, bundle, data, "test", without), recipe.figure)

    return {
        "row": recipe.row,
        "figure": recipe.figure,
        "seed": seed,
        "test": value_of(figures, recipe.figure),
        "validation": value_of(figures_of(recipe, whole, data, "validation"), recipe.figure),
        "more": {name: value_of(figures, name) for name in recipe.more},
        "alone": {name: main_figure(bundle) for name, bundle in trained.alone.items()},
        "missing": {name: main_figure(whole, (name,)) for name in missing},
        "baselines": baselines_of(recipe, data, whole),
        "beats_constant": whole.metrics["beats_constant"],
        "epochs": whole.metrics["epochs"],
        "parameters": whole.model.count_params(),
        "seconds": whole.metrics["seconds"],
        "peak_memory_mb": peak_memory_mb(),
    }


def figures_of(
    recipe: Recipe, bundle: Bundle, data: DataSet, split: str, without: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Everything that is known of a network on a split, perhaps without some modalities."""
    own = {} if recipe.measured is None or without else recipe.measured(bundle, data, split)
    return {**evaluate(bundle, data.split(split), without=without), **own}


def baselines_of(recipe: Recipe, data: DataSet, bundle: Bundle) -> dict[str, float]:
    """The main figure on the test split of a constant answer, and of what the recipe has to be held against."""
    test, task = data.split("test"), bundle.card.task
    constant = constant_prediction(task, data.split("train").labels, len(test), bundle.model.output.shape[-1])
    figures: dict[str, Figures] = {
        "a constant answer": task_metrics(task, test.labels, constant, data.class_names),
        **{name: measure(data) for name, measure in recipe.baselines.items()},
    }
    told = {name: value_of(own, recipe.figure) for name, own in figures.items()}
    return {name: value for name, value in told.items() if value is not None}


def value_of(figures: Mapping[str, Any], name: str) -> Any:
    """The figure of a name, "way.figure" within another; None where there is none."""
    found: Any = figures
    for part in name.split("."):
        found = (found or {}).get(part)
    return found


def peak_memory_mb() -> float:
    """The most memory this process has had, in MB."""
    # In kilobytes on Linux, in bytes on macOS.
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1e6 if sys.platform == "darwin" else 1e3), 1)
