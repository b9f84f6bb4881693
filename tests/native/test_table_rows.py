"""The lookup in C++ against TensorFlow's own operations: the same vectors and gradients, and no export has it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.optimizers.tables import records, table_network, table_of
from training.own_process import run_in_own_process

from multimodal_zoo.encoders import word_embedding
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.training.optimizers import LazyAdam


@pytest.fixture
def taken(taken_from):
    """Whether a lookup was the compiled operation, each time that it was asked for."""
    return taken_from(word_embedding, "rows_at_once")


def layer_of(rows, dim, **settings):
    layer = WordEmbedding(rows, dim, **settings)
    layer.build()
    layer.set_weights([np.random.default_rng(0).normal(size=(rows, dim))])
    return layer


def vectors_and_gradient(layer, ids, compiled=None):
    """Vectors, and the gradient of a sum in which each of them has another factor."""
    factors = np.random.default_rng(1).normal(size=(*np.shape(ids), layer.output_dim)).astype("float32")

    def look_up(ids):
        with tf.GradientTape() as tape:
            vectors = layer(ids, training=True)
            loss = tf.reduce_sum(tf.cast(vectors, "float32") * factors)
        return vectors, tape.gradient(loss, layer.embeddings.value)

    wrapped = look_up if compiled is None else tf.function(look_up, jit_compile=compiled)
    vectors, gradient = wrapped(tf.constant(ids))
    return vectors.numpy(), tf.convert_to_tensor(gradient).numpy()


@pytest.mark.parametrize("kind", ["int32", "int64"])
@pytest.mark.parametrize("wrapped", [None, False], ids=["eagerly", "in a graph"])
@pytest.mark.parametrize(
    ("rows", "dim", "shape"), [(5, 1, (7, 1)), (9, 3, (2, 3, 4)), (4_000, 33, (300, 20)), (5, 2, (0, 3)), (6, 4, (8,))]
)
@pytest.mark.parametrize("least", [0, 1], ids=["padded", "without padding"])
def test_the_same_vectors_and_gradient(taken, not_compiled, kind, wrapped, rows, dim, shape, least):
    layer = layer_of(rows, dim)
    ids = np.random.default_rng(2).integers(least, rows, shape).astype(kind)
    vectors, gradient = vectors_and_gradient(layer, ids, wrapped)
    assert taken == [True]
    with not_compiled():
        wanted, wanted_gradient = vectors_and_gradient(layer, ids, wrapped)
    assert taken == [True, False]
    np.testing.assert_array_equal(vectors, wanted)
    np.testing.assert_allclose(gradient, wanted_gradient, atol=1e-5)
    assert not vectors[ids == 0].any() and not gradient[0].any()


def test_an_incoming_gradient_that_others_read_is_left_as_it_is(taken):
    """What is masked is a copy, where somebody else holds the gradient."""
    layer, ids = layer_of(5, 2), tf.constant([[0, 3]])
    held = tf.ones((1, 2, 2))
    with tf.GradientTape() as tape:
        vectors = layer(ids, training=True)
    gradient = tape.gradient(vectors, layer.embeddings.value, output_gradients=held)
    assert taken == [True]
    np.testing.assert_array_equal(gradient.values, [[0, 0], [1, 1]])
    np.testing.assert_array_equal(held, np.ones((1, 2, 2)))


def test_the_gradient_has_a_gradient(taken, not_compiled):
    """Of the squares of the table's gradient, by what the vectors are multiplied by."""
    layer, ids = layer_of(5, 2), tf.constant([[0, 3, 4]])

    def twice(factors):
        with tf.GradientTape() as outer:
            outer.watch(factors)
            with tf.GradientTape() as inner:
                loss = tf.reduce_sum(factors * layer(ids, training=True) ** 2)
            squared = tf.reduce_sum(tf.convert_to_tensor(inner.gradient(loss, layer.embeddings.value)) ** 2)
        return outer.gradient(squared, factors).numpy()

    factors = tf.constant(np.random.default_rng(0).normal(size=(1, 3, 2)), "float32")
    found = twice(factors)
    assert taken == [True]
    with not_compiled():
        np.testing.assert_allclose(found, twice(factors), rtol=1e-5)
    assert found[0, 1:].all() and not found[0, 0].any()


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(taken, not_compiled, policy):
    layer, ids = layer_of(9, 4, dtype=policy), np.int32([[0, 3, 8]])
    vectors, gradient = vectors_and_gradient(layer, ids)
    with not_compiled():
        wanted, wanted_gradient = vectors_and_gradient(layer, ids)
    assert taken == [True, False] and vectors.dtype == wanted.dtype != np.float32
    np.testing.assert_array_equal(vectors, wanted)
    np.testing.assert_allclose(gradient, wanted_gradient, atol=1e-2)


