import numpy as np
import pytest
from keras import ops
from scipy.linalg import sqrtm

from multimodal_zoo.objectives import CCA, deep_cca_loss
from tests.gradients import input_gradient


def views(rows=60, seed=0):
    draws = np.random.default_rng(seed)
    first = draws.normal(size=(rows, 4))
    second = first[:, :3] @ draws.normal(size=(3, 3)) + draws.normal(size=(rows, 3))
    return first.astype("float32"), second.astype("float32")


@pytest.mark.parametrize("components", [None, 2])
def test_on_the_views_themselves_it_is_minus_the_sum_of_the_canonical_correlations(components):
    first, second = views()
    expected = -CCA(components, regularization=1e-3).fit(first, second).correlations.sum()
    got = deep_cca_loss(first, second, regularization=1e-3, components=components)
    assert float(got) == pytest.approx(expected, rel=1e-5)


def test_the_gradient_is_that_of_the_paper():
    """Andrew et al. 2013, section 3: 1/(m-1) (2 D11 H1 + D12 H2), with records as columns."""
    first, second = views()
    h1, h2 = (view.T.astype("float64") - view.T.mean(1, keepdims=True) for view in (first, second))
    m, r = h1.shape[1], 1e-2
    s11, s22 = (h @ h.T / (m - 1) + r * np.eye(len(h)) for h in (h1, h2))
    root1, root2 = (np.linalg.inv(sqrtm(s).real) for s in (s11, s22))
    u, d, v = np.linalg.svd(root1 @ (h1 @ h2.T / (m - 1)) @ root2, full_matrices=False)
    d12, d11 = root1 @ u @ v @ root2, -0.5 * root1 @ u @ np.diag(d) @ u.T @ root1
    expected = -(2 * d11 @ h1 + d12 @ h2).T / (m - 1)
    other = ops.convert_to_tensor(second)
    got = input_gradient(lambda x: deep_cca_loss(x, other, regularization=r), first)
    np.testing.assert_allclose(got, expected - expected.mean(0), atol=1e-5)


@pytest.mark.parametrize(
    "first", [np.zeros((8, 3)), np.full((8, 3), 1e4), np.eye(8, 3)], ids=["zero", "large", "alike"]
)
def test_the_gradient_stays_finite(first):
    """Covariances without rank, or with equal eigenvalues, where eigenvectors have no gradient."""
    second = ops.convert_to_tensor(views(8)[1])
    assert np.isfinite(input_gradient(lambda x: deep_cca_loss(x, second), first.astype("float32"))).all()


def test_a_view_with_itself_correlates_perfectly():
    first, _ = views()
    assert float(deep_cca_loss(first, 5 * first - 2, regularization=1e-6)) == pytest.approx(-4, rel=1e-4)


@pytest.mark.parametrize(
    ("shapes", "settings", "message"),
    [
        (((5, 3), (6, 3)), {}, "same two or more records"),
        (((1, 3), (1, 3)), {}, "same two or more records"),
        (((5, 3), (5, 2)), {"components": 3}, "narrower width 2, got 3"),
        (((5, 3), (5, 2)), {"regularization": 0}, "greater than 0"),
        (((5, 3, 1), (5, 2)), {}, r"received \(5, 3, 1\)"),
    ],
)
def test_what_does_not_fit_is_refused(shapes, settings, message):
    with pytest.raises(ValueError, match=message):
        deep_cca_loss(*(np.zeros(shape, "float32") for shape in shapes), **settings)
