"""Video, sound and a sensor joined by an operator: its encoders are those it names."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import frames_lstm, image_cnn, log_mel_cnn, tcn
from multimodal_zoo.modalities import Audio, Series, Video
from multimodal_zoo.models import surveillance
from tests.fusion.numpy_layers import dense, relu, softmax
from tests.random_weights import randomise

SENSORS = {"video": Video(3, 8, 8, 1), "audio": Audio(8000, 0.3, mels=8), "sensor": Series(2, 6)}
SMALL = {"frame_filters": (4,), "audio_filters": (4, 5), "sensor_filters": (3,), "units": 4, "joint_dim": 6}
DRAWS = np.random.default_rng(0)
BATCH = {name: DRAWS.uniform(size=(2, *one.shape)).astype("float32") for name, one in SENSORS.items()}
BATCH["video"][..., -1] = 1
BATCH["sensor"][..., -1] = [[1] * 6, [1, 1, 1, 1, 0, 0]]


def made(**arguments):
    return randomise(surveillance(**{**SENSORS, **SMALL, "dropout": 0.0, **arguments}), scale=0.5)


def answer(model, inputs):
    return ops.convert_to_numpy(model(inputs, training=False))


def encoded(model):
    """What the encoders say by themselves, with the weights of the network."""
    frames, shown = keras.Input((3, 8, 8, 1)), keras.Input((3,))
    sound, readings, there = keras.Input(SENSORS["audio"].shape), keras.Input((6, 2)), keras.Input((6,))
    says = [
        frames_lstm(image_cnn((4,), name="video_frame"), 4, name="video")(frames, shown),
        log_mel_cnn((4, 5), name="audio")(sound),
        tcn((3,), name="sensor")(readings, there),
    ]
    twin = keras.Model([frames, shown, sound, readings, there], says)
    for layer in twin.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    video, sensor = BATCH["video"], BATCH["sensor"]
    found = twin([video[..., :-1], video[:, :, 0, 0, -1], BATCH["audio"], sensor[..., :-1], sensor[..., -1]])
    return np.concatenate([ops.convert_to_numpy(one) for one in found], axis=1)


def test_what_the_three_encoders_say_is_joined_and_decided_upon():
    model = made()
    joint = relu(dense(model.get_layer("joint").projection, encoded(model)))
    wanted = [softmax(dense(model.get_layer("probabilities_from_joint"), row)) for row in joint]
    np.testing.assert_allclose(answer(model, BATCH), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", list(SENSORS))
def test_one_sensor_alone_is_a_network_of_its_own(name):
    model = made(**{other: None for other in SENSORS if other != name})
    assert list(model.modalities) == [name]
    np.testing.assert_allclose(answer(model, {name: BATCH[name]}).sum(axis=1), 1, rtol=1e-5)
