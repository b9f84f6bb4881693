"""How one row of the results is made, by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from multimodal_zoo.datasets import DataSet
from multimodal_zoo.training import Adversary, Bundle
from multimodal_zoo.unknown_name import UnknownName

# Numbers by name, or the figures of each way.
Figures = Mapping[str, Any]

RECIPES: dict[str, Recipe] = {}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that the figures of a row depend on, but for the seed.

    Args:
        row: its name, `data/network`, with `+variant` behind it where the network has several rows on the data.
        network: registered model.
        data: `name` or `name:protocol` of a data set; "{seed}" in it stands for the seed, where each is another fold.
        figure: the main figure, by the name that `evaluate` or `measured` gives it; "way.figure" for one within
            another.
        fit: arguments of `fit`, and so the most epochs, the learning rate and when to stop.
        arguments: of the builder, for every network of the row.
        optimizer: makes the optimiser from the number of steps of an epoch; None: Adam with the rate of `fit`.
        loss: makes the loss; None: that of the task.
        critic: makes the adversary from the data; None: there is none.
        backbone: makes the file for `backbone_weights` of the builder, where there is none to name.
        together: more of the builder, for the network that reads everything.
        fit_together: arguments of `fit` that differ for that one.
        members: how many classifiers, each of another seed, answer together by their average (`ensemble_of`);
            0: it is one network.
        fit_alone: modality -> arguments of `fit` that differ for the network of it alone.
        alone: modalities that a network of its own reads, each alone: what is joined has to beat the best of them.
        alone_network: the network that reads each of them, where that is another one.
        from_alone: the network that reads everything starts from the encoders of those; see `training.warm_start`.
        renamed: name of a modality in the data -> name that the network has for it; everything else of the recipe
            has that one.
        reads: which modalities of the data are read; None: all.
        modalities: modality -> fields set otherwise than in the data set, such as its augmentation.
        higher_is_better: whether a greater figure is the better one.
        reference: what others report of the same split, with its source; empty where nothing is known.
        more: other figures that are told beside the main one.
        measured: further figures of a trained network on a split of the data, by name, where `evaluate` has none.
        baselines: what needs no network, by a name for people -> makes its figures on the test split, the main one
            among them. A constant answer is always told beside them, where `evaluate` has the main figure.
        seeds: how many the published figure has.
        long: whether it takes so long that only `make results-all` repeats it.
        notes: what a reader of the figure should know.

    Example:
        >>> Recipe("synthetic-digits/audio_visual_fusion", "audio_visual_fusion", "synthetic-digits", "accuracy", {})
    """

    row: str
    network: str
    data: str
    figure: str
    fit: Mapping[str, Any]
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    together: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    fit_together: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    members: int = 0
    fit_alone: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    alone: tuple[str, ...] = ()
    alone_network: str = ""
    from_alone: bool = False
    renamed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    reads: tuple[str, ...] | None = None
    modalities: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    higher_is_better: bool = True
    reference: str = ""
    optimizer: Callable[[int], keras.optimizers.Optimizer] | None = None
    loss: Callable[[], Any] | None = None
    critic: Callable[[DataSet], Adversary] | None = None
    backbone: Callable[[], Path] | None = None
    more: tuple[str, ...] = ()
    measured: Callable[[Bundle, DataSet, str], Figures] | None = None
    baselines: Mapping[str, Callable[[DataSet], Figures]] = dataclasses.field(default_factory=dict)
    seeds: int = 3
    long: bool = False
    notes: str = ""


def add_recipes(*recipes: Recipe) -> None:
    """Make recipes known by their rows.

    Raises:
        ValueError: there is a recipe of that row already.
    """
    for recipe in recipes:
        if recipe.row in RECIPES:
            raise ValueError(f"There is a recipe {recipe.row!r} already.")
        RECIPES[recipe.row] = recipe


def list_recipes() -> list[str]:
    """The rows, in the order of their names.

    Example:
        >>> "ml-100k/deepfm" in list_recipes()
        True
    """
    return sorted(RECIPES)


def recipe_named(row: str) -> Recipe:
    """The recipe of a row.

    Raises:
        UnknownName: there is none; the message lists those that there are.
    """
    if row not in RECIPES:
        raise UnknownName("row", row, list_recipes())
    return RECIPES[row]
