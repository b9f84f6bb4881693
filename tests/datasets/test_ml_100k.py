import numpy as np
import pytest

from multimodal_zoo.datasets import DataDiffers, find_dataset, load_dataset, ml_100k
from multimodal_zoo.modalities import Text


def by_pair(data):
    """(user, item) -> (record without those two, label) over all splits."""
    found = {}
    for records in data.splits.values():
        for number in range(len(records)):
            record, label = records[number]
            found[record.pop("user"), record.pop("item")] = (record, label)
    return found


EXPECTED = {
    ("1", "10"): ("24", "M", "technician", "1995", ["Animation", "Children's", "Comedy"], 1.0),
    ("2", "10"): ("53", "F", "other", "1995", ["Animation", "Children's", "Comedy"], 0.0),
    ("1", "20"): ("24", "M", "technician", "1996", ["Crime"], 1.0),
    ("3", "30"): ("23", "M", "writer", "", ["unknown"], 0.0),
}


@pytest.mark.parametrize("layout", ["tiny_official", "tiny_recbole"])
def test_both_layouts_give_the_same_columns(layout, request, empty_places, plots):
    folder = empty_places[0] / "ml-100k"
    request.getfixturevalue(layout)(folder)
    plots(folder)
    with pytest.warns(DataDiffers):
        data = load_dataset("ml-100k", download=False)
    got = by_pair(data)
    assert {
        pair: (one["age"], one["gender"], one["occupation"], one["year"], one["genres"], label)
        for pair, (one, label) in got.items()
    } == EXPECTED
    # N/A, and a film that has no entry, are an absent plot.
    assert {pair: one["plot"] for pair, (one, _) in got.items()} == {
        ("1", "10"): "A cowboy doll.",
        ("2", "10"): "A cowboy doll.",
        ("1", "20"): "",
        ("3", "30"): "",
    }


def test_without_plots_every_plot_is_absent(empty_places, tiny_official):
    tiny_official(empty_places[0] / "ml-100k")
    with pytest.warns(DataDiffers):
        data = load_dataset("ml-100k", download=False)
    assert {one["plot"] for one, _ in by_pair(data).values()} == {""}
    assert isinstance(data.modalities["plot"], Text)


def test_u1_is_a_regression_of_the_official_split(empty_places, tiny_official):
    tiny_official(empty_places[0] / "ml-100k")
    with pytest.warns(DataDiffers):
        data = load_dataset("ml-100k:u1", download=False)
    assert data.card.task == "regression"
    assert {name: len(records) for name, records in data.splits.items()} == {
        "train": 18,
        "validation": 2,
        "test": 1,
    }
    assert data.split("test")[0][1] == 1.0
    ratings = np.concatenate([data.split("train").labels, data.split("validation").labels])
    assert sorted(ratings) == sorted([5.0, 3.0, 4.0, 1.0] * 5)


def test_ctr_rows_are_the_permutation_of_the_anchors():
    rows = ml_100k.ctr_rows(100_000)
    order = np.random.default_rng(2020).permutation(100_000)
    np.testing.assert_array_equal(rows["train"], order[:80_000])
    np.testing.assert_array_equal(rows["validation"], order[80_000:90_000])
    np.testing.assert_array_equal(rows["test"], order[90_000:])


def test_a_rating_is_one_plus_the_answers_to_its_questions():
    ratings = np.array([1, 2, 3, 4, 5, 3])
    answers = ml_100k.at_least(ratings)
    np.testing.assert_array_equal(1 + answers.sum(axis=1), ratings)
    # What the protocol ctr calls positive.
    np.testing.assert_array_equal(answers[:, ml_100k.QUESTIONS.index("like")], ratings >= ml_100k.POSITIVE_FROM)


def test_cold_items_are_in_one_split_only():
    items = np.random.default_rng(0).integers(1, 101, 5000)
    rows = ml_100k.cold_item_rows(items)
    sets = {name: set(items[chosen]) for name, chosen in rows.items()}
    assert {name: len(one) for name, one in sets.items()} == {"train": 80, "validation": 10, "test": 10}
    assert not sets["train"] & sets["test"] and not sets["train"] & sets["validation"]
    assert not sets["validation"] & sets["test"]
    np.testing.assert_array_equal(np.sort(np.concatenate(list(rows.values()))), np.arange(5000))


