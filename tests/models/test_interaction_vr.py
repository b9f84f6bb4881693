"""Hand, face and voice joined by an operator: its encoders are those it names."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import image_cnn, log_mel_cnn, tcn
from multimodal_zoo.modalities import Audio, Image, Series
from multimodal_zoo.models import interaction_vr
from tests.fusion.numpy_layers import dense, relu, softmax
from tests.random_weights import randomise

SENSORS = {
    "hand": Series(3, 6, keep="oldest", align="given"),
    "face": Image(8, 8, 1),
    "speech": Audio(8000, 0.3, mels=8),
}
SMALL = {"hand_filters": (3, 4), "face_filters": (4,), "speech_filters": (4, 5), "joint_dim": 6}
DRAWS = np.random.default_rng(0)
BATCH = {name: DRAWS.uniform(size=(2, *one.shape)).astype("float32") for name, one in SENSORS.items()}
BATCH["hand"][..., -1] = [[1] * 6, [1, 0, 0, 1, 1, 1]]


def made(**arguments):
    return randomise(interaction_vr(**{**SENSORS, **SMALL, "dropout": 0.0, **arguments}), scale=0.5)


def answer(model, inputs):
    return ops.convert_to_numpy(model(inputs, training=False))


def test_what_the_three_encoders_say_is_joined_and_decided_upon():
    model = made()
    places, there = keras.Input((6, 3)), keras.Input((6,))
    face, speech = keras.Input((8, 8, 1)), keras.Input(SENSORS["speech"].shape)
    says = [
        tcn((3, 4), name="hand")(places, there),
        image_cnn((4,), name="face")(face),
        log_mel_cnn((4, 5), name="speech")(speech),
    ]
    twin = keras.Model([places, there, face, speech], says)
    for layer in twin.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    found = twin([BATCH["hand"][..., :-1], BATCH["hand"][..., -1], BATCH["face"], BATCH["speech"]])
    encodings = np.concatenate([ops.convert_to_numpy(one) for one in found], axis=1)
    joint = relu(dense(model.get_layer("joint").projection, encodings))
    wanted = [softmax(dense(model.get_layer("probabilities_from_joint"), row)) for row in joint]
    np.testing.assert_allclose(answer(model, BATCH), wanted, rtol=1e-4, atol=1e-5)


def test_where_the_hand_was_lost_nothing_that_is_said_of_it_matters():
    model, other = made(), {**BATCH, "hand": BATCH["hand"].copy()}
    other["hand"][1, 1:3, :-1] = 7
    np.testing.assert_array_equal(answer(model, other), answer(model, BATCH))
    other["hand"][1, 1:3, -1] = 1
    assert np.abs(answer(model, other) - answer(model, BATCH)).max() > 1e-4


@pytest.mark.parametrize("name", list(SENSORS))
def test_one_sensor_alone_is_a_network_of_its_own(name):
    model = made(**{other: None for other in SENSORS if other != name})
    assert list(model.modalities) == [name]
    np.testing.assert_allclose(answer(model, {name: BATCH[name]}).sum(axis=1), 1, rtol=1e-5)
