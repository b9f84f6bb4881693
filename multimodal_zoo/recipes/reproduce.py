"""Make a row of the results again: its networks with one seed, and their figures."""

from __future__ import annotations

import dataclasses
import resource
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import keras

from multimodal_zoo.datasets import DataSet, load_dataset
from multimodal_zoo.recipes.recipe import Recipe
from multimodal_zoo.training import Bundle, build_for, evaluate, fit, warm_start


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
    data = data_of(recipe)

    def trained(arguments: Mapping[str, Any], settings: Mapping[str, Any], encoders: Mapping[str, Bundle]) -> Bundle:
        keras.utils.set_random_seed(seed)
        model = build_for(recipe.network, data, {**recipe.arguments, **arguments})
        for name, bundle in encoders.items():
            warm_start(model, bundle.model, name)
        return fit(model, data, seed=seed, verbose=verbose, **settings)

    alone = {
        name: trained({other: None for other in data.modalities if other != name}, recipe.fit, {})
        for name in recipe.alone
    }
    settings = {**recipe.fit, **recipe.fit_together}
    return Trained(alone, trained(recipe.together, settings, alone if recipe.from_alone else {}), data)


def data_of(recipe: Recipe) -> DataSet:
    """The data set of a row, with the modalities that its networks read, as they read them."""
    data = load_dataset(recipe.data)
    names = data.modalities if recipe.reads is None else recipe.reads
    read = {name: dataclasses.replace(data.modalities[name], **recipe.modalities.get(name, {})) for name in names}
    return dataclasses.replace(data, modalities=read)


def reproduce(recipe: Recipe, seed: int = 0, verbose: int = 1) -> dict[str, Any]:
    """The figures of a row with one seed.

    Args:
        recipe: what to train.
        seed: see `train_row`.
        verbose: as of `fit`.

    Returns:
        JSON-ready: `row`, `figure` (its name), `seed`; `test` and `validation`, that figure of the network that reads
        everything; `alone`, modality -> that figure on the test split; `missing`, modality -> the same of the network
        of everything without it, where it can; `beats_constant`, `epochs`, `parameters`, `seconds` of its training and
        `peak_memory_mb` of this process.

    Raises:
        DataNotFound: the data are not here.

    Example:
        >>> reproduce(recipe_named("cmapss-fd001/machine_health"), seed=0)["test"]
    """
    trained = train_row(recipe, seed, verbose)
    test = trained.data.split("test")
    whole = trained.together
    missing = whole.modalities if whole.has_presence and recipe.alone else ()
    return {
        "row": recipe.row,
        "figure": recipe.figure,
        "seed": seed,
        "test": evaluate(whole, test)[recipe.figure],
        "validation": whole.metrics["validation"][recipe.figure],
        "alone": {name: evaluate(bundle, test)[recipe.figure] for name, bundle in trained.alone.items()},
        "missing": {name: evaluate(whole, test, without=[name])[recipe.figure] for name in missing},
        "beats_constant": whole.metrics["beats_constant"],
        "epochs": whole.metrics["epochs"],
        "parameters": whole.model.count_params(),
        "seconds": whole.metrics["seconds"],
        "peak_memory_mb": peak_memory_mb(),
    }


def peak_memory_mb() -> float:
    """The most memory this process has had, in MB."""
    # In kilobytes on Linux, in bytes on macOS.
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1e6 if sys.platform == "darwin" else 1e3), 1)