RATINGS = np.array(
    [
        # user, film, rating, second
        (1, 10, 5, 100),
        (1, 11, 4, 200),
        (1, 12, 3, 150),  # not liked
        (1, 14, 5, 300),
        (1, 13, 5, 300),
        (1, 15, 5, 400),  # test: seen by nobody
        (2, 16, 4, 50),
        (1, 17, 1, 500),  # test
        (2, 18, 5, 50),
    ]
)


def test_a_history_is_what_the_user_liked_earlier_in_the_training_part():
    train = np.array([0, 1, 2, 3, 4, 6, 8])
    assert ml_100k.histories(RATINGS, train).tolist() == [
        [],
        ["10"],
        ["10"],
        ["10", "11"],  # neither itself nor the other film of the same second
        ["10", "11"],
        ["10", "11", "13", "14"],
        [],
        ["10", "11", "13", "14"],  # without film 15, which is in the test part
        [],
    ]


def test_of_a_long_history_the_newest_films_are_kept():
    assert ml_100k.histories(RATINGS, np.arange(7), length=2)[7] == ["14", "15"]


def test_the_order_of_the_file_makes_no_difference_to_a_history():
    shuffled = np.random.default_rng(0).permutation(len(RATINGS))
    train = np.array([0, 1, 2, 3, 4, 6, 8])
    found = ml_100k.histories(RATINGS[shuffled], np.flatnonzero(np.isin(shuffled, train)))
    assert found[np.argsort(shuffled)].tolist() == ml_100k.histories(RATINGS, train).tolist()


def leave_one_out(ratings, length=50):
    """By split: (user, film, history) of what was liked, and (user, film) of what was drawn."""
    found = ml_100k.next_items(ratings, 4, length, seed=0)
    rows = {
        name: list(zip(one.pairs.tolist(), one.labels.tolist(), one.histories, strict=True))
        for name, one in found.items()
    }
    liked = {name: [(*pair, history) for pair, label, history in own if label] for name, own in rows.items()}
    return liked, {name: [tuple(pair) for pair, label, _ in own if not label] for name, own in rows.items()}


def test_the_last_film_liked_is_for_test_and_the_one_before_for_validation():
    liked, _ = leave_one_out(RATINGS)
    # Films 13 and 14 were liked within one second: their order is drawn. User 2 liked too few films.
    first, second = liked["train"][1][1], liked["validation"][0][1]
    assert {first, second} == {13, 14}
    assert liked == {
        "train": [(1, 11, ["10"]), (1, first, ["10", "11"])],
        "validation": [(1, second, ["10", "11", str(first)])],
        "test": [(1, 15, ["10", "11", str(first), str(second)])],
    }
    assert leave_one_out(RATINGS, length=2)[0]["test"] == [(1, 15, [str(first), str(second)])]


def test_drawn_films_are_not_those_the_user_is_known_to_like():
    liked, drawn = leave_one_out(RATINGS)
    (held_out,) = (film for _, film, _ in liked["validation"])
    first = ({13, 14} - {held_out}).pop()
    # In training what is held out may be drawn; elsewhere nothing that the user rated.
    assert set(drawn["train"]) <= {(1, film) for film in range(10, 19)} - {(1, 10), (1, 11), (1, first)}
    assert len(drawn["train"]) == 2 * 4
    for name in ("validation", "test"):
        assert set(drawn[name]) == {(1, 16), (1, 18)}


def test_the_order_of_the_file_makes_no_difference_to_the_next_film():
    shuffled = RATINGS[np.random.default_rng(1).permutation(len(RATINGS))]
    assert leave_one_out(shuffled) == leave_one_out(RATINGS)


def test_next_item_has_one_film_of_each_user_to_find(real):
    data = real("ml-100k:next-item")
    for name in ("validation", "test"):
        records = data.split(name)
        users = records.columns["user"][records.labels == 1]
        assert len(set(users)) == len(users) == records.labels.sum() == len(records) / 101
    train = data.split("train")
    assert train.labels.mean() == pytest.approx(0.2)
    # What is to be found is in no history of the user's training rows.
    test = data.split("test")
    to_find = dict(zip(*(test.columns[key][test.labels == 1] for key in ("user", "item")), strict=True))
    pairs = zip(train.columns["user"], train.columns["history"], strict=True)
    assert not any(to_find[user] in history for user, history in pairs)


