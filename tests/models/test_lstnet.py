"""The forecaster against its equations."""

import keras
import numpy as np
import pytest

from multimodal_zoo.encoders import lstnet_forecast
from multimodal_zoo.modalities import Series
from multimodal_zoo.models import lstnet
from tests.random_weights import randomise

SMALL = {"filters": 4, "kernel": 3, "units": 3, "skip": 2, "skip_units": 2, "highway": 3, "joint_dim": 5}
RANDOM = np.random.default_rng(0)
# Three series of seven steps, of which the second row has five, at the back.
READINGS = RANDOM.normal(size=(2, 7, 3)).astype("float32")
MASK = np.float32([[1, 1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1, 1]])
BATCH = np.concatenate([np.where(MASK[..., None] > 0, READINGS, 0), MASK[..., None]], axis=2)
LAST = READINGS[:, -1]


def array(value):
    return keras.ops.convert_to_numpy(value).astype("float64")


def learned(model):
    """The model with series of mean 10 and deviation 2, 10 and 20, 10 and 0.2."""
    model.get_layer("value").learn([10.0, 10.0, 10.0], [2.0, 20.0, 0.2])
    return model


def in_units(standard):
    return 10.0 + np.array([2.0, 20.0, 0.2]) * standard


def test_untrained_it_forecasts_the_last_reading():
    model = learned(lstnet(Series(3, 7), **SMALL))
    np.testing.assert_allclose(array(model({"series": BATCH})), in_units(LAST), rtol=1e-6)


def test_of_series_at_another_level_it_forecasts_the_same_change():
    model = randomise(learned(lstnet(Series(3, 7), **SMALL)))
    raised = BATCH + np.concatenate([MASK[..., None] * 1.5] * 3 + [np.zeros((2, 7, 1))], axis=2).astype("float32")
    before, after = array(model({"series": BATCH})), array(model({"series": raised}))
    assert np.abs(before - in_units(LAST)).max() > 0.1
    np.testing.assert_allclose(after - before, in_units(1.5) - in_units(0.0) + np.zeros((2, 3)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("skip", "attention", "highway"), [(2, False, 3), (0, True, 0)])
def test_the_papers_network_is_states_a_linear_layer_and_the_highway(skip, attention, highway):
    """As `lstnet_forecast`, which is held against the authors' code, with a dense layer before the linear one."""
    sizes = {**SMALL, "skip": skip, "attention": attention, "highway": highway}
    model = randomise(learned(lstnet(Series(3, 7), less_last=False, dropout=0.0, **sizes)))
    states = {name: value for name, value in sizes.items() if name != "joint_dim"}
    inputs, mask = keras.Input((7, 3)), keras.Input((7,))
    twin = keras.Model([inputs, mask], lstnet_forecast(**states, name="series")(inputs, mask))
    for layer in twin.layers:
        if layer.weights and layer.name not in ("series_dense", "series_highway"):
            layer.set_weights(model.get_layer(layer.name).get_weights())
    deep = keras.Model([inputs, mask], twin.get_layer("series_dense").input)([READINGS, MASK])
    projection, linear = model.get_layer("joint").projection, model.get_layer("value_from_joint")
    joint = np.maximum(array(deep) @ array(projection.kernel) + array(projection.bias), 0)
    standard = joint @ array(linear.kernel) + array(linear.bias)
    if highway:
        layer = model.get_layer("highway")
        weights = array(layer.weights_of_steps)
        standard = standard + np.einsum("k,bkv->bv", weights, READINGS[:, ::-1][:, :highway]) + array(layer.bias)
    np.testing.assert_allclose(array(model({"series": BATCH})), in_units(standard), rtol=1e-4, atol=1e-4)


def test_what_stands_in_padding_makes_no_difference():
    model = randomise(learned(lstnet(Series(3, 7), **SMALL)))
    other = BATCH.copy()
    other[1, :2, :3] = 9.0
    np.testing.assert_array_equal(array(model({"series": other})), array(model({"series": BATCH})))


def test_without_the_series_the_answer_is_one_for_all():
    model = learned(lstnet(Series(3, 7), missing_modalities=True, **SMALL))
    answer = array(model({"series": BATCH, "presence": np.zeros((2, 1), "float32")}))
    np.testing.assert_allclose(answer, [[10.0] * 3] * 2)


def test_series_with_flags_are_refused():
    with pytest.raises(ValueError, match="lstnet forecasts every channel it reads"):
        lstnet(Series(3, 7, flag_missing=True))
