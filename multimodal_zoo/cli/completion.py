"""What a shell offers for a word: models, data sets, fusion operators, rows of the results, and how to train.

The names lie in `names.json`: a shell asks at every press of the tab key, and the registries take TensorFlow and
seconds. `make names` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAMES = Path(__file__).with_name("names.json")


def known_names() -> dict[str, Any]:
    """What is written down: data sets as protocols by name, everything else as lists."""
    return json.loads(NAMES.read_text(encoding="utf-8"))


def registered_names() -> dict[str, Any]:
    """The same from the registries."""
    from multimodal_zoo.cli.options import registered_models

    models = registered_models().list_models()

    from multimodal_zoo.datasets import dataset_card, list_datasets
    from multimodal_zoo.fusion import list_fusions
    from multimodal_zoo.recipes import list_recipes
    from multimodal_zoo.training.optimizers import OPTIMIZERS
    from multimodal_zoo.training.precision import PRECISIONS
    from multimodal_zoo.training.strategies import STRATEGIES

    return {
        "models": sorted(models),
        "datasets": {name: list(dataset_card(name).protocols) for name in list_datasets()},
        "fusions": sorted(list_fusions()),
        "rows": sorted(list_recipes()),
        "optimizers": ["auto", *OPTIMIZERS],
        "precisions": list(PRECISIONS),
        "strategies": list(STRATEGIES),
    }


def model_names(incomplete: str) -> list[str]:
    """Models that begin so.

    Example:
        >>> model_names("lstnet_d")
        ['lstnet_diagnosis']
    """
    return beginning(incomplete, known_names()["models"])


def data_names(incomplete: str) -> list[str]:
    """Data sets that begin so; behind a colon, their protocols.

    Example:
        >>> data_names("spoken"), data_names("ml-100k:ctr")
        (['spoken-digits'], ['ml-100k:ctr', 'ml-100k:ctr-history'])
    """
    protocols = known_names()["datasets"]
    name, colon, _ = incomplete.partition(":")
    offered = [f"{name}:{one}" for one in protocols.get(name, ())] if colon else list(protocols)
    return beginning(incomplete, offered)


def row_names(incomplete: str) -> list[str]:
    """Rows of the results that begin so."""
    return beginning(incomplete, known_names()["rows"])


def optimizer_names(incomplete: str) -> list[str]:
    """Optimisers that begin so."""
    return beginning(incomplete, known_names()["optimizers"])


def precision_names(incomplete: str) -> list[str]:
    """Precisions that begin so."""
    return beginning(incomplete, known_names()["precisions"])


def strategy_names(incomplete: str) -> list[str]:
    """Strategies that begin so."""
    return beginning(incomplete, known_names()["strategies"])


def setting_words(incomplete: str) -> list[str]:
    """For `--set`: the fusion operators, `fusion=NAME`."""
    return beginning(incomplete, [f"fusion={name}" for name in known_names()["fusions"]])


def beginning(incomplete: str, offered: list[str]) -> list[str]:
    """Those that begin with what stands there."""
    return [word for word in offered if word.startswith(incomplete)]


def write_names() -> None:
    """Write down what is registered."""
    NAMES.write_text(json.dumps(registered_names(), indent=1) + "\n", encoding="utf-8")
