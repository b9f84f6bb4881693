import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import Reconstruction
from tests.gradients import input_gradient
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
HIDDEN, TARGET = DRAWS.normal(size=(5, 3)).astype("float32"), DRAWS.normal(size=(5, 4)).astype("float32")


def made(**arguments):
    layer = Reconstruction(hidden=(6,), **arguments)
    layer([HIDDEN, TARGET])
    return randomise(layer)


def test_the_weighted_squared_error_of_the_decoded_is_added():
    layer = made(weight=0.5)
    decoded = ops.convert_to_numpy(layer([HIDDEN, TARGET]))
    (w1, b1), (w2, b2) = ([ops.convert_to_numpy(one) for one in dense.weights] for dense in layer.decoder)
    np.testing.assert_allclose(decoded, np.maximum(HIDDEN @ w1 + b1, 0) @ w2 + b2, rtol=1e-5, atol=1e-5)
    assert float(layer.losses[0]) == pytest.approx(0.5 * ((TARGET - decoded) ** 2).sum() / (5 * 4), rel=1e-5)


@pytest.mark.parametrize("train_target", [False, True])
def test_the_target_is_trained_only_if_asked(train_target):
    layer, hidden = made(train_target=train_target), ops.convert_to_tensor(HIDDEN)

    def loss(target):
        layer([hidden, target])
        return layer.losses[0]

    # With the sum of the target there is a gradient to read in either case.
    gradient = input_gradient(lambda target: loss(target) + ops.sum(target), TARGET) - 1
    expected = 2 * (TARGET - ops.convert_to_numpy(layer([HIDDEN, TARGET]))) / 20 if train_target else np.zeros((5, 4))
    np.testing.assert_allclose(gradient, expected, atol=1e-5)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="Reconstruction takes a pair"):
        Reconstruction()([np.zeros((2, 3)), np.zeros((2, 3, 4))])
