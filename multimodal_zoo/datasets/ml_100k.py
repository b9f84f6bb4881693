"""`ml-100k`: MovieLens-100K ratings, with the films' plots where they are at hand."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.download import download_archive, download_from_package
from multimodal_zoo.datasets.find import DataNotFound
from multimodal_zoo.datasets.ml_100k_next_item import next_items
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Categorical, IdSequence, Modality, MultiCategorical, Text

SEED = 2020
POSITIVE_FROM = 4
HISTORY_LENGTH = 50
ARCHIVE = "https://files.grouplens.org/datasets/movielens/ml-100k.zip"
ARCHIVE_MD5 = "0e33842e24a9c977be4e0107933c0723"
PACKAGE = "recbole==1.2.1"
PACKAGE_FOLDER = "recbole/dataset_example/ml-100k"
GENRES = (
    "unknown|Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|Horror|Musical|"
    "Mystery|Romance|Sci-Fi|Thriller|War|Western"
).split("|")

# What the protocol "ratings" asks of each rating.
QUESTIONS = ("at_least_2", "at_least_3", "like", "rating_5")

CARD = DataSetCard(
    name="ml-100k",
    title="MovieLens-100K: who likes which film, with plots where at hand",
    task="ranking",
    licence="GroupLens terms: research use; neither redistribution nor commercial use without permission",
    source="https://grouplens.org/datasets/movielens/100k/",
    citation="Harper and Konstan 2015, The MovieLens Datasets: History and Context, doi:10.1145/2827872",
    protocols={
        "ctr": f"rating >= {POSITIVE_FROM} is positive; np.random.default_rng({SEED}).permutation, 80/10/10",
        "u1": "rating regression; official u1.base and u1.test; validation = 10 % of u1.base",
        "cold-items": "as ctr, but 10 % of the items are only in test and another 10 % only in validation",
        "ctr-history": (
            f"the rows of ctr; beside each, the newest {HISTORY_LENGTH} films that the user liked in the training part "
            "at an earlier second"
        ),
        "next-item": (
            "the film a user likes next: the last one is for test, the one before it for validation; beside each stand "
            f"films drawn at random (4 in training, 100 elsewhere), and the newest {HISTORY_LENGTH} liked before"
        ),
        "ratings": "the rows of ctr; four labels: whether the rating is at least 2, 3, 4 (what ctr calls positive), 5",
    },
    required=("u.data|ml-100k.inter", "u.item|ml-100k.item", "u.user|ml-100k.user"),
    checksums={
        "u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
        "u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
        "u.user": "f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c",
        "u1.base": "ce253ec86c448b44fb3ba9a30d12dcfc2e9210cbde71efada3730c22e9ac212a",
        "u1.test": "18c6014a4b2c7324f250a63f8904a7b16b2b19f911129e346141507b0cbac950",
        "movie_meta.jsonl": "974584a5170b3bfc70f009cae73b834a8a4085b2fc31f27a990a00e3130742ae",
        "ml-100k.inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
        "ml-100k.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
        "ml-100k.user": "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
    },
    notes=(
        "Plots (movie_meta.jsonl: item_id, plot) belong to no official download; without that file every "
        "plot is absent. The copy inside the recbole package lacks the official u1 split."
    ),
)


@dataclasses.dataclass(frozen=True)
class Tables:
    """The ratings beside users and items: one row number of `users` and `items` per rating.

    Args:
        ratings: `(ratings, 4)` int64: user id, item id, rating, second of the rating, in the order of the file.
        users: id -> (age, gender, occupation).
        items: id -> (year of release or "", genres).
        plots: id -> plot; items without one are missing.
    """

    ratings: np.ndarray
    users: dict[int, tuple[str, str, str]]
    items: dict[int, tuple[str, list[str]]]
    plots: dict[int, str]


def read_ratings(path: Path) -> np.ndarray:
    """`(ratings, 4)` user id, item id, rating and second of a tab-separated file, with or without a header."""
    with path.open(encoding="utf-8") as file:
        header = "user_id" in file.readline()
    table = np.loadtxt(path, delimiter="\t", skiprows=int(header), usecols=(0, 1, 2, 3), encoding="utf-8", ndmin=2)
    return table.astype(np.int64)


def read_tables(folder: Path) -> Tables:
    """Read the official files, or RecBole's where those are missing; both give the same columns."""
    official = (folder / "u.data").is_file()
    read = read_official if official else read_recbole
    users, items = read(folder)
    ratings = read_ratings(folder / ("u.data" if official else "ml-100k.inter"))
    return Tables(ratings, users, items, read_plots(folder))


