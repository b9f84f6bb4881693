"""Field vectors and the first-order term against their equations."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import field_embeddings, linear_fields
from multimodal_zoo.unknown_name import UnknownName
from tests.gradients import weight_gradients
from tests.random_weights import randomise


class Field:
    """What the encoders read of a modality."""

    def __init__(self, kind, vocabulary_size=None, shape=(1,)):
        self.kind, self.vocabulary_size, self.shape = kind, vocabulary_size, shape


FIELDS = {
    "user": Field("categorical", 6),
    "genres": Field("multi_categorical", 5, (3,)),
    "history": Field("id_sequence", 7, (4,)),
    "plot": Field("text", 9, (5,)),
    "measures": Field("numeric", shape=(2,)),
}
GIVEN = {
    "user": np.int32([[2], [0], [5]]),
    "genres": np.int32([[1, 3, 0], [0, 0, 0], [2, 2, 4]]),
    "history": np.int32([[3, 4, 0, 0], [0, 0, 0, 0], [6, 5, 4, 3]]),
    "plot": np.int32([[8, 0, 7, 0, 0], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5]]),
    "measures": np.float32([[0.5, -1.0], [0.0, 0.0], [2.0, 3.0]]),
}
ABSENT = 1


def model_of(encode):
    inputs = {
        name: keras.Input(field.shape, dtype="float32" if field.kind == "numeric" else "int32", name=name)
        for name, field in FIELDS.items()
    }
    return keras.Model(inputs, encode(inputs))


def expected(model, part, dim):
    wanted = {}
    for name, field in FIELDS.items():
        weights = ops.convert_to_numpy(model.get_layer(f"{name}_{part}").weights[0])
        if field.kind == "numeric":
            wanted[name] = GIVEN[name] @ weights
        else:
            rows = [weights[ids[ids > 0]] for ids in GIVEN[name]]
            wanted[name] = np.stack([row.mean(axis=0) if len(row) else np.zeros(dim) for row in rows])
    return wanted


def test_every_kind_of_field_is_the_mean_of_its_rows_or_its_value_times_a_vector(tmp_path):
    model = randomise(model_of(field_embeddings(FIELDS, 4)))
    found = model(GIVEN)
    assert list(found) == list(FIELDS)
    for name, wanted in expected(model, "embedding", 4).items():
        np.testing.assert_allclose(ops.convert_to_numpy(found[name]), wanted, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(ops.convert_to_numpy(found[name])[ABSENT], np.zeros(4))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")(GIVEN)
    for name in FIELDS:
        np.testing.assert_array_equal(ops.convert_to_numpy(again[name]), ops.convert_to_numpy(found[name]))


def test_the_first_order_term_adds_up_one_weight_per_field():
    model = randomise(model_of(linear_fields(FIELDS)))
    found = ops.convert_to_numpy(model(GIVEN))
    np.testing.assert_allclose(found, sum(expected(model, "linear", 1).values()), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[ABSENT], [0])


def test_the_first_order_term_of_a_single_field():
    inputs = keras.Input((1,), dtype="int32", name="user")
    model = randomise(keras.Model(inputs, linear_fields({"user": FIELDS["user"]})({"user": inputs})))
    table = ops.convert_to_numpy(model.get_layer("user_linear").embeddings)
    np.testing.assert_array_equal(ops.convert_to_numpy(model(GIVEN["user"])), [table[2], [0], table[5]])


@pytest.mark.parametrize("encode", [field_embeddings(FIELDS, 4), linear_fields(FIELDS)])
def test_every_table_learns(encode):
    model = randomise(model_of(encode))
    given = {name: ops.convert_to_tensor(value) for name, value in GIVEN.items()}

    def loss(found):
        vectors = found.values() if isinstance(found, dict) else [found]
        return sum(ops.sum(ops.cast(vector, "float32") ** 2) for vector in vectors)

    for path, gradient in weight_gradients(model, given, loss=loss).items():
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, path


def test_the_penalty_is_on_the_squares_of_all_the_tables():
    model = randomise(model_of(field_embeddings(FIELDS, 4, l2=0.1)))
    squares = sum((ops.convert_to_numpy(weight) ** 2).sum() for weight in model.trainable_variables)
    model(GIVEN)
    assert float(sum(model.losses)) == pytest.approx(0.1 * squares, rel=1e-5)
    assert not model_of(field_embeddings(FIELDS, 4)).losses


def test_what_they_refuse():
    with pytest.raises(UnknownName, match="'image'.*Known: categorical, id_sequence, multi_categorical, numeric, text"):
        field_embeddings({"poster": Field("image")}, 4)
    with pytest.raises(ValueError, match="received none"):
        linear_fields({})
    with pytest.raises(ValueError, match="dim=0"):
        field_embeddings(FIELDS, 0)
    with pytest.raises(ValueError, match="l2=-1"):
        field_embeddings(FIELDS, 4, l2=-1)
    with pytest.raises(ValueError, match=r"\['user'\] have no tensor; received tensors for \['item'\]"):
        field_embeddings({"user": FIELDS["user"]}, 4)({"item": GIVEN["user"]})


@pytest.mark.parametrize(("table", "rows"), [("hashed", 100), ("quotient_remainder", 64), ("mixed_dimensions", 1000)])
def test_a_smaller_table_for_many_ids(table, rows):
    """Ids of the same row, or block, apart from each other; what is absent is the zero vector; others keep theirs."""
    fields = {"user": Field("categorical", 50), "item": Field("categorical", 1000)}
    inputs = {name: keras.Input((1,), dtype="int32", name=name) for name in fields}
    model = randomise(keras.Model(inputs, field_embeddings(fields, 16, tables={"item": table})(inputs)))
    tables = [weight for weight in model.weights if weight.path.endswith("embeddings")]
    assert sum(weight.shape[0] for weight in tables) == 50 + rows
    assert model.count_params() < 50 * 16 + 1000 * 16 / 4
    ids = np.arange(1000, dtype="int32")[:, None]
    vectors = model({"user": ids % 50, "item": ids})
    found = ops.convert_to_numpy(vectors["item"])
    np.testing.assert_array_equal(found[0], np.zeros(16))
    different = len(np.unique(found[1:], axis=0))
    assert different == 999 if table != "hashed" else 60 < different < 100
    user = ops.convert_to_numpy(model.get_layer("user_embedding").embeddings)
    np.testing.assert_allclose(ops.convert_to_numpy(vectors["user"])[1:50], user[1:], rtol=1e-6)


def test_tables_that_do_not_go_together_with_a_field_are_refused():
    with pytest.raises(UnknownName, match="Did you mean 'hashed'"):
        field_embeddings({"user": Field("categorical", 50)}, 4, tables={"user": "hash"})
    with pytest.raises(UnknownName, match="user"):
        field_embeddings({"user": Field("categorical", 50)}, 4, tables={"item": "hashed"})
    with pytest.raises(ValueError, match="no ids"):
        field_embeddings({"age": Field("numeric")}, 4, tables={"age": "hashed"})
