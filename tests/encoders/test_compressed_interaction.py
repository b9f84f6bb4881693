"""The compressed interaction network against its equations."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import compressed_interaction, factorization_machine
from multimodal_zoo.encoders.compressed_interaction import SumOverEntries
from tests.random_weights import randomise

FIELDS = np.random.default_rng(0).normal(size=(4, 3, 5)).astype("float32")


def built(maps, **arguments):
    inputs = keras.Input((3, 5))
    return randomise(keras.Model(inputs, compressed_interaction(maps, name="cin", **arguments)(inputs)))


def kernel(model, number):
    return ops.convert_to_numpy(model.get_layer(f"cin_{number}").kernel).astype("float64")


@pytest.mark.parametrize("activation", [None, "relu"])
def test_it_is_equations_6_to_8(activation):
    maps = (4, 2)
    model = built(maps, activation=activation)
    wanted = []
    for x0 in FIELDS.astype("float64"):
        before, sums = x0, []
        for number, count in enumerate(maps, 1):
            w = kernel(model, number).reshape(len(before), 3, count)
            now = np.zeros((count, 5))
            for h in range(count):
                for i in range(len(before)):
                    for j in range(3):
                        now[h] += w[i, j, h] * before[i] * x0[j]
            before = np.maximum(now, 0) if activation else now
            sums.append(before.sum(axis=1))
        wanted.append(np.concatenate(sums))
    np.testing.assert_allclose(ops.convert_to_numpy(model(FIELDS)), wanted, rtol=1e-4, atol=1e-5)


def test_one_map_that_weighs_the_pairs_above_the_diagonal_by_1_is_the_factorization_machine():
    model = built((1,))
    model.get_layer("cin_1").kernel.assign(np.triu(np.ones((3, 3)), 1).reshape(9, 1))
    wanted = ops.convert_to_numpy(factorization_machine()(FIELDS))
    np.testing.assert_allclose(ops.convert_to_numpy(model(FIELDS)), wanted, rtol=1e-4, atol=1e-5)


def test_vectors_may_come_as_a_dict():
    model = built((4, 2))
    names = ("user", "item", "age")
    inputs = {name: keras.Input((5,), name=name) for name in names}
    other = keras.Model(inputs, compressed_interaction((4, 2), name="cin")(inputs))
    other.set_weights(model.get_weights())
    found = other({name: FIELDS[:, index] for index, name in enumerate(names)})
    np.testing.assert_allclose(ops.convert_to_numpy(found), ops.convert_to_numpy(model(FIELDS)), rtol=1e-6)


def test_a_field_that_is_zero_is_in_no_product():
    model = built((1,))
    without = FIELDS.copy()
    without[:, 1] = 0
    changed = without.copy()
    w = kernel(model, 1).reshape(3, 3)
    w[1], w[:, 1] = 7, 7
    before = ops.convert_to_numpy(model(changed))
    model.get_layer("cin_1").kernel.assign(w.reshape(9, 1))
    np.testing.assert_allclose(ops.convert_to_numpy(model(changed)), before, rtol=1e-5)


def test_sums_over_entries():
    np.testing.assert_allclose(ops.convert_to_numpy(SumOverEntries()(FIELDS)), FIELDS.sum(axis=2), rtol=1e-5, atol=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="at least one layer"):
        compressed_interaction(())
    with pytest.raises(ValueError, match="maps must be positive; received 0"):
        compressed_interaction((4, 0))
