import numpy as np
import pytest

from multimodal_zoo.metrics import chance_of_recall, retrieval_metrics


def pictures_and_captions():
    draws = np.random.default_rng(0)
    pictures = draws.normal(size=(8, 4))
    captions = np.repeat(pictures, 3, 0) + draws.normal(size=(24, 4))
    return pictures, captions, np.arange(8), np.repeat(np.arange(8), 3)


def ranks(queries, gallery, query_groups, gallery_groups):
    """Query by query, by sorting."""
    found = []
    for query, group in zip(queries, query_groups, strict=True):
        cosine = gallery @ query / np.linalg.norm(gallery, axis=1) / np.linalg.norm(query)
        found.append(1 + np.argmax(gallery_groups[np.argsort(-cosine)] == group))
    return np.array(found)


@pytest.mark.parametrize("chunk", [3, 1000])
def test_both_ways_against_sorting(chunk):
    pictures, captions, one, other = pictures_and_captions()
    figures = retrieval_metrics(pictures, captions, one, other, ks=(1, 5), chunk=chunk)
    ways = {
        "first_to_second": ranks(pictures, captions, one, other),
        "second_to_first": ranks(captions, pictures, other, one),
    }
    for way, expected in ways.items():
        assert figures[way] == pytest.approx(
            {
                "recall_at_1": (expected == 1).mean(),
                "recall_at_5": (expected <= 5).mean(),
                "median_rank": np.median(expected),
                "mean_reciprocal_rank": (1 / expected).mean(),
            }
        )


def test_embeddings_that_collapsed_find_nothing():
    figures = retrieval_metrics(np.ones((50, 3)), np.ones((50, 3)))
    assert figures["first_to_second"]["recall_at_10"] == 0 and figures["first_to_second"]["median_rank"] == 50


def test_what_does_not_fit_is_refused():
    pictures, captions, one, other = pictures_and_captions()
    with pytest.raises(ValueError, match="got 8 and 24 rows"):
        retrieval_metrics(pictures, captions)
    with pytest.raises(ValueError, match="3 queries have no partner, the first in row 0"):
        retrieval_metrics(pictures[1:], captions, one[1:], other)
    with pytest.raises(ValueError, match="one width"):
        retrieval_metrics(pictures, captions[:, :2], one, other)
    with pytest.raises(ValueError, match="NaN"):
        retrieval_metrics(pictures * np.nan, captions, one, other)
    with pytest.raises(ValueError, match="One group a row"):
        retrieval_metrics(pictures, captions, one[:3], other)


def test_chance_is_what_random_orders_find():
    _, _, one, other = pictures_and_captions()
    draws = np.random.default_rng(3)
    for queries, gallery in ((one, other), (other, one)):
        found = [np.isin(queries, draws.permutation(gallery)[:5]).mean() for _ in range(4000)]
        assert chance_of_recall(queries, gallery, 5) == pytest.approx(np.mean(found), abs=0.01)
    assert chance_of_recall(np.arange(4), np.arange(4), 1) == pytest.approx(0.25)
    assert chance_of_recall(one, other, 100) == 1
