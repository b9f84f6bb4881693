"""Fusion at each moment: every operator, moment by moment, as over single records."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import FuseEachMoment, UnknownFusion, list_fusions
from multimodal_zoo.training.precision import precision
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
SERIES = {"z": DRAWS.normal(size=(2, 5, 4)).astype("float32"), "b": DRAWS.normal(size=(2, 5, 3)).astype("float32")}
THERE = {"z": np.int32([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0]]), "b": np.int32([[1, 0, 1, 1, 0], [1, 1, 1, 1, 1]])}


def made(fusion="concat"):
    layer = FuseEachMoment(fusion, 6, ("z", "b"))
    layer(SERIES, THERE)
    return randomise(layer, scale=0.4)


def answer(layer, series=SERIES, there=THERE):
    return ops.convert_to_numpy(layer(series, there))


@pytest.mark.parametrize("fusion", list_fusions())
def test_each_moment_is_a_record_to_the_operator(fusion):
    layer = made(fusion)
    found = answer(layer)
    assert found.shape == (2, 5, 6) and np.isfinite(found).all()
    for moment in range(5):
        presence = np.stack([THERE[name][:, moment] for name in ("z", "b")], axis=1).astype("float32")
        wanted = layer.operator({name: value[:, moment] for name, value in SERIES.items()}, presence)
        np.testing.assert_allclose(found[:, moment], ops.convert_to_numpy(wanted), rtol=1e-4, atol=1e-5)


def test_what_a_series_holds_where_it_is_not_there_makes_no_difference():
    layer = made("gated")
    other = {name: np.where(THERE[name][..., None] > 0, value, np.nan) for name, value in SERIES.items()}
    np.testing.assert_array_equal(answer(layer, other), answer(layer))


def test_it_is_saved_with_its_operator(tmp_path):
    inputs = {name: keras.Input(value.shape[1:]) for name, value in SERIES.items()}
    masks = {name: keras.Input((5,), dtype="int32") for name in SERIES}
    joined = FuseEachMoment("gated", 6, ("z", "b"))(inputs, masks)
    model = randomise(keras.Model([inputs, masks], joined))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(again([SERIES, THERE])), ops.convert_to_numpy(model([SERIES, THERE]))
    )


def test_its_answer_has_the_precision_of_the_policy():
    with precision("mixed_bfloat16"):
        layer = FuseEachMoment("concat", 6, ("z", "b"))
        assert keras.backend.standardize_dtype(layer(SERIES, THERE).dtype) == "bfloat16"


def test_what_it_refuses():
    with pytest.raises(UnknownFusion, match="concta"):
        FuseEachMoment("concta", 6, ("z", "b"))
    with pytest.raises(ValueError, match="same moments"):
        FuseEachMoment("concat", 6, ("z", "b"))({**SERIES, "b": SERIES["b"][:, :3]}, {**THERE, "b": THERE["b"][:, :3]})
