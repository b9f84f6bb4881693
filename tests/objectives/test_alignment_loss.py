import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import (
    AlignmentLoss,
    central_moment_discrepancy,
    coral,
    deep_cca_loss,
    mmd,
    orthogonality,
)
from tests.gradients import input_gradient


def views(seed=0, rows=12):
    draws = np.random.default_rng(seed)
    return draws.normal(size=(rows, 3)).astype("float32"), draws.normal(1, 2, (rows, 3)).astype("float32")


@pytest.mark.parametrize(
    ("function", "arguments"), [(coral, {}), (mmd, {"unbiased": False}), (deep_cca_loss, {"regularization": 0.1})]
)
def test_the_weighted_objective_is_added_and_the_views_go_on(function, arguments):
    layer, (first, second) = AlignmentLoss(function, weight=0.5, arguments=arguments), views()
    outputs = layer([first, second])
    for given, got in zip((first, second), outputs, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(got), given)
    assert float(layer.losses[0]) == pytest.approx(0.5 * float(function(first, second, **arguments)), rel=1e-6)


def test_training_on_it_aligns_the_covariances():
    first, second = keras.Input((3,), name="first"), keras.Input((3,), name="second")
    aligned = AlignmentLoss(coral)([keras.layers.Dense(3, name="project")(first), second])
    model = keras.Model([first, second], keras.layers.Concatenate()(aligned))
    model.get_layer("project").set_weights([np.eye(3), np.zeros(3)])
    model.compile(keras.optimizers.Adam(0.1))

    def loss():
        model(views())
        return float(model.losses[0])

    before = loss()
    model.fit([np.tile(view, (40, 1)) for view in views()], batch_size=12, shuffle=False, verbose=0)
    assert loss() < 0.1 * before


FUNCTIONS = [(coral, {}), (mmd, {"unbiased": False}), (mmd, {}), (mmd, {"bandwidths": (1.0, 3.0)}), (deep_cca_loss, {})]
FUNCTIONS += [(central_moment_discrepancy, {}), (orthogonality, {})]


@pytest.mark.parametrize("rubbish", [0.0, 1e30, float("nan"), float("inf")])
@pytest.mark.parametrize(("function", "arguments"), FUNCTIONS)
def test_pairs_with_an_absent_side_do_not_count(function, arguments, rubbish):
    """The objective of the pairs that are whole, and no gradient into, or from, the content of the others."""
    first, second = views()
    presence = np.ones((12, 2), "float32")
    presence[1, 0], presence[4, 1], presence[7] = 0, 0, 0
    whole = presence.all(axis=1)
    wanted = float(function(first[whole], second[whole], **arguments))
    first[1], second[4], first[7], second[7] = (rubbish,) * 4
    layer = AlignmentLoss(function, arguments=arguments)
    layer([first, second], presence=presence)
    assert float(layer.losses[0]) == pytest.approx(wanted, rel=1e-4, abs=1e-6)
    there = ops.convert_to_tensor(whole)
    second = ops.convert_to_tensor(second)
    gradient = input_gradient(lambda one: function(one, second, **arguments, there=there), first)
    assert np.isfinite(gradient).all() and np.abs(gradient[whole]).max() > 0
    np.testing.assert_array_equal(gradient[~whole], 0)


@pytest.mark.parametrize("pairs", [0, 1])
@pytest.mark.parametrize(("function", "arguments"), FUNCTIONS)
def test_with_too_few_pairs_it_is_zero_and_its_gradient_finite(function, arguments, pairs):
    first, second = views()
    there = ops.convert_to_tensor(np.arange(12) < pairs)
    value = float(function(first, second, **arguments, there=there))
    # Two single points have a distance, which the biased MMD and the distance of the means tell.
    tells = arguments == {"unbiased": False} or function is central_moment_discrepancy
    assert value > 0 if pairs and tells else value == pytest.approx(0, abs=1e-6)
    gradient = input_gradient(lambda one: function(one, ops.convert_to_tensor(second), **arguments, there=there), first)
    assert np.isfinite(gradient).all()


def test_presence_goes_through_a_model_and_through_saving(tmp_path):
    inputs = [keras.Input((3,)), keras.Input((3,)), keras.Input((2,))]
    aligned = AlignmentLoss(mmd, weight=0.5)(inputs[:2], presence=inputs[2])
    model = keras.Model(inputs, keras.layers.Concatenate()(aligned))
    presence = np.ones((12, 2), "float32")
    presence[3:, 1] = 0
    model.save(tmp_path / "model.keras")
    first, second = views()
    for one in (model, keras.models.load_model(tmp_path / "model.keras")):
        one([first, second, presence])
        assert float(one.losses[0]) == pytest.approx(0.5 * float(mmd(first[:3], second[:3])), rel=1e-5)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"presence must have the shape \(batch, 2\).*\(12, 3\)"):
        AlignmentLoss(coral)(views(), presence=np.ones((12, 3)))
    with pytest.raises(ValueError, match=r"there must have the shape \(batch,\).*\(11,\)"):
        coral(*views(), there=np.ones(11, bool))
    with pytest.raises(ValueError, match="got 'coral'"):
        AlignmentLoss("coral")
    with pytest.raises(ValueError, match="pair of tensors"):
        AlignmentLoss(coral)(views()[0])
