"""What click models are held against."""

import numpy as np

from multimodal_zoo.datasets import DataSet, Records, column, dataset_card
from multimodal_zoo.recipes.clicks import linear


def ratings(count, seed):
    """Film f is liked the more often the higher its number; whoever is user 9 likes nothing, and film 99 is new."""
    random = np.random.default_rng(seed)
    users, films = random.integers(10, size=count), random.integers(10, size=count)
    liked = (random.random(count) < films / 10) & (users < 9)
    names = ["99" if seed and film == 0 else str(film) for film in films]
    return Records({"user": column(map(str, users)), "item": column(names)}, liked.astype("float32"))


def test_users_and_films_are_weighed_and_a_new_film_has_no_weight():
    splits = {name: ratings(2000, seed) for seed, name in enumerate(("train", "validation", "test"))}
    figures = linear(DataSet(dataset_card("ml-100k"), "ctr", {}, (), splits))
    # The order of the probabilities themselves, which nothing can beat, has about this AUC.
    assert 0.8 < figures["auc"] < 0.9