def test_ctr_history_has_the_rows_of_ctr_and_no_rating_of_another_part_in_a_history(real):
    plain, data = real("ml-100k"), real("ml-100k:ctr-history")
    for name in ("train", "validation", "test"):
        assert data.split(name).without("history").digest() == plain.split(name).digest()
    train = data.split("train")
    liked = {
        (user, item)
        for user, item, label in zip(train.columns["user"], train.columns["item"], train.labels, strict=True)
        if label
    }
    for records in data.splits.values():
        for user, item, history in zip(*(records.columns[key] for key in ("user", "item", "history")), strict=True):
            assert item not in history and len(history) <= 50
            assert all((user, film) in liked for film in history)
    lengths = [len(history) for history in data.split("test").columns["history"]]
    assert 0 in lengths and max(lengths) == 50


def test_ctr_split_is_that_of_the_anchors(real):
    data = real("ml-100k")
    assert data.protocol == "ctr" and data.card.task == "ranking"
    folder = find_dataset("ml-100k")
    official = (folder / "u.data").is_file()
    name = "u.data" if official else "ml-100k.inter"
    ratings = np.loadtxt(folder / name, dtype=np.int64, skiprows=0 if official else 1)
    order = np.random.default_rng(2020).permutation(100_000)
    for name, rows in zip(("train", "validation", "test"), np.split(order, [80_000, 90_000]), strict=True):
        records = data.split(name)
        np.testing.assert_array_equal(records.columns["user"].astype(int), ratings[rows, 0])
        np.testing.assert_array_equal(records.columns["item"].astype(int), ratings[rows, 1])
        np.testing.assert_array_equal(records.labels, (ratings[rows, 2] >= 4).astype(np.float32))


def test_columns_of_a_known_user_and_film(real):
    records = real("ml-100k").split("train")
    first = int(np.flatnonzero((records.columns["user"] == "1") & (records.columns["item"] == "1"))[0])
    record, label = records[first]
    assert (record["age"], record["gender"], record["occupation"], label) == ("24", "M", "technician", 1.0)
    assert (record["year"], record["genres"]) == ("1995", ["Animation", "Children's", "Comedy"])


def test_vocabulary_sizes_hold_every_value(real):
    data = real("ml-100k")
    for name, modality in data.modalities.items():
        values = np.concatenate([records.columns[name] for records in data.splits.values()])
        if name == "genres":
            assert len({genre for genres in values for genre in genres}) + 2 == modality.vocabulary_size
            assert max(map(len, values)) == modality.length
        elif name != "plot":
            assert len(set(values) - {""}) + 2 == modality.vocabulary_size


def test_values_are_shared_objects(real):
    plot = real("ml-100k").split("train").columns["plot"]
    assert len({id(one) for one in plot}) <= 1682


def test_splits_are_pinned(real):
    digests = {
        name: {key: records.without("plot").digest()[:16] for key, records in real(name).splits.items()}
        for name in ("ml-100k", "ml-100k:u1", "ml-100k:cold-items", "ml-100k:ctr-history", "ml-100k:next-item")
    }
    assert digests == PINNED


PINNED = {
    "ml-100k": {"train": "7e2cd400f6dc84f2", "validation": "0a1bf906899f2526", "test": "715795bbb645e11d"},
    "ml-100k:u1": {"train": "42b174be241d89ac", "validation": "55664b66e75bf68e", "test": "0bebedd90ca0b406"},
    "ml-100k:cold-items": {"train": "92424fce95df285f", "validation": "3b9953834119d025", "test": "a0b2b0fb12cab669"},
    "ml-100k:ctr-history": {
        "train": "17900667027de8fd",
        "validation": "fcbe27f119f5d979",
        "test": "252da4ac375ae3a0",
    },
    "ml-100k:next-item": {"train": "bf45ce2c1a410a46", "validation": "9d80c6c20730263a", "test": "002573f5b4c7b45f"},
}
