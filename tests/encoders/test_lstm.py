"""The layer LSTM: the same numbers as Keras' own, forwards and backwards, by the way that training takes."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import lstm
from multimodal_zoo.encoders.lstm import LSTM
from tests.encoders.lstm_equations import lstm_states
from tests.random_weights import randomise

tf = pytest.importorskip("tensorflow")
on_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the faster way is TensorFlow's")
pytestmark = pytest.mark.usefixtures("always_faster")
STEPS = np.random.default_rng(0).normal(size=(3, 7, 2)).astype("float32")


@pytest.fixture
def always_faster(monkeypatch):
    """The five units of the tests go the way of many."""
    monkeypatch.setattr(lstm, "FASTER_FROM", 1)


def beside_keras(length=7, **settings):
    """The layer, and Keras' own with the same weights."""
    layers = LSTM(5, return_sequences=True, **settings), keras.layers.LSTM(5, return_sequences=True, **settings)
    for layer in layers:
        layer.build((None, length, 2))
    randomise(layers[0])
    layers[1].set_weights(layers[0].get_weights())
    return layers


def answer_and_gradients(layer, steps, compiled=False):
    """What a training step sees: states, and the gradients of a loss that reads every state and the last twice."""
    factors = tf.random.stateless_normal((7, 5), (1, 2))

    @tf.function(reduce_retracing=True, jit_compile=compiled)
    def train(steps):
        with tf.GradientTape() as tape:
            tape.watch(steps)
            states = layer(steps, training=True)
            loss = tf.reduce_sum(states * factors[: tf.shape(states)[1]]) + tf.reduce_sum(states[:, -1] ** 2)
        return states, tape.gradient(loss, [steps, *layer.trainable_variables])

    states, gradients = train(tf.constant(steps))
    return [states.numpy(), *(one.numpy() for one in gradients)]


@on_tensorflow
@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "XLA"])
@pytest.mark.parametrize("length", [1, 2, 7])
@pytest.mark.parametrize("settings", [{}, {"use_bias": False}], ids=["bias", "no bias"])
def test_states_and_gradients_are_those_of_keras(length, settings, compiled):
    ours, theirs = beside_keras(**settings)
    assert ours.goes_gatewise()
    found = answer_and_gradients(ours, STEPS[:, :length], compiled)
    for one, other in zip(found, answer_and_gradients(theirs, STEPS[:, :length]), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)


@on_tensorflow
def test_training_computes_the_equations():
    layer, _ = beside_keras()
    states = ops.convert_to_numpy(layer(STEPS, training=True))
    for row in range(3):
        np.testing.assert_allclose(states[row], lstm_states(layer, STEPS[row]), rtol=1e-5, atol=1e-6)


@on_tensorflow
def test_the_gradient_passes_through_the_state_it_begins_with_and_the_one_it_ends_with():
    found = []
    for kind in (LSTM, keras.layers.LSTM):
        layer = kind(5, return_state=True)
        layer.build((3, 7, 2))
        layer.set_weights(
            [np.random.default_rng(number).normal(size=one.shape) for number, one in enumerate(layer.weights)]
        )
        begun = [tf.random.stateless_normal((3, 5), (3, number)) for number in range(2)]
        with tf.GradientTape() as tape:
            tape.watch(begun)
            _, h, c = layer(STEPS, initial_state=begun, training=True)
            loss = tf.reduce_sum(h**2) + tf.reduce_sum(c**3)
        found.append([one.numpy() for one in tape.gradient(loss, begun)])
    np.testing.assert_allclose(found[0], found[1], rtol=2e-5, atol=2e-5)


@on_tensorflow
def test_the_gradient_has_a_gradient():
    found = []
    for layer in beside_keras():

        @tf.function
        def twice(steps, layer=layer):
            with tf.GradientTape() as outer:
                outer.watch(steps)
                with tf.GradientTape() as inner:
                    inner.watch(steps)
                    loss = tf.reduce_sum(layer(steps, training=True) ** 2)
                squared = tf.reduce_sum(inner.gradient(loss, steps) ** 2)
            return outer.gradient(squared, steps)

        found.append(twice(tf.constant(STEPS)).numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3, atol=1e-3)


@on_tensorflow
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_keeps_its_types(policy):
    layer = LSTM(5, return_sequences=True, dtype=policy)
    with tf.GradientTape() as tape:
        states = layer(STEPS, training=True)
        loss = tf.reduce_sum(tf.cast(states, tf.float32))
    gradients = tape.gradient(loss, layer.trainable_variables)
    assert states.dtype == policy.removeprefix("mixed_")
    assert [one.dtype for one in gradients] == [tf.float32] * 3
    np.testing.assert_allclose(states.numpy().astype("float32")[0], lstm_states(layer, STEPS[0]), atol=0.03)


@on_tensorflow
def test_few_units_are_left_to_keras(monkeypatch):
    monkeypatch.undo()
    assert not LSTM(127).goes_gatewise()
    assert LSTM(128).goes_gatewise()


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"dropout": 0.5},
        {"recurrent_dropout": 0.5},
        {"unroll": True},
        {"go_backwards": True},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_what_it_leaves_to_keras(settings):
    ours, theirs = beside_keras(**settings)
    assert not ours.goes_gatewise()
    if "dropout" not in next(iter(settings)):
        np.testing.assert_array_equal(ours(STEPS, training=True), theirs(STEPS, training=True))


def test_a_mask_is_respected():
    ours, theirs = beside_keras()
    mask = np.array([[1, 1, 0, 1, 0, 1, 0]] * 3, bool)
    np.testing.assert_array_equal(ours(STEPS, mask=mask, training=True), theirs(STEPS, mask=mask, training=True))


def test_an_answer_is_that_of_keras_to_the_last_bit():
    ours, theirs = beside_keras()
    np.testing.assert_array_equal(ours(STEPS), theirs(STEPS))


def test_a_saved_model_has_it_again(tmp_path):
    inputs = keras.Input((7, 2))
    model = randomise(keras.Model(inputs, LSTM(5, return_sequences=True)(inputs)))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.layers[-1]) is LSTM
    np.testing.assert_array_equal(again(STEPS), model(STEPS))
