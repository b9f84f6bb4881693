"""Sparse gradients of tables: the same as dense ones, at the price of the rows that were looked up."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from training.optimizers.tables import BATCH, DIM, ROWS, records, table_network, table_of, trained

from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.training.optimizers import LazyAdagrad, LazyAdam, LazyFtrl, optimizer_named, tables_apart
from multimodal_zoo.training.optimizers.lazy_rows import each_row_once
from multimodal_zoo.training.precision import precision

LAZY = {"adam": LazyAdam, "adagrad": LazyAdagrad, "ftrl": LazyFtrl}
STOCK = {"adam": keras.optimizers.Adam, "adagrad": keras.optimizers.Adagrad, "ftrl": keras.optimizers.Ftrl}


class DenseTable(WordEmbedding):
    """The lookup as a product, whose gradient is dense: what a lookup is to be equal to."""

    def call(self, ids):
        return keras.ops.matmul(keras.ops.one_hot(ids, ROWS), self._embeddings)


def every_row(count=4):
    """Batches in which each row but 0 is looked up."""
    ids = np.stack([np.resize(np.roll(np.arange(1, ROWS), step), BATCH * 3).reshape(BATCH, 3) for step in range(count)])
    return ids.reshape(-1, 3).astype("int32"), records(count * BATCH)[1]


def assert_same_weights(one, other, atol=1e-6):
    for left, right in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=atol)


@pytest.mark.parametrize("name", LAZY)
def test_where_every_row_is_looked_up_it_is_the_optimiser_it_stands_for(name):
    data = every_row()
    lazy, stock = trained(LAZY[name](0.05), data), trained(STOCK[name](0.05), data, DenseTable)
    # Row 0 is never looked up; Keras' FTRL sets what it has gathered nothing for to zero.
    np.testing.assert_allclose(table_of(lazy)[1:], table_of(stock)[1:], atol=2e-5)
    np.testing.assert_allclose(*(model.get_layer("answer").get_weights()[0] for model in (lazy, stock)), atol=2e-5)


@pytest.mark.parametrize("clip", [{}, {"clipnorm": 0.05}, {"global_clipnorm": 0.05}, {"clipvalue": 0.01}])
def test_adagrad_is_keras_adagrad_whatever_is_looked_up_also_clipped(clip):
    """Ids come twice in a batch, so that norms are right only with each row once."""
    data = records()
    lazy = trained(LazyAdagrad(0.05, **clip), data)
    assert_same_weights(lazy, trained(keras.optimizers.Adagrad(0.05, **clip), data, DenseTable))


@pytest.mark.parametrize("name", LAZY)
def test_a_dense_gradient_gives_the_same(name):
    ids, numbers = records(most=7)

    assert_same_weights(
        trained(LAZY[name](0.05), (ids, numbers)), trained(LAZY[name](0.05), (ids, numbers), DenseTable)
    )


@pytest.mark.parametrize("name", LAZY)
def test_rows_that_no_record_looked_up_are_left_alone(name):
    before = table_of(table_network())
    after = table_of(trained(LAZY[name](0.05, weight_decay=0.1), records(most=7)))
    np.testing.assert_array_equal(after[7:], before[7:])
    np.testing.assert_array_equal(after[0], before[0])
    assert (after[1:7] != before[1:7]).all()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a dense gradient of nothing reaches no row")
def test_weight_decay_reaches_the_rows_that_were_looked_up_and_the_other_weights():
    """With a rate for the gradient of nothing, by way of a loss of nothing, only the decay is left."""
    model = table_network()
    before = [np.array(weight) for weight in model.get_weights()]
    model.compile(LazyAdagrad(0.5, weight_decay=0.1), lambda truth, answer: 0.0 * answer)
    ids, numbers = records(BATCH, most=7)
    model.fit(ids, numbers, batch_size=BATCH, verbose=0)
    seen = np.isin(np.arange(ROWS), ids)
    np.testing.assert_allclose(table_of(model), np.where(seen[:, None], before[0] * 0.95, before[0]), rtol=1e-6)
    np.testing.assert_allclose(model.get_layer("answer").kernel, before[1] * 0.95, rtol=1e-6)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="gradients of lookups are dense elsewhere")
@pytest.mark.parametrize("name", LAZY)
def test_no_tensor_of_a_training_step_has_the_size_of_the_table(name):
    rows = 54321
    model = table_network(rows=rows)
    model.compile(LAZY[name](0.05, global_clipnorm=1.0), "mse")
    model.optimizer.build(model.trainable_variables)
    ids, numbers = (tf.constant(one) for one in records(BATCH, rows=rows))
    step = tf.function(lambda: model.train_step((ids, numbers))).get_concrete_function()
    bodies = [
        step.graph,
        *(function.graph for function in step.graph._functions.values() if hasattr(function, "graph")),
    ]
    shapes = {
        tuple(tensor.shape)
        for body in bodies
        for op in body.get_operations()
        for tensor in op.outputs
        if tensor.dtype != tf.resource and tensor.shape.rank is not None
    }
    assert (BATCH, 3, DIM) in shapes
    assert not [shape for shape in shapes if rows in shape]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_each_row_once_is_the_same_gradient(ids):
    values = np.random.default_rng(len(ids)).normal(size=(len(ids), 2)).astype("float32")
    once = each_row_once(tf.IndexedSlices(tf.constant(values), tf.constant(ids), tf.constant([10, 2])))
    assert sorted(once.indices.numpy().tolist()) == sorted(set(ids))
    expected = np.zeros((10, 2), "float32")
    np.add.at(expected, ids, values)
    np.testing.assert_allclose(tf.convert_to_tensor(once).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_the_table_in_float32_and_learns(policy):
    data = every_row(20)
    target = np.float32(data[0].sum(1, keepdims=True) % 5)
    full = trained(LazyAdam(0.05), (data[0], target), epochs=4)
    with precision(policy):
        mixed = trained(LazyAdam(0.05), (data[0], target), epochs=4)
    assert mixed.get_layer("table").embeddings.dtype == "float32"
    losses = [model.evaluate(data[0], target, verbose=0) for model in (full, mixed)]
    assert losses[1] == pytest.approx(losses[0], rel=0.1)


def test_gathering_gradients_over_batches_is_one_larger_batch():
    ids, numbers = records(2 * BATCH)
    halves = trained(LazyAdam(0.05, gradient_accumulation_steps=2), (ids, numbers), epochs=1)
    whole = table_network()
    whole.compile(LazyAdam(0.05), "mse")
    whole.fit(ids, numbers, batch_size=2 * BATCH, shuffle=False, verbose=0)
    assert_same_weights(halves, whole)


def test_a_saved_network_goes_on_where_it_was(tmp_path):
    data = records()
    whole = trained(LazyAdam(0.05), data, epochs=4)
    half = trained(LazyAdam(0.05), data, epochs=2)
    half.save(tmp_path / "half.keras")
    again = keras.models.load_model(tmp_path / "half.keras")
    assert isinstance(again.optimizer, LazyAdam)
    again.fit(*data, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
    assert_same_weights(again, whole, 1e-7)


def test_tables_and_other_weights_by_two_optimisers(tmp_path):
    data = records()
    model = trained(tables_apart(LazyAdagrad(0.05), keras.optimizers.SGD(0.0)), data)
    start = table_network()
    np.testing.assert_array_equal(model.get_layer("answer").kernel, start.get_layer("answer").kernel)
    assert not np.allclose(table_of(model)[1:], table_of(start)[1:])
    model.save(tmp_path / "apart.keras")
    optimizer = keras.models.load_model(tmp_path / "apart.keras").optimizer
    assert sorted(type(one).__name__ for one in optimizer.optimizers) == ["LazyAdagrad", "SGD"]


def test_one_optimiser_for_both_is_refused():
    one = LazyAdam()
    with pytest.raises(ValueError, match="same one twice"):
        tables_apart(one, one)


def test_auto_is_lazy_for_large_tables_only():
    assert type(optimizer_named("auto", 0.01, table_network())) is keras.optimizers.Adam
    assert type(optimizer_named("auto", 0.01, table_network(rows=100_001))) is LazyAdam


def test_an_unknown_optimiser_names_the_known_ones():
    with pytest.raises(ValueError, match="lazy_adam"):
        optimizer_named("lazyadam", 0.01, table_network())
