import sys

import numpy as np
import pytest

from multimodal_zoo.retrieval import Mahalanobis, RetrievalIndex, exact_search


def embeddings(items=3000, queries=50, width=16):
    draws = np.random.default_rng(0)
    mix = draws.normal(size=(width, width))
    return draws.normal(size=(items, width)) @ mix, draws.normal(size=(queries, width)) @ mix


@pytest.fixture(autouse=True)
def faiss(request):
    if "without" not in request.node.name:
        pytest.importorskip("faiss", reason="needs the extra retrieval")


def metrics():
    return {"cosine": "cosine", "euclidean": "euclidean", "mahalanobis": Mahalanobis().fit(embeddings()[0])}


@pytest.mark.parametrize("name", ["cosine", "euclidean", "mahalanobis"])
def test_it_finds_nearly_what_exact_search_finds(name):
    (items, queries), metric = embeddings(), metrics()[name]
    rows, nearest = exact_search(queries, items, 10, metric)
    found, distances = RetrievalIndex(metric).add(items).search(queries, 10)
    recall = np.mean([len(set(one) & set(other)) / 10 for one, other in zip(found, rows, strict=True)])
    assert recall > 0.95
    same = found[:, 0] == rows[:, 0]
    assert same.mean() > 0.95
    np.testing.assert_allclose(distances[same, 0], nearest[same, 0], rtol=1e-3, atol=1e-5)
    assert (np.diff(distances, axis=1) >= 0).all()


@pytest.mark.parametrize("name", ["cosine", "euclidean", "mahalanobis"])
@pytest.mark.parametrize("ids", ["numbers", "texts"])
def test_it_is_saved_and_loaded(name, ids, tmp_path):
    items, queries = embeddings(items=300)
    own = np.arange(300) * 7 if ids == "numbers" else np.array([f"picture {number}" for number in range(300)])
    index = RetrievalIndex(metrics()[name], connectivity=8, search_width=20).add(items[:200], own[:200])
    index.add(items[200:], own[200:])
    again = RetrievalIndex.load(index.save(tmp_path / "pictures.index"))
    assert [path.name for path in tmp_path.iterdir()] == ["pictures.index"]
    assert len(again) == 300 and (again.connectivity, again.search_width) == (8, 20)
    for one, other in zip(again.search(queries, 5), index.search(queries, 5), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.search(items[[250]], 1)[0][0, 0] == own[250]


def test_every_one_of_few_items_is_found():
    items, queries = embeddings(items=20)
    found, _ = RetrievalIndex("euclidean", search_width=2).add(items).search(queries, 20)
    np.testing.assert_array_equal(np.sort(found, 1), np.tile(np.arange(20), (50, 1)))


def test_a_thousand_equal_items_do_not_hide_the_others():
    items = np.vstack([np.ones((1000, 4)), np.eye(4)])
    found, distances = RetrievalIndex("euclidean").add(items).search(np.ones((3, 4)), 1004)
    assert (np.sort(found, 1) == np.arange(1004)).all() and np.isfinite(distances).all()


def test_what_does_not_fit_is_refused():
    items, queries = embeddings(items=20)
    index = RetrievalIndex().add(items)
    with pytest.raises(ValueError, match="number of items, 20; got 21"):
        index.search(queries, 21)
    with pytest.raises(ValueError, match="width 16; received"):
        index.search(queries[:, :3], 1)
    with pytest.raises(ValueError, match="row 1 is zero"):
        index.add(np.vstack([items[:1], np.zeros((1, 16))]))
    with pytest.raises(ValueError, match="one for each of the 20 items"):
        index.add(items, [1, 2])
    with pytest.raises(ValueError, match="one kind"):
        index.add(items, ["a"] * 20)
    with pytest.raises(ValueError, match="no index: search with `exact_search`"):
        RetrievalIndex("chi_square")
    with pytest.raises(ValueError, match="not been fitted"):
        RetrievalIndex(Mahalanobis())
    with pytest.raises(ValueError, match="2 or more"):
        RetrievalIndex(search_width=0)


@pytest.mark.parametrize("kept", [0, 10, 5000])
def test_a_file_that_is_no_index_or_was_cut_is_refused(kept, tmp_path):
    path = RetrievalIndex().add(embeddings(items=200)[0]).save(tmp_path / "index")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match="is no index written by"):
        RetrievalIndex.load(path)


def test_without_faiss_the_message_names_the_extra_and_the_way_round_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError, match=r"multimodal-zoo\[retrieval\].*exact_search"):
        RetrievalIndex()
