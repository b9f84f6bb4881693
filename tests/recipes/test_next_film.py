"""The ranking of all films: what counts as found, what is left out, and what popularity makes of it."""

import numpy as np
import pytest

from multimodal_zoo.datasets import DataSet, Records, column, dataset_card
from multimodal_zoo.recipes import next_film

FILMS = [str(number) for number in range(20)]


def rows(*liked):
    """(user, film, history, label)."""
    users, films, histories, labels = zip(*liked, strict=True)
    columns = {"user": column(users), "item": column(films), "history": column(histories)}
    return Records(columns, np.array(labels, "float32"))


@pytest.fixture(scope="module")
def data():
    """Two users; every film is drawn beside what the first one liked."""
    train = rows(
        ("a", "1", ["0"], 1.0), *(("a", film, ["0"], 0.0) for film in FILMS if film != "1"), ("b", "0", ["5"], 1.0)
    )
    validation = rows(("a", "2", ["0", "1"], 1.0), ("a", "9", ["0", "1"], 0.0), ("b", "1", ["5", "0"], 1.0))
    test = rows(("a", "3", ["0", "1", "2"], 1.0), ("a", "9", ["0"], 0.0), ("b", "4", ["5", "0", "1"], 1.0))
    splits = {"train": train, "validation": validation, "test": test}
    return DataSet(dataset_card("ml-100k"), "next-item", {}, (), splits)


def test_films_liked_before_are_not_ranked_and_a_tie_counts_against_the_film(data):
    films = list(next_film.catalogue(data).columns["item"])
    assert sorted(films) == sorted(FILMS)
    scores = np.zeros((2, 20))
    # User a: three films liked before stand higher, which does not matter, and two others, which does.
    for film, score in {"0": 9, "1": 9, "2": 9, "7": 8, "8": 8, "3": 7}.items():
        scores[0, films.index(film)] = score
    # User b: all films tie; of 20, three were liked before.
    found = next_film.ranking_figures(scores, data, "test")
    assert found["recall_at_10"] == 0.5
    assert found["ndcg_at_10"] == pytest.approx(0.5 / np.log2(1 + 3))


def test_popularity_counts_the_users_who_liked_a_film_before_validation(data, monkeypatch):
    seen = []
    watch = lambda scores, data, split: seen.append((scores, split))  # noqa: E731
    monkeypatch.setattr(next_film, "ranking_figures", watch)
    next_film.popularity(data)
    ((scores, split),) = seen
    films = list(next_film.catalogue(data).columns["item"])
    assert split == "test" and scores.shape == (2, 20)
    np.testing.assert_array_equal(*scores)
    assert {film: score for film, score in zip(films, scores[0], strict=True) if score} == {"0": 2, "1": 1, "5": 1}


def test_a_random_order_finds_a_film_among_the_first_ten_as_often_as_ten_of_all_films(data):
    found = next_film.random_order(data)
    assert found["recall_at_10"] == 0.5
    assert found["ndcg_at_10"] == pytest.approx(0.5 * np.mean(1 / np.log2(1 + np.arange(1, 11))))
