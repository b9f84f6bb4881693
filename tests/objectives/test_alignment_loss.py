import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import AlignmentLoss, coral, deep_cca_loss, mmd


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


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="got 'coral'"):
        AlignmentLoss("coral")
    with pytest.raises(ValueError, match="pair of tensors"):
        AlignmentLoss(coral)(views()[0])
