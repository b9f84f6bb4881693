"""The rows of the results, each by a recipe that makes it again: `multimodal-zoo reproduce ROW`."""

from multimodal_zoo.recipes import clicks, next_film, remaining_life, scenes, spoken_digits  # noqa: F401  (add their rows)
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
