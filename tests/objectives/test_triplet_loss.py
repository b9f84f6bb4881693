import itertools

import numpy as np
import pytest
from keras import ops
from scipy.spatial.distance import cdist

from multimodal_zoo.objectives import TripletLoss
from tests.gradients import input_gradient


def expected(vectors, labels, margin, negatives, distance):
    """Triplet by triplet, as the formulas stand."""
    d = cdist(vectors, vectors, "sqeuclidean" if distance == "squared_euclidean" else "euclidean")
    rows, hinges = range(len(labels)), []
    positives = {a: [p for p in rows if p != a and labels[p] == labels[a]] for a in rows}
    others = {a: [n for n in rows if labels[n] != labels[a]] for a in rows}
    if negatives == "all":
        triplets = [t for t in itertools.product(rows, repeat=3) if t[1] in positives[t[0]] and t[2] in others[t[0]]]
        hinges = [max(margin + d[a, p] - d[a, n], 0) for a, p, n in triplets]
    elif negatives == "hardest":
        for a in rows:
            if positives[a] and others[a]:
                hinges.append(max(margin + d[a, positives[a]].max() - d[a, others[a]].min(), 0))
    else:
        for a, p in ((one, p) for one in rows if others[one] for p in positives[one]):
            beyond = [d[a, n] for n in others[a] if d[a, n] > d[a, p]]
            hinges.append(max(margin + d[a, p] - (min(beyond) if beyond else d[a, others[a]].max()), 0))
    return np.mean(hinges)


@pytest.mark.parametrize("distance", ["euclidean", "squared_euclidean"])
@pytest.mark.parametrize("negatives", ["all", "semi_hard", "hardest"])
def test_against_the_formulas(negatives, distance):
    labels = np.array([0, 1, 0, 2, 1, 0, 3])
    for seed in range(3):
        vectors = np.random.default_rng(seed).normal(size=(7, 3)).astype("float32")
        got = TripletLoss(0.5, negatives, distance)(labels, vectors)
        assert float(got) == pytest.approx(expected(vectors, labels, 0.5, negatives, distance), rel=1e-5)


@pytest.mark.parametrize("negatives", ["all", "semi_hard", "hardest"])
@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]])
def test_without_triplets_there_is_nothing_to_learn(negatives, labels):
    assert float(TripletLoss(0.5, negatives)(np.array(labels), np.eye(3))) == 0


@pytest.mark.parametrize("negatives", ["all", "semi_hard", "hardest"])
def test_vectors_far_from_the_origin_lose_no_digits(negatives):
    vectors, labels = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 0, 1, 1, 2, 2])
    near, far = (float(TripletLoss(0.5, negatives)(labels, vectors + shift)) for shift in (0, 1000))
    assert far == pytest.approx(near, rel=1e-3)


@pytest.mark.parametrize("negatives", ["all", "semi_hard", "hardest"])
@pytest.mark.parametrize("vectors", [np.zeros((4, 3)), np.full((4, 3), 1e6)], ids=["zero", "large"])
def test_equal_vectors_have_a_finite_gradient(negatives, vectors):
    loss, labels = TripletLoss(0.5, negatives), ops.convert_to_tensor(np.array([0.0, 0, 1, 1], "float32"))
    gradient = input_gradient(lambda x: loss(labels, x), vectors.astype("float32"))
    assert np.isfinite(gradient).all()
    assert float(loss(labels, vectors)) == pytest.approx(0.5)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"one label a vector.*\(4, 4\)"):
        TripletLoss()(np.eye(4), np.eye(4))
    with pytest.raises(ValueError, match=r"\(batch, width\); received \(4, 2, 2\)"):
        TripletLoss()(np.arange(4), np.zeros((4, 2, 2)))
    with pytest.raises(ValueError, match="distance must be one of"):
        TripletLoss(distance="cosine")
