import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import GradientReversal, ReversalSchedule
from tests.gradients import input_gradient

INPUTS = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


def gradient_through(layer, training=False):
    return input_gradient(lambda x: ops.sum(ops.square(layer(x, training=training))), INPUTS)


@pytest.mark.parametrize("scale", [1.0, 0.25, 0])
def test_forward_it_is_the_identity_and_back_the_gradient_is_turned_and_scaled(scale):
    layer = GradientReversal(scale)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(INPUTS)), INPUTS)
    np.testing.assert_allclose(gradient_through(layer), -scale * 2 * INPUTS, rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 0.0), (50, 2 / (1 + np.exp(-5)) - 1), (100, 0.9999092), (900, 0.9999092)]
)
def test_the_schedule_is_that_of_the_paper(step, expected):
    assert float(ReversalSchedule(steps=100)(step)) == pytest.approx(expected, abs=1e-6)


def test_with_a_schedule_the_layer_counts_its_calls_in_training_alone():
    layer = GradientReversal(ReversalSchedule(steps=10, highest=0.5))
    layer(INPUTS, training=False)
    for _ in range(5):
        layer(INPUTS, training=True)
    layer(INPUTS, training=False)
    assert int(layer.step) == 5
    expected = 0.5 * (2 / (1 + np.exp(-5)) - 1)
    np.testing.assert_allclose(gradient_through(layer), -expected * 2 * INPUTS, rtol=1e-5)


def test_fit_counts_the_steps_and_trains_what_lies_before_it_the_other_way():
    inputs = keras.Input((4,))
    features = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", name="encoder")(inputs)
    reversed_features = GradientReversal(ReversalSchedule(steps=1), name="reversal")(features)
    model = keras.Model(inputs, reversed_features)
    model.compile(keras.optimizers.SGD(0.01), loss="mse")
    history = model.fit(INPUTS, np.zeros((3, 1)), epochs=6, batch_size=3, verbose=0).history["loss"]
    assert history[1] == pytest.approx(history[0], rel=1e-6), "the first step has lambda 0"
    assert (np.diff(history[1:]) > 0).all(), "the encoder climbs"
    assert int(model.get_layer("reversal").step) == 6


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="number or a schedule"):
        GradientReversal("slowly")
    with pytest.raises(ValueError, match="steps has to be greater than 0"):
        ReversalSchedule(0)
