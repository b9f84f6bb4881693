"""The step of LazyAdam in C++ against TensorFlow's own operations: the same weights, wherever it takes part."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.optimizers.tables import records, table_network, table_of, trained
from training.own_process import run_in_own_process

from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.training.optimizers import LazyAdam, lazy_adam


@pytest.fixture
def taken(taken_from):
    """How often a step was built of the compiled operation."""
    return taken_from(lazy_adam, "compiled_update")


@pytest.fixture
def plain(not_compiled):
    """Trains by TensorFlow's operations."""

    def train(*arguments, **settings):
        with not_compiled():
            return trained(*arguments, **settings)

    return train


def assert_same(one, other, tolerance=1e-6):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


SETTINGS = {
    "as it is": {},
    "its own numbers": {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3},
    "weight decay": {"weight_decay": 0.1},
    "clipped": {"global_clipnorm": 0.05},
    "mean of the weights": {"use_ema": True, "ema_overwrite_frequency": 3},
    "falling rate": {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_same_weights(taken, plain, settings):
    settings = {"learning_rate": 0.05, **settings}
    compiled = trained(LazyAdam(**settings), records())
    assert taken and all(taken)
    assert_same(compiled, plain(LazyAdam(**settings), records()))
    assert abs(table_of(compiled) - table_of(table_network())).max() > 0.01


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_the_same_weights_in_mixed_precision(taken, plain, policy):
    train = {"data": records(), "dtype": policy}
    compiled = trained(keras.optimizers.LossScaleOptimizer(LazyAdam(0.05)), **train)
    assert taken and all(taken)
    assert_same(compiled, plain(keras.optimizers.LossScaleOptimizer(LazyAdam(0.05)), **train))


@pytest.mark.parametrize("ids", ["int32", "int64"])
@pytest.mark.parametrize(("rows", "dim", "count"), [(5, 1, 40), (50_000, 16, 6_000), (3_000, 33, 9_000), (7, 3, 0)])
def test_rows_many_times_and_many_rows(taken, ids, rows, dim, count):
    """Rows that many ids name; and as many that several threads share them. Against the equations, in float64."""
    draw = np.random.default_rng(0)
    layer = keras.layers.Embedding(rows, dim)
    layer.build()
    weights = layer.get_weights()[0].astype("float64")
    first, second = np.zeros((rows, dim)), np.zeros((rows, dim))
    optimizer = LazyAdam(0.1)
    optimizer.build([layer.embeddings])
    for step in range(1, 4):
        of, values = draw.integers(0, rows, count), draw.normal(size=(count, dim)).astype("float32")
        gradient = np.zeros((rows, dim))
        np.add.at(gradient, of, values)
        reached = np.unique(of)
        first[reached] = 0.9 * first[reached] + 0.1 * gradient[reached]
        second[reached] = 0.999 * second[reached] + 0.001 * gradient[reached] ** 2
        rate = 0.1 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weights[reached] -= rate * first[reached] / (np.sqrt(second[reached]) + 1e-7)
        optimizer.apply([tf.IndexedSlices(values, of.astype(ids), (rows, dim))], [layer.embeddings])
    assert taken == [True] * 3
    np.testing.assert_allclose(layer.get_weights()[0], weights, atol=2e-5)


def test_rows_that_were_not_looked_up_stay_bit_for_bit(taken):
    before = table_of(table_network())
    after = table_of(trained(LazyAdam(0.05), records(most=6)))
    assert taken and all(taken)
    np.testing.assert_array_equal(after[6:], before[6:])
    assert (after[1:6] != before[1:6]).all()


def test_twice_the_same_bits(taken):
    one, other = (trained(LazyAdam(0.05), records()) for _ in range(2))
    assert_same(one, other, tolerance=0)


def test_what_was_read_before_the_step_is_not_written_to(taken):
    """The table is written where it lies, but not what somebody holds of it."""
    model = table_network()
    model.compile(LazyAdam(0.05), "mse")
    table = model.get_layer("table").embeddings
    held = table.value.read_value(), tf.convert_to_tensor(table)
    kept = [one.numpy().copy() for one in held]
    model.fit(*records(), verbose=0)
    assert taken and all(taken)
    for one, as_it_was in zip(held, kept, strict=True):
        np.testing.assert_array_equal(one, as_it_was)
    assert (table.numpy() != kept[0]).any()


def test_it_goes_on_after_a_checkpoint(taken, tmp_path):
    model = trained(LazyAdam(0.05), records())
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, again):
        one.fit(*records(seed=1), shuffle=False, verbose=0)
    assert_same(model, again, tolerance=0)


def test_xla_takes_the_operations_it_knows(taken, plain):
    def by_xla():
        model = table_network()
        model.compile(LazyAdam(0.05), "mse", jit_compile=True)
        model.fit(*records(), batch_size=8, epochs=2, shuffle=False, verbose=0)
        return model

    found = by_xla()
    assert taken and not any(taken)
    assert_same(found, plain(LazyAdam(0.05), records()), tolerance=1e-5)


@pytest.mark.parametrize("at_once", [{"run_eagerly": True}, {"steps_per_execution": 5}])
def test_eagerly_and_several_steps_in_one_call(taken, plain, at_once):
    model = table_network()
    model.compile(LazyAdam(0.05), "mse", **at_once)
    model.fit(*records(), batch_size=8, epochs=2, shuffle=False, verbose=0)
    assert taken and all(taken)
    assert_same(model, plain(LazyAdam(0.05), records()))


def test_other_tables_are_left_to_tensorflow(taken):
    layer = WordEmbedding(9, 2, dtype="float64")
    layer.build()
    gradient = tf.IndexedSlices(np.ones((1, 2)), np.int32([3]), (9, 2))
    optimizer = LazyAdam(0.1)
    optimizer.build([layer.embeddings])
    before = layer.get_weights()[0]
    optimizer.apply([gradient], [layer.embeddings])
    assert taken == [False]
    moved = layer.get_weights()[0] - before
    np.testing.assert_allclose(moved[3], -0.1, rtol=1e-4)
    assert not moved[[0, 1, 2, 4, 5, 6, 7, 8]].any()


@pytest.mark.parametrize("row", [-1, 9])
def test_a_row_that_is_not_there(taken, row):
    layer = WordEmbedding(9, 2)
    layer.build()
    before = layer.get_weights()[0]
    gradient = tf.IndexedSlices(np.ones((2, 2), "float32"), np.int32([3, row]), (9, 2))
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"no row {row} in a table of 9"):
        LazyAdam(0.1).apply([gradient], [layer.embeddings])
    np.testing.assert_array_equal(layer.get_weights()[0], before)


MIRRORED = """
from multimodal_zoo.training import strategies
strategy = strategies.resolve("mirrored")
import numpy as np
from multimodal_zoo.training.optimizers import LazyAdam, lazy_adam
from training.optimizers.tables import records, trained
found, calls = lazy_adam.compiled_update, []
lazy_adam.compiled_update = lambda *given: calls.append(found(*given)) or calls[-1]
alone = trained(LazyAdam(0.05), records())
with strategy.scope():
    shared = trained(LazyAdam(0.05), records())
assert shared.distribute_strategy.num_replicas_in_sync == 2
assert len(calls) > 2 and None not in calls, calls
for one, other in zip(alone.get_weights(), shared.get_weights(), strict=True):
    np.testing.assert_allclose(one, other, atol=1e-5)
"""


def test_two_replicas(taken):
    done = run_in_own_process(MIRRORED)
    assert done.returncode == 0, done.stderr
