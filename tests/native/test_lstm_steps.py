"""The steps of an LSTM in C++ against the same in TensorFlow's operations, against the equations, and against Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.encoders.gatewise_lstm import gatewise_lstm
from multimodal_zoo.encoders.lstm import LSTM
from multimodal_zoo.native import lstm_steps
from multimodal_zoo.native.operations import compiled_operations
from tests.encoders.lstm_equations import lstm_states


@pytest.fixture
def taken(taken_from):
    """Whether the operations were found, each time that they were asked for."""
    return taken_from(lstm_steps, "compiled_operations")


def given_to(batch, length, width, units):
    """Steps, state, cell, kernel, recurrent kernel and bias."""
    draw = np.random.default_rng(0)
    shapes = (
        (batch, length, width),
        (batch, units),
        (batch, units),
        (width, 4 * units),
        (units, 4 * units),
        (4 * units,),
    )
    return [
        tf.constant(draw.normal(size=shape) / (np.sqrt(shape[0]) if number > 2 else 1), "float32")
        for number, shape in enumerate(shapes)
    ]


def answers_and_gradients(formula, given, of_states=True):
    """States and last cell, and the gradients of a loss that reads both, or the last cell alone."""
    draw = np.random.default_rng(1)

    @tf.function
    def train(*given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            states, cell = formula(*given)
            loss = tf.reduce_sum(cell * draw.normal(size=cell.shape).astype("float32"))
            if of_states:
                loss += tf.reduce_sum(states * draw.normal(size=states.shape).astype("float32"))
        return [states, cell, *tape.gradient(loss, given, unconnected_gradients="zero")]

    return [one.numpy() for one in train(*given)]


def assert_near(found, wanted, tolerance=2e-5):
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * max(1, abs(other).max(initial=0)))


@pytest.mark.parametrize("of_states", [True, False], ids=["all states", "the last cell alone"])
@pytest.mark.parametrize(
    ("batch", "length", "units"),
    [(1, 1, 1), (1, 5, 7), (3, 2, 16), (4, 7, 33), (33, 5, 40), (50, 3, 128), (97, 2, 20), (2, 60, 300), (32, 60, 64)],
)
def test_answers_and_gradients_are_those_of_the_operations(compiled, batch, length, units, of_states):
    given = given_to(batch, length, 5, units)
    found = answers_and_gradients(lstm_steps.compiled_lstm(gatewise_lstm), given, of_states)
    assert_near(found, answers_and_gradients(gatewise_lstm, given, of_states))


@pytest.mark.parametrize(("batch", "units"), [(1, 3), (3, 300), (64, 64)])
def test_the_equations(taken, batch, units):
    """In float64, step by step."""
    layer = LSTM(units, return_sequences=True)
    steps = np.random.default_rng(0).normal(size=(batch, 9, 4)).astype("float32")
    states = layer(steps, training=True).numpy()
    assert taken == [True]
    for row in range(batch):
        np.testing.assert_allclose(states[row], lstm_states(layer, steps[row]), rtol=0, atol=1e-6)


def test_twice_the_same_bits(compiled):
    given = given_to(33, 20, 8, 100)
    one, other = (answers_and_gradients(lstm_steps.compiled_lstm(gatewise_lstm), given) for _ in range(2))
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_gradient_has_a_gradient(compiled):
    def twice(formula):
        given = given_to(2, 3, 2, 5)
        with tf.GradientTape() as outer:
            outer.watch(given)
            with tf.GradientTape() as inner:
                inner.watch(given)
                loss = sum(tf.reduce_sum(one**2) for one in formula(*given))
            squared = sum(tf.reduce_sum(one**2) for one in inner.gradient(loss, given))
        return [one.numpy() for one in outer.gradient(squared, given)]

    assert_near(twice(lstm_steps.compiled_lstm(gatewise_lstm)), twice(gatewise_lstm), 1e-4)


@pytest.mark.parametrize("many", [1, 6], ids=["one at a time", "several side by side"])
def test_several_at_once_in_one_graph(compiled, many):
    """All of them share the threads of TensorFlow."""
    formula = lstm_steps.compiled_lstm(gatewise_lstm)
    given = given_to(16, 40, 8, 96)

    @tf.function
    def side_by_side():
        return [formula(given[0] + number, *given[1:])[0] for number in range(many)]

    for _ in range(5):
        for number, states in enumerate(side_by_side()):
            np.testing.assert_array_equal(states, formula(given[0] + number, *given[1:])[0])


def training(**settings):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((6, 4))
    model = keras.Model(inputs, keras.layers.Dense(1)(LSTM(12, **settings)(inputs)))
    model.compile("adam", "mse")
    draw = np.random.default_rng(0)
    model.fit(draw.normal(size=(40, 6, 4)), draw.normal(size=(40, 1)), batch_size=7, epochs=2, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("settings", [{}, {"use_bias": False}], ids=str)
def test_a_training_ends_with_the_same_weights(taken, not_compiled, settings):
    """Beside Keras' own layer, which so few units take otherwise."""
    found = training(**settings)
    assert taken and all(taken)
    with not_compiled():
        wanted = training(**settings)
    for one, other in zip(found.get_weights(), wanted.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_answers_are_those_of_keras_and_no_export_has_it(taken, tmp_path):
    model = training()
    count = len(taken)
    model.export(str(tmp_path / "exported"), verbose=False)
    assert b"MultimodalZoo" not in (tmp_path / "exported" / "saved_model.pb").read_bytes()
    assert len(taken) == count


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_other_types_are_left_to_tensorflow(taken, policy):
    LSTM(12, dtype=policy)(np.ones((2, 3, 4)), training=True)
    assert not taken


def test_xla_takes_the_operations_it_knows(taken):
    layer, steps = LSTM(12), tf.ones((2, 3, 4))
    states = tf.function(lambda steps: layer(steps, training=True), jit_compile=True)(steps)
    assert not any(taken)
    np.testing.assert_allclose(states, layer(steps), atol=1e-6)


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)], ids=["no records", "no steps"])
def test_nothing_to_do(compiled, shape):
    operations = compiled_operations()
    (batch, length), units = shape, 4
    state, recurrent, bias = tf.ones((batch, units)), tf.ones((units, 4 * units)), tf.ones((4 * units,))
    states, cells, gates = operations.multimodal_zoo_lstm_steps(
        tf.ones((batch, length, 4 * units)), recurrent, bias, state, state
    )
    assert states.shape == cells.shape == (batch, length, units) and gates.shape == (batch, length, 4 * units)
    found = operations.multimodal_zoo_lstm_steps_gradient(states, state, recurrent, state, cells, gates)
    assert [one.shape.as_list() for one in found] == [[batch, length, 16], [16], [batch, units], [batch, units]]
    # The last cell is then the first one.
    np.testing.assert_array_equal(found[3], state)


def test_shapes_that_do_not_fit(compiled):
    operations, seen, state = compiled_operations(), tf.ones((2, 3, 16)), tf.ones((2, 4))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected input 1 of shape \[4,16\], got \[4,12\]"):
        operations.multimodal_zoo_lstm_steps(seen, tf.ones((4, 12)), tf.ones((16,)), state, state)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected input 4 of shape \[2,3,4\], got \[2,5,4\]"):
        operations.multimodal_zoo_lstm_steps_gradient(
            tf.ones((2, 3, 4)), state, tf.ones((4, 16)), state, tf.ones((2, 5, 4)), seen
        )
