"""The second-order term against the sum over all pairs."""

import itertools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.encoders import FactorizationMachine, factorization_machine
from multimodal_zoo.training.precision import precision
from tests.golden.arrays import assert_as_reference, golden
from tests.gradients import input_gradient


def pairs(vectors):
    """sum_(i<j) <v_i, v_j> of (batch, fields, dim), pair by pair."""
    total = np.zeros((len(vectors), 1))
    for i, j in itertools.combinations(range(vectors.shape[1]), 2):
        total += (vectors[:, i].astype("float64") * vectors[:, j]).sum(axis=-1, keepdims=True)
    return total


@settings(max_examples=20, deadline=None)
@given(fields=st.integers(1, 7), dim=st.integers(1, 9), seed=st.integers(0, 2**16))
def test_it_is_the_sum_over_all_pairs(fields, dim, seed):
    vectors = np.random.default_rng(seed).normal(size=(3, fields, dim)).astype("float32")
    found = ops.convert_to_numpy(FactorizationMachine()(vectors))
    np.testing.assert_allclose(found, pairs(vectors), rtol=1e-4, atol=1e-4)


def test_vectors_may_come_as_a_dict_a_list_or_stacked():
    vectors = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    apart = {name: vectors[:, index] for index, name in enumerate(("user", "item", "age"))}
    for form in (vectors, apart, list(apart.values())):
        found = ops.convert_to_numpy(factorization_machine()(form))
        np.testing.assert_allclose(found, pairs(vectors), rtol=1e-5, atol=1e-5)


def test_an_absent_field_has_no_part_in_it():
    vectors = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    vectors[:, 1] = 0
    found = ops.convert_to_numpy(FactorizationMachine()(vectors))
    np.testing.assert_allclose(found[:, 0], (vectors[:, 0] * vectors[:, 2]).sum(axis=-1), rtol=1e-5, atol=1e-6)


def test_its_gradient_by_a_field_is_the_sum_of_the_others():
    vectors = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    gradient = input_gradient(lambda tensor: ops.sum(FactorizationMachine()(tensor)), vectors)
    np.testing.assert_allclose(gradient, vectors.sum(axis=1, keepdims=True) - vectors, rtol=1e-4, atol=1e-5)


def test_it_computes_in_float32_under_mixed_precision():
    """In bfloat16 the square of the sum and the sum of the squares would swallow their difference."""
    vectors = np.float32([[[100.0], [0.01]]])
    with precision("mixed_bfloat16"):
        found = factorization_machine()(ops.convert_to_tensor(vectors, dtype="bfloat16"))
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    assert float(found[0, 0]) == pytest.approx(1.0, rel=0.01)


def test_it_is_saved(tmp_path):
    inputs = {name: keras.Input((4,), name=name) for name in ("user", "item")}
    model = keras.Model(inputs, factorization_machine()(inputs))
    given = {name: np.full((1, 4), value, "float32") for name, value in (("user", 2), ("item", 3))}
    model.save(tmp_path / "model.keras")
    for one in (model, keras.models.load_model(tmp_path / "model.keras")):
        np.testing.assert_allclose(ops.convert_to_numpy(one(given)), [[24.0]])


def test_it_is_the_reference():
    arrays = golden("factorization_machine")
    assert_as_reference(FactorizationMachine()(arrays["vectors"]), arrays["output"])
