"""Remaining life from sensors and state, against its equations."""

import keras
import numpy as np
import pytest

from multimodal_zoo.encoders import tcn
from multimodal_zoo.modalities import Numeric, Series
from multimodal_zoo.models import machine_health
from tests.random_weights import randomise

SMALL = {"filters": (4, 3), "hidden": (5, 4), "joint_dim": 6, "dropout": 0.0}
RANDOM = np.random.default_rng(0)
MASK = np.float32([[1] * 6, [1, 1, 1, 0, 0, 0]])
READINGS = RANDOM.normal(size=(2, 6, 3)).astype("float32")
BATCH = {
    "sensors": np.concatenate([READINGS, MASK[..., None]], axis=2),
    "state": RANDOM.normal(size=(2, 2)).astype("float32"),
}


def made(**arguments):
    model = randomise(machine_health(**{"sensors": Series(3, 6), "state": Numeric(2), **SMALL, **arguments}))
    model.get_layer("value").learn([80.0], [40.0])
    return model


def array(value):
    return keras.ops.convert_to_numpy(value).astype("float64")


def dense(layer, values):
    return np.maximum(values @ array(layer.kernel) + array(layer.bias), 0)


def test_convolutions_of_the_sensors_and_layers_of_the_state_side_by_side():
    model = made()
    inputs, mask = keras.Input((6, 3)), keras.Input((6,))
    twin = keras.Model([inputs, mask], tcn((4, 3), name="sensors")(inputs, mask))
    for layer in twin.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    state = dense(model.get_layer("state_2"), dense(model.get_layer("state_1"), BATCH["state"]))
    both = np.concatenate([array(twin([READINGS, MASK])), state], axis=1)
    linear = model.get_layer("value_from_joint")
    standard = dense(model.get_layer("joint").projection, both) @ array(linear.kernel) + array(linear.bias)
    np.testing.assert_allclose(array(model(BATCH)), 80 + 40 * standard, rtol=1e-4)


@pytest.mark.parametrize("name", ["sensors", "state"])
def test_one_modality_alone_is_a_network_of_its_own(name):
    model = made(**{other: None for other in BATCH if other != name})
    assert list(model.modalities) == [name]
    assert np.isfinite(array(model({name: BATCH[name]}))).all()
