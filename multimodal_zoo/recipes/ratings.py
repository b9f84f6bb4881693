"""Four questions about each rating of a film at once: at least 2, 3, 4, and 5."""

from __future__ import annotations

from multimodal_zoo.recipes.clicks import FIELDS, SETTINGS
from multimodal_zoo.recipes.recipe import Recipe, add_recipes


def ratings(sharing: str) -> Recipe:
    """A network of four tasks, and what they share."""
    return Recipe(
        row=f"ml-100k:ratings/multi_task_recommender+{sharing}",
        network="multi_task_recommender",
        data="ml-100k:ratings",
        figure="auc",
        # Keras watches no AUC of several tasks.
        fit={**SETTINGS, "monitor": "val_loss"},
        arguments={"sharing": sharing},
        reads=FIELDS,
        more=("mean_average_precision", "log_loss"),
        notes="Mean of the AUC of the four questions.",
    )


add_recipes(*(ratings(sharing) for sharing in ("hard", "soft", "bayes", "mmoe", "ple")))
