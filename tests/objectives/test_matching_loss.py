import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import AllPairsInfoNCE, ClipLoss, MatchingLoss, MaxMarginRanking, SigLipLoss
from tests.gradients import input_gradient

GROUPS = np.array([4, 7, 7, 2, 9], "float32")
LOSSES = {
    "clip": ClipLoss(),
    "siglip": SigLipLoss(),
    "all pairs": AllPairsInfoNCE(0.5),
    "hardest": MaxMarginRanking(0.4, "hardest"),
    "all": MaxMarginRanking(0.4, "all"),
}


def vectors(rows=5, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, 3, 4)).astype("float32")


def table(of):
    return of[:, 0] @ of[:, 1].T


@pytest.mark.parametrize("name", LOSSES)
def test_it_is_the_loss_of_the_table_of_inner_products(name):
    given = vectors()
    expected = float(LOSSES[name](GROUPS, table(given) - 1.5))
    assert float(MatchingLoss(LOSSES[name], bias=-1.5)(GROUPS, given)) == pytest.approx(expected, rel=1e-5)


def test_clip_is_the_default_and_the_third_vector_does_not_count():
    given = vectors()
    other = np.concatenate([given[:, :2], 7 * given[:, 2:]], axis=1)
    expected = float(ClipLoss()(GROUPS, table(given)))
    for one in (given, other, given[:, :2]):
        assert float(MatchingLoss()(GROUPS[:, None], one)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", LOSSES)
def test_a_record_that_lacks_a_side_is_as_one_that_is_not_there(name, side):
    given = vectors()
    given[[1, 3], side] = 0
    left = [0, 2, 4]
    # The sum over the rows, of which two are 0. That of all pairs is a mean over the pairs, times the rows.
    rows = 5 if name == "all pairs" else 3
    expected = float(LOSSES[name](GROUPS[left], table(given[left]))) * rows
    assert 5 * float(MatchingLoss(LOSSES[name])(GROUPS, given)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_finite_and_none_reaches_an_absent_record(name):
    given = vectors()
    given[3, 1] = 0
    labels = ops.convert_to_tensor(GROUPS)
    gradient = input_gradient(lambda x: MatchingLoss(LOSSES[name])(labels, x), given)
    assert np.isfinite(gradient).all() and np.abs(gradient[[0, 1, 2, 4], :2]).max() > 0
    np.testing.assert_array_equal(gradient[3], 0)
    nothing = np.zeros_like(given)
    assert float(MatchingLoss(LOSSES[name])(GROUPS, nothing)) == 0
    assert np.isfinite(input_gradient(lambda x: MatchingLoss(LOSSES[name])(labels, x), nothing)).all()


@pytest.mark.parametrize("name", LOSSES)
def test_it_is_stored_with_the_loss_inside(name):
    loss = MatchingLoss(LOSSES[name], bias=-3.0)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again.loss) is type(LOSSES[name]) and again.get_config() == loss.get_config()
    assert float(again(GROUPS, vectors())) == float(loss(GROUPS, vectors()))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"\(batch, 2 or more vectors, width\).*received \(5, 5\)"):
        MatchingLoss()(GROUPS, np.zeros((5, 5), "float32"))
    with pytest.raises(ValueError, match=r"received \(5, 1, 4\)"):
        MatchingLoss()(GROUPS, vectors()[:, :1])
    with pytest.raises(ValueError, match="such as ClipLoss"):
        MatchingLoss("clip_loss")
