"""Two modalities in one space."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.heads import match_scores, retrieval_head
from multimodal_zoo.heads.retrieval_head import MatchingVectors, UnitLength
from multimodal_zoo.training.precision import precision
from tests.gradients import weight_gradients

DRAWS = np.random.default_rng(0)
IMAGE, TEXT = (DRAWS.normal(size=(4, 5)).astype("float32") for _ in range(2))
# Of the third record the text is absent, of the fourth both are.
TEXT[2:], IMAGE[3] = 0, 0


def made(temperature=0.25):
    sides = {"image": keras.Input((5,), name="image"), "text": keras.Input((5,), name="text")}
    return keras.Model(sides, retrieval_head(temperature)(sides))


def unit(vectors):
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def answer(model, of="vectors"):
    network = keras.Model(model.input, model.get_layer(of).output)
    return ops.convert_to_numpy(network({"image": IMAGE, "text": TEXT}))


@pytest.mark.parametrize(("temperature", "length"), [(0.25, 2.0), (None, 1.0)])
def test_two_scaled_unit_vectors_and_the_direction_of_their_sum(temperature, length):
    model = made(temperature)
    image, text = unit(IMAGE), unit(TEXT)
    expected = np.stack([length * image, length * text, unit(image + text)], axis=1)
    np.testing.assert_allclose(answer(model), expected, atol=1e-6)
    assert model.output_shape == (None, 3, 5) and len(model.weights) == (temperature is not None)


def test_of_one_modality_alone_joint_is_its_embedding():
    model = made()
    np.testing.assert_allclose(answer(model, "image_vector"), unit(IMAGE), atol=1e-6)
    np.testing.assert_allclose(answer(model, "joint")[2], unit(IMAGE)[2], atol=1e-6)
    np.testing.assert_array_equal(answer(model, "joint")[3], 0)


def test_scores_are_the_cosines_whatever_the_temperature():
    expected = (unit(IMAGE) * unit(TEXT)).sum(axis=1, keepdims=True)
    for temperature in (0.02, None):
        found = ops.convert_to_numpy(match_scores(answer(made(temperature))))
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_inner_product_is_the_cosine_over_the_temperature_and_is_clipped():
    vectors = answer(made(0.1))
    expected = (unit(IMAGE) * unit(TEXT)).sum(axis=1) / 0.1
    np.testing.assert_allclose((vectors[:, 0] * vectors[:, 1]).sum(axis=1), expected, rtol=1e-5, atol=1e-6)
    layer = MatchingVectors(1e-4)
    layer.build([(None, 5)] * 3)
    assert float(ops.exp(layer.log_scale)) == pytest.approx(100, rel=1e-5)


def test_the_temperature_learns_and_zeros_give_finite_gradients():
    tensors = {"image": ops.convert_to_tensor(IMAGE), "text": ops.convert_to_tensor(TEXT)}
    (gradient,) = weight_gradients(made(), tensors, loss=lambda found: ops.sum(found[:, 0] * found[:, 1])).values()
    # Of the sum of s <x, y> by log s: the sum itself.
    assert gradient == pytest.approx((unit(IMAGE) * unit(TEXT)).sum() / 0.25, rel=1e-4)


def test_it_is_saved_and_is_float32_under_mixed_precision(tmp_path):
    with precision("mixed_bfloat16"):
        model = made()
        model.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
    assert again.get_layer("vectors").temperature == 0.25
    assert keras.backend.standardize_dtype(model.output.dtype) == "float32"
    np.testing.assert_array_equal(answer(again), answer(model))
    assert UnitLength().compute_output_shape((None, 3)) == (None, 3)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="two modalities' vectors of one width"):
        retrieval_head()({"image": keras.Input((5,)), "text": keras.Input((6,))})
    with pytest.raises(ValueError, match="two modalities"):
        retrieval_head()({"image": keras.Input((5,))})
    with pytest.raises(ValueError, match="temperature has to be greater than 0"):
        retrieval_head(0.0)
