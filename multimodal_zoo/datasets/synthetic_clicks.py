"""`synthetic-clicks`: made-up users, films and clicks with the fields of ml-100k."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Categorical, Modality, MultiCategorical, Text

SEED = 2020
SIZES = {"train": 8000, "validation": 1000, "test": 1000}
USERS, ITEMS, FACTORS = 200, 150, 4
OCCUPATIONS = ("artist", "doctor", "engineer", "lawyer", "student", "writer")
GENRES = ("Action", "Comedy", "Drama", "Horror", "Musical", "Romance", "Sci-Fi", "War")
# Words that go with each genre, so that the plot tells something of an item without history.
PLOT_WORDS = (
    ("chase", "explosion", "agent"),
    ("joke", "wedding", "clumsy"),
    ("family", "secret", "trial"),
    ("ghost", "cellar", "scream"),
    ("song", "stage", "dancer"),
    ("love", "letter", "kiss"),
    ("robot", "planet", "future"),
    ("soldier", "front", "battle"),
)
SHARPNESS = 5.0  # how far taste decides a click; at 0 it is a toss of a coin

CARD = DataSetCard(
    name="synthetic-clicks",
    title="SYNTHETIC: clicks of made-up users on made-up films, from hidden taste",
    task="ranking",
    licence="Apache-2.0 (made by this package)",
    source="built in",
    citation="none",
    protocols={"default": ", ".join(f"{count} {name}" for name, count in SIZES.items())},
    synthetic=True,
    notes="The chance of a click is the logistic function of the product of hidden factors of user and item.",
)


@register_data_set(CARD)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Make the records: pairs of a user and an item at random, clicked or not."""
    random = np.random.RandomState(SEED)  # its stream is frozen, unlike that of NumPy's newer generators
    users, user_factors = make_users(random)
    items, item_factors = make_items(random)
    splits = {}
    for name, count in SIZES.items():
        user, item = random.randint(USERS, size=count), random.randint(ITEMS, size=count)
        taste = np.einsum("nf,nf->n", user_factors[user], item_factors[item])
        clicked = random.uniform(size=count) < 1 / (1 + np.exp(-SHARPNESS * taste))
        columns = {key: values[user] for key, values in users.items()}
        columns |= {key: values[item] for key, values in items.items()}
        splits[name] = Records({key: columns[key] for key in modalities()}, clicked.astype(np.float32))
    return DataSet(card, protocol, modalities(), (), splits)


def modalities() -> dict[str, Modality]:
    """The fields, in the order of ml-100k."""
    return {
        "user": Categorical(USERS + 2),
        "item": Categorical(ITEMS + 2),
        "age": Categorical(60 + 2),
        "gender": Categorical(2 + 2),
        "occupation": Categorical(len(OCCUPATIONS) + 2),
        "year": Categorical(30 + 2),
        "genres": MultiCategorical(len(GENRES) + 2, 3),
        "plot": Text(100, 12),
    }


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make_users(random: np.random.RandomState) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns of the users and their factors `(users, factors)`.

    The factors follow occupation and gender, and are partly the user's own.
    """
    occupation, gender = random.randint(len(OCCUPATIONS), size=USERS), random.randint(2, size=USERS)
    by_occupation = random.standard_normal((len(OCCUPATIONS), FACTORS))
    by_gender = 0.5 * random.standard_normal((2, FACTORS))
    own = 0.5 * random.standard_normal((USERS, FACTORS))
    columns = {
        "user": column(f"user-{number}" for number in range(USERS)),
        "age": column(str(age) for age in random.randint(15, 75, USERS)),
        "gender": column("FM"[one] for one in gender),
        "occupation": column(OCCUPATIONS[one] for one in occupation),
    }
    return columns, unit(by_occupation[occupation] + by_gender[gender] + own)


def make_items(random: np.random.RandomState) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns of the items and their factors `(items, factors)`.

    The factors follow the genres, and are partly the item's own.
    """
    by_genre = random.standard_normal((len(GENRES), FACTORS))
    genres = [sorted(random.permutation(len(GENRES))[: random.randint(1, 4)]) for _ in range(ITEMS)]
    factors = np.stack([by_genre[one].mean(axis=0) for one in genres]) + 0.3 * random.standard_normal((ITEMS, FACTORS))
    plots = []
    for one in genres:
        words = [PLOT_WORDS[genre][word] for genre in one for word in random.permutation(3)[:2]]
        plots.append("A film with " + ", ".join(words) + ".")
    columns = {
        "item": column(f"film-{number}" for number in range(ITEMS)),
        "year": column(str(year) for year in random.randint(1970, 2000, ITEMS)),
        "genres": column([GENRES[genre] for genre in one] for one in genres),
        "plot": column(plots),
    }
    return columns, unit(factors)
