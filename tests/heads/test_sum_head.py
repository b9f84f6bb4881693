"""The head without weights of its own."""

import keras
import numpy as np
from keras import ops

from multimodal_zoo.heads import SumOfTerms, sum_head
from multimodal_zoo.training.precision import precision
from tests.gradients import weight_gradients
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
TERMS = [DRAWS.normal(size=(4, width)).astype("float32") for width in (1, 5)]


def made():
    terms = [keras.Input((1,)), keras.Input((5,))]
    return randomise(keras.Model(terms, sum_head()(terms)))


def test_it_is_the_sigmoid_of_the_sum_of_all_entries_and_the_bias(tmp_path):
    model = made()
    (bias,) = (ops.convert_to_numpy(weight) for weight in model.weights)
    logit = TERMS[0] + TERMS[1].sum(axis=1, keepdims=True) + bias
    found = ops.convert_to_numpy(model(TERMS))
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-logit)), rtol=1e-5, atol=1e-6)
    assert model.output_names == ["score"] and bias.shape == (1,)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(again(TERMS)), found)


def test_it_is_float32_under_mixed_precision():
    with precision("mixed_bfloat16"):
        layer = SumOfTerms()
        found = layer([ops.cast(term, "bfloat16") for term in TERMS])
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), TERMS[0] + TERMS[1].sum(axis=1, keepdims=True), rtol=0.02, atol=0.05
    )


def test_the_bias_learns():
    (gradient,) = weight_gradients(made(), [ops.convert_to_tensor(t) for t in TERMS], loss=ops.sum).values()
    assert gradient > 0
