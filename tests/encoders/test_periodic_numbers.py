"""Periodic features against their equation."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import periodic_numbers
from multimodal_zoo.encoders.periodic_numbers import PeriodicFeatures
from tests.random_weights import randomise


def built(return_sequence):
    inputs = keras.Input((3,))
    encode = periodic_numbers(4, frequencies=5, sigma=0.3, return_sequence=return_sequence, name="age")
    return randomise(keras.Model(inputs, encode(inputs)))


def test_each_number_is_its_sines_and_cosines_read_by_a_layer_of_its_own():
    numbers = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
    numbers[0] = 0
    model = built(return_sequence=True)
    frequencies = ops.convert_to_numpy(model.get_layer("age_periodic").coefficients)
    read = model.get_layer("age_dense")
    wanted = np.zeros((6, 3, 4))
    for row in range(6):
        for place in range(3):
            angles = 2 * np.pi * frequencies[place].astype("float64") * numbers[row, place]
            periodic = np.concatenate([np.sin(angles), np.cos(angles)])
            kernel, bias = (ops.convert_to_numpy(weight)[place] for weight in (read.kernels, read.biases))
            wanted[row, place] = np.maximum(periodic @ kernel + bias, 0)
    np.testing.assert_allclose(ops.convert_to_numpy(model(numbers)), wanted, rtol=1e-5, atol=1e-5)
    flat = built(return_sequence=False)
    np.testing.assert_allclose(ops.convert_to_numpy(flat(numbers)), wanted.reshape(6, 12), rtol=1e-5, atol=1e-5)


def test_the_first_frequencies_have_the_standard_deviation_asked_for():
    keras.utils.set_random_seed(0)
    layer = PeriodicFeatures(100, sigma=0.7)
    layer(np.zeros((1, 50), "float32"))
    assert ops.convert_to_numpy(layer.coefficients).std() == pytest.approx(0.7, rel=0.05)


def test_angles_of_many_turns_are_computed_in_float32_under_mixed_precision():
    layer = PeriodicFeatures(1, dtype="mixed_bfloat16")
    layer.build((None, 1))
    layer.coefficients.assign([[1.0]])
    found = ops.convert_to_numpy(ops.cast(layer(np.float32([[100.25]])), "float32"))
    np.testing.assert_allclose(found, [[[1.0, 0.0]]], atol=1e-2)


@pytest.mark.parametrize(("arguments", "words"), [({"frequencies": 0}, "frequencies=0"), ({"sigma": 0.0}, "sigma=0.0")])
def test_what_it_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        periodic_numbers(**arguments)
