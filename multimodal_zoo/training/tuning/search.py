"""What a search is: all that decides its trials, as every worker gets it."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.registry import model_card
from multimodal_zoo.tasks import Task, task_named
from multimodal_zoo.training.bundle import json_ready
from multimodal_zoo.training.splits import described as described_data
from multimodal_zoo.training.tuning.ranges import described
from multimodal_zoo.training.tuning.search_space import FIT_SETTINGS, Space

INSTALL = "pip install 'multimodal-zoo[tune]'"
PRUNERS = ("median", "hyperband", "none")


@dataclasses.dataclass(frozen=True)
class Search:
    """All that decides the trials of a search.

    Args:
        name: of the model.
        data: a `datasets.DataSet`; its test split is not read.
        space: what is searched.
        arguments: builder arguments that all trials share.
        settings: arguments of `fit` that all trials share.
        seed: of every training, and of what is tried.
        pruner: one of `PRUNERS`.
        trials: how many there are to be.
        work: folder of the trials and of their bundles.
    """

    name: str
    data: Any
    space: Space
    arguments: Mapping[str, Any]
    settings: Mapping[str, Any]
    seed: int
    pruner: str
    trials: int
    work: Path

    @property
    def task(self) -> Task:
        """What kind of question the model answers."""
        return task_named(model_card(self.name).task)

    @property
    def bundles(self) -> Path:
        """The folder of the bundles of trials."""
        return self.work / "bundles"

    def split(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Builder arguments and settings of `fit` of a trial with these values."""
        chosen = {key: one for key, one in values.items() if key in FIT_SETTINGS}
        arguments = {key: one for key, one in values.items() if key not in FIT_SETTINGS}
        return {**self.arguments, **arguments}, {**self.settings, **chosen}

    @functools.cached_property
    def identity(self) -> dict[str, Any]:
        """What another search differs in, JSON-ready; how many trials there are is none of it."""
        labels = [self.data.split(name).labels for name in ("train", "validation")]
        return {
            "model": self.name,
            "data": described_data(self.data).get("name"),
            "labels": hashlib.sha256(b"".join(np.asarray(one).tobytes() for one in labels)).hexdigest(),
            "search": {key: described(one) for key, one in self.space.items()},
            "arguments": json_ready(self.arguments),
            "settings": json_ready(self.settings),
            "seed": self.seed,
            "pruner": self.pruner,
        }


def import_optuna() -> Any:
    """The module; raises ImportError, naming the extra, where it is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise ImportError(f"Settings are searched by Optuna, which is not installed: {INSTALL}.") from error
    # It tells each trial by itself; what is shown here is shown once.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