def read_official(folder: Path) -> tuple[dict, dict]:
    """Users of u.user and items of u.item.

    The year is that in the title: some release dates are of another market.
    """
    users, items = {}, {}
    for line in (folder / "u.user").read_text(encoding="latin-1").splitlines():
        number, age, gender, occupation, _ = line.split("|")
        users[int(number)] = (age, gender, occupation)
    for line in (folder / "u.item").read_text(encoding="latin-1").splitlines():
        fields = line.split("|")
        year = re.search(r"\((\d{4})\)\s*$", fields[1])
        genres = [genre for genre, flag in zip(GENRES, fields[5:], strict=True) if flag == "1"]
        items[int(fields[0])] = (year.group(1) if year else "", genres)
    return users, items


def read_recbole(folder: Path) -> tuple[dict, dict]:
    """Users and items of RecBole's files: tab-separated, with a typed header, genres separated by spaces."""
    users = {
        int(line["user_id"]): (line["age"], line["gender"], line["occupation"])
        for line in read_atomic(folder / "ml-100k.user")
    }
    items = {}
    for line in read_atomic(folder / "ml-100k.item"):
        year = line["release_year"].strip()
        items[int(line["item_id"])] = (year if re.fullmatch(r"\d{4}", year) else "", line["class"].split())
    return users, items


def read_atomic(path: Path) -> list[dict[str, str]]:
    """The lines of one of RecBole's atomic files by column name."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    names = [name.partition(":")[0] for name in header.split("\t")]
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def read_plots(folder: Path) -> dict[int, str]:
    """Plots by item id; empty when the folder has no movie_meta.jsonl."""
    path = folder / "movie_meta.jsonl"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        films = [json.loads(line) for line in file if line.strip()]
    # OMDb writes N/A where it has no plot.
    return {film["item_id"]: film["plot"].strip() for film in films if (film.get("plot") or "N/A").strip() != "N/A"}


def to_records(tables: Tables, ratings: np.ndarray, labels: np.ndarray) -> Records:
    """Records of these ratings; the values of one user or item are the same objects in every row."""
    users, items = sorted(tables.users), sorted(tables.items)
    user_rows, item_rows = np.searchsorted(users, ratings[:, 0]), np.searchsorted(items, ratings[:, 1])
    user_columns = {
        "user": column(str(user) for user in users),
        **{
            name: column(tables.users[user][k] for user in users)
            for k, name in enumerate(("age", "gender", "occupation"))
        },
    }
    item_columns = {
        "item": column(str(item) for item in items),
        "year": column(tables.items[item][0] for item in items),
        "genres": column(tables.items[item][1] for item in items),
        "plot": column(tables.plots.get(item, "") for item in items),
    }
    spread = {name: values[user_rows] for name, values in user_columns.items()}
    spread |= {name: values[item_rows] for name, values in item_columns.items()}
    return Records({name: spread[name] for name in MODALITIES}, labels.astype(np.float32))


ITEM = Categorical(1682 + 2)
# Rows of each table: the distinct values of the whole data set and the two reserved ids.
MODALITIES: dict[str, Modality] = {
    "user": Categorical(943 + 2),
    "item": ITEM,
    "age": Categorical(61 + 2),
    "gender": Categorical(2 + 2),
    "occupation": Categorical(21 + 2),
    "year": Categorical(71 + 2),
    "genres": MultiCategorical(19 + 2, 6),
    "plot": Text(6000, 60),
}
# The films of a history are looked up where the rated ones are.
HISTORY = IdSequence(ITEM.vocabulary_size, HISTORY_LENGTH, ids_of="item")


def fetch_official(folder: Path) -> None:
    """GroupLens:"""
    download_archive(ARCHIVE, folder, ARCHIVE_MD5)


def fetch_recbole(folder: Path) -> None:
    """The copy inside the recbole package:"""
    names = ("ml-100k.inter", "ml-100k.item", "ml-100k.user")
    download_from_package(PACKAGE, {f"{PACKAGE_FOLDER}/{name}": folder / name for name in names})


@register_data_set(CARD, fetch_official, fetch_recbole)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Load MovieLens-100K under one of its protocols.

    Raises:
        DataNotFound: protocol "u1" and the copy lacks the official u1.base and u1.test.
    """
    assert folder is not None
    tables = read_tables(folder)
    modalities = dict(MODALITIES)
    if protocol == "u1":
        card = dataclasses.replace(card, task="regression")
        parts = u1_parts(folder)
        splits = {name: to_records(tables, part, part[:, 2]) for name, part in parts.items()}
    elif protocol == "next-item":
        modalities["history"] = HISTORY
        splits = {}
        for name, candidates in next_items(tables.ratings, POSITIVE_FROM, HISTORY_LENGTH, SEED).items():
            known = to_records(tables, candidates.pairs, candidates.labels)
            splits[name] = Records({**known.columns, "history": candidates.histories}, known.labels)
    else:
        clicks = tables.ratings[:, 2] >= POSITIVE_FROM
        if protocol == "ratings":
            card, clicks = dataclasses.replace(card, task="multi_label"), at_least(tables.ratings[:, 2])
        rows = cold_item_rows(tables.ratings[:, 1]) if protocol == "cold-items" else ctr_rows(len(clicks))
        splits = {name: to_records(tables, tables.ratings[chosen], clicks[chosen]) for name, chosen in rows.items()}
        if protocol == "ctr-history":
            seen = histories(tables.ratings, rows["train"])
            modalities["history"] = HISTORY
            splits = {
                name: Records({**one.columns, "history": seen[rows[name]]}, one.labels) for name, one in splits.items()
            }
    return DataSet(card, protocol, modalities, QUESTIONS if protocol == "ratings" else (), splits)