def test_xla_takes_the_operations_it_knows(taken):
    layer, ids = layer_of(9, 4), np.int32([[0, 3, 8]])
    vectors, _ = vectors_and_gradient(layer, ids, compiled=True)
    assert taken == [False]
    np.testing.assert_allclose(vectors[0, 1:], layer.get_weights()[0][[3, 8]])


@pytest.mark.parametrize("training", [False, None])
def test_answers_are_given_without_it(taken, training):
    layer_of(9, 4)(np.int32([[0, 3]]), training=training)
    assert not taken


def test_other_tables_are_left_to_tensorflow(taken):
    found = layer_of(9, 4, dtype="float64")(np.int32([[0, 3]]), training=True)
    assert taken == [False] and found.dtype == "float64" and not np.array(found)[0, 0].any()


@pytest.mark.parametrize("row", [-1, 9])
def test_a_row_that_is_not_there(compiled, row):
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"no row {row} in a table of 9"):
        layer_of(9, 2)(np.int32([[3, row]]), training=True)


def trained(**settings):
    model = table_network()
    model.compile(LazyAdam(0.05), "mse", **settings)
    ids, numbers = records()
    ids[::3, 0] = 0
    model.fit(ids, numbers, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("settings", [{}, {"run_eagerly": True}, {"steps_per_execution": 5}], ids=str)
def test_a_training_ends_with_the_same_weights(taken, not_compiled, settings):
    found = trained(**settings)
    assert any(taken)
    with not_compiled():
        wanted = trained(**settings)
    for one, other in zip(found.get_weights(), wanted.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    np.testing.assert_array_equal(table_of(found)[0], table_of(table_network())[0])


def operations_of(folder):
    """The names of all operations in a SavedModel."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    graph = SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def
    inner = (node for function in graph.library.function for node in function.node_def)
    return {node.op for node in [*graph.node, *inner]}


@pytest.mark.parametrize("save", [keras.Model.export, tf.saved_model.save], ids=["keras", "tensorflow"])
def test_no_export_has_it(taken, tmp_path, save):
    model = trained()
    assert any(taken)
    save(model, str(tmp_path / "exported"))
    found = operations_of(tmp_path / "exported")
    assert "ResourceGather" in found and not [one for one in found if one.startswith("MultimodalZoo")]


MIRRORED = """
from multimodal_zoo.training import strategies
strategy = strategies.resolve("mirrored")
import numpy as np
from multimodal_zoo.encoders import word_embedding
from multimodal_zoo.training.optimizers import LazyAdam
from training.optimizers.tables import records, trained
found, calls = word_embedding.rows_at_once, []
word_embedding.rows_at_once = lambda *given: calls.append(found(*given)) or calls[-1]
alone = trained(LazyAdam(0.05), records())
with strategy.scope():
    shared = trained(LazyAdam(0.05), records())
assert shared.distribute_strategy.num_replicas_in_sync == 2
assert len(calls) > 2 and all(one is not None for one in calls), calls
for one, other in zip(alone.get_weights(), shared.get_weights(), strict=True):
    np.testing.assert_allclose(one, other, atol=1e-5)
"""


def test_two_replicas(compiled):
    done = run_in_own_process(MIRRORED)
    assert done.returncode == 0, done.stderr
