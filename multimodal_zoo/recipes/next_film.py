"""The film that a user likes next: vectors of users and films, whose product ranks all films."""

from __future__ import annotations

from typing import Any

from multimodal_zoo.recipes.recipe import Recipe, add_recipes

SETTINGS = {"epochs": 20, "batch_size": 1024, "patience": 3, "monitor": "val_auc"}


def next_film(network: str, reads: tuple[str, ...], arguments: dict[str, Any]) -> Recipe:
    """A network that tells the film that was liked next from films drawn at random."""
    return Recipe(
        row=f"ml-100k:next-item/{network}",
        network=network,
        data="ml-100k:next-item",
        figure="auc",
        fit=SETTINGS,
        arguments={**arguments, "embedding_dim": 32, "dropout": 0.2},
        reads=reads,
        notes="The figure is among 100 drawn films; `make results ONLY=next-item` ranks all.",
    )


add_recipes(
    next_film("sasrec", ("item", "history"), {}),
    # No text, as in the protocol of clicks.
    next_film(
        "two_tower",
        ("user", "item", "age", "gender", "occupation", "year", "genres", "history"),
        {"joint_dim": 32, "hidden": (64,)},
    ),
)