def at_least(ratings: np.ndarray) -> np.ndarray:
    """Ratings 1 to 5 as the answers to `QUESTIONS`, (ratings, 4): the rating is 1 plus their sum.

    Example:
        >>> at_least(np.array([1, 4])).tolist()
        [[False, False, False, False], [True, True, True, False]]
    """
    return ratings[:, None] >= np.array([2, 3, 4, 5])


def histories(ratings: np.ndarray, train: np.ndarray, length: int = HISTORY_LENGTH) -> np.ndarray:
    """What each user liked before each rating, oldest first, as far as the training part tells.

    No rating of another part enters a history, that of the row itself neither, and nothing of the same second or later:
    many films were rated within one second, in an order that nobody knows.

    Args:
        ratings: `(ratings, 4)` user id, item id, rating, second.
        train: numbers of the rows of the training part.
        length: films kept, the newest ones.

    Returns:
        `(ratings,)` lists of item ids as strings.
    """
    liked = ratings[train]
    liked = liked[liked[:, 2] >= POSITIVE_FROM]
    # By user, then by time; films of the same second by their id, so that the order of the file does not matter.
    liked = liked[np.lexsort((liked[:, 1], liked[:, 3], liked[:, 0]))]
    films = [str(film) for film in liked[:, 1]]
    first = np.searchsorted(liked[:, 0], ratings[:, 0], side="left")
    # One key that rises with user and second, to find in one go how far each user's history goes.
    span = ratings[:, 3].max() + 1
    end = np.searchsorted(liked[:, 0] * span + liked[:, 3], ratings[:, 0] * span + ratings[:, 3], side="left")
    return column(films[max(start, stop - length) : stop] for start, stop in zip(first, end, strict=True))


def ctr_rows(count: int) -> dict[str, np.ndarray]:
    """Row numbers of the random 80/10/10 split."""
    order = np.random.default_rng(SEED).permutation(count)
    train, validation, test = np.split(order, [int(0.8 * count), int(0.9 * count)])
    return {"train": train, "validation": validation, "test": test}


def cold_item_rows(items: np.ndarray) -> dict[str, np.ndarray]:
    """Row numbers of the split by item: a tenth of the items for test, another tenth for validation.

    The validation items are cold as well, so that early stopping and the choice of a model see what test asks
    for.
    """
    order = np.random.default_rng(SEED).permutation(np.unique(items))
    tenth = len(order) // 10
    test, validation = np.isin(items, order[:tenth]), np.isin(items, order[tenth : 2 * tenth])
    return {
        "train": np.flatnonzero(~test & ~validation),
        "validation": np.flatnonzero(validation),
        "test": np.flatnonzero(test),
    }


def u1_parts(folder: Path) -> dict[str, np.ndarray]:
    """The ratings of the official u1 split, 10 % of u1.base held out for validation."""
    for name in ("u1.base", "u1.test"):
        if not (folder / name).is_file():
            raise DataNotFound(
                f"ml-100k:u1 needs the official split, and {folder} has no {name} (the copy inside the "
                f"recbole package lacks it). Unpack {ARCHIVE} into that folder, or use ml-100k:ctr or "
                "ml-100k:cold-items."
            )
    base = read_ratings(folder / "u1.base")
    held_out = np.zeros(len(base), bool)
    held_out[np.random.default_rng(SEED).permutation(len(base))[: len(base) // 10]] = True
    return {"train": base[~held_out], "validation": base[held_out], "test": read_ratings(folder / "u1.test")}
