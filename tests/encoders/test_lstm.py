"""The layer LSTM: the same numbers as Keras' own, forwards and backwards, by the way that training takes."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import lstm
from multimodal_zoo.encoders.gatewise_lstm import gatewise_lstm
from multimodal_zoo.encoders.lstm import LSTM
from tests.encoders.lstm_equations import lstm_states
from tests.random_weights import randomise

tf = pytest.importorskip("tensorflow")
on_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the faster way is TensorFlow's")
pytestmark = pytest.mark.usefixtures("always_faster")
STEPS = np.random.default_rng(0).normal(size=(3, 7, 2)).astype("float32")


@pytest.fixture
def always_faster(monkeypatch, tmp_path):
    """The five units of the tests go the way of many; nothing is compiled."""
    monkeypatch.setattr(lstm, "GATEWISE_FROM", 1)
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path))


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
    assert ours.faster_way("float32") is gatewise_lstm
    found = answer_and_gradients(ours, STEPS[:, :length], compiled)
    for one, other in zip(found, answer_and_gradients(theirs, STEPS[:, :length]), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)


@on_tensorflow
def test_a_number_of_records_that_is_fixed():
    """In a graph that knows it: `keras.Input(batch_size=...)`."""
    layer, _ = beside_keras()
    states = tf.function(lambda: layer(tf.constant(STEPS), training=True))()
    np.testing.assert_allclose(states[0], lstm_states(layer, STEPS[0]), rtol=1e-5, atol=1e-6)
    inputs = keras.Input((7, 2), batch_size=3)
    model = keras.Model(inputs, keras.layers.Dense(1)(LSTM(5)(inputs)))
    model.compile("adam", "mse")
    model.fit(STEPS, np.ones((3, 1)), batch_size=3, verbose=0)


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
def test_few_units_are_left_to_keras(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path))
    assert LSTM(127).faster_way("float32") is None
    assert LSTM(128).faster_way("float32") is gatewise_lstm


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
    assert ours.faster_way("float32") is None
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
