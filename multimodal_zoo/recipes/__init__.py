"""The rows of the results, each by a recipe that makes it again: `multimodal-zoo reproduce ROW`."""

# Each adds its rows.
from multimodal_zoo.recipes import (  # noqa: F401
    captions,
    clicks,
    diagnosis,
    drawing,
    forecasts,
    next_film,
    pictures_and_texts,
    questions,
    ratings,
    remaining_life,
    scenes,
    sentiment,
    speech,
    spoken_digits,
)
from multimodal_zoo.recipes.recipe import Recipe, add_recipes, list_recipes, recipe_named
from multimodal_zoo.recipes.reproduce import Trained, data_of, reproduce, train_row

__all__ = [
    "Recipe",
    "Trained",
    "add_recipes",
    "data_of",
    "list_recipes",
    "recipe_named",
    "reproduce",
    "train_row",
]
