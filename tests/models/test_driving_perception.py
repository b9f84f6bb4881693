"""Camera, radar and GPS joined moment by moment, against the equations of what joins and reads them."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.modalities import Points, Series, Video
from multimodal_zoo.models import driving_perception
from tests.encoders.lstm_equations import lstm_states
from tests.fusion.numpy_layers import array, dense, relu, softmax
from tests.random_weights import randomise

CAMERA, RADAR = Video(3, 8, 12, 1), Points(5, 7)
GPS = Series(2, 3, keep="oldest", align="given")
SMALL = {"camera_filters": (4,), "radar_dim": 4, "radar_heads": 2, "gps_units": 3, "moment_dim": 5, "joint_dim": 6}
DRAWS = np.random.default_rng(0)


def made(camera=CAMERA, radar=RADAR, gps=GPS, **arguments):
    return randomise(driving_perception(camera, radar, gps, dropout=0.0, **{**SMALL, **arguments}), scale=0.5)


def batch():
    """Two records with everything there but, in the second, the last fix."""
    inputs = {
        name: DRAWS.uniform(size=(2, *one.shape)).astype("float32")
        for name, one in (("camera", CAMERA), ("radar", RADAR), ("gps", GPS))
    }
    for one in inputs.values():
        one[..., -1] = 1
    inputs["gps"][1, 2, -1] = 0
    return inputs


def answer(model, inputs):
    return ops.convert_to_numpy(model(inputs, training=False))


def said_at_each_moment(model, inputs):
    """What the layer that joins the sensors is given."""
    said, _ = model.get_layer("each_moment")._inbound_nodes[0].arguments.args
    found = keras.Model(model.input, said)(inputs, training=False)
    return {name: ops.convert_to_numpy(one).astype("float64") for name, one in found.items()}


def test_sensors_stand_side_by_side_at_each_moment_and_an_lstm_reads_the_moments():
    model, inputs = made(), batch()
    said, found = said_at_each_moment(model, inputs), answer(model, inputs)
    operator, lstm = model.get_layer("each_moment").operator, model.get_layer("joint")
    assert {name: one.shape for name, one in said.items()} == {
        "camera": (2, 3, 4),
        "radar": (2, 3, 4),
        "gps": (2, 3, 3),
    }
    # The fix that is not there.
    said["gps"][1, 2] = array(operator.stand_ins["gps"])
    for row in range(2):
        beside = np.concatenate([one[row] for one in said.values()], axis=1)
        joint = lstm_states(lstm, relu(dense(operator.projection, beside)))[-1]
        wanted = softmax(dense(model.get_layer("probabilities_from_joint"), joint))
        np.testing.assert_allclose(found[row], wanted, rtol=1e-4, atol=1e-5)


def test_each_moment_asks_the_radar_for_something_else():
    said = said_at_each_moment(made(), batch())["radar"]
    assert np.abs(said[:, 0] - said[:, 1]).max() > 1e-3


def test_the_order_of_radar_returns_does_not_matter_that_of_the_frames_does():
    model, inputs = made(), batch()
    shuffled = {**inputs, "radar": inputs["radar"][:, ::-1]}
    np.testing.assert_allclose(answer(model, shuffled), answer(model, inputs), rtol=1e-4, atol=1e-5)
    turned = {**inputs, "camera": inputs["camera"][:, ::-1]}
    assert np.abs(answer(model, turned) - answer(model, inputs)).max() > 1e-4


def test_without_any_return_the_radar_is_absent():
    model, inputs = made(missing_modalities=True), batch()
    inputs["radar"][0, :, -1] = 0
    nothing = answer(model, {**inputs, "presence": np.ones((2, 3), "float32")})
    absent = answer(model, {**inputs, "presence": np.float32([[1, 0, 1], [1, 1, 1]])})
    np.testing.assert_array_equal(nothing, absent)


@pytest.mark.parametrize("name", ["camera", "radar", "gps"])
def test_one_sensor_alone_is_a_network_of_its_own(name):
    model = made(**{other: None for other in batch() if other != name})
    assert list(model.modalities) == [name]
    np.testing.assert_allclose(answer(model, {name: batch()[name]}).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("fusion", ["gated", "graph"])
def test_another_operator_may_join_the_moments(fusion):
    model = made(moment_fusion=fusion)
    assert model.get_layer("each_moment").fusion == fusion
    assert np.isfinite(answer(model, batch())).all()


def test_frames_and_fixes_are_of_the_same_moments():
    with pytest.raises(ValueError, match="received 3 frames of the camera, 9 steps of the GPS and moments=None"):
        made(gps=Series(2, 9))
    with pytest.raises(ValueError, match="received 3 frames of the camera, 3 steps of the GPS and moments=4"):
        made(moments=4)


def test_the_radar_alone_may_be_asked_for_several_moments():
    for moments in (None, 3):
        alone = made(camera=None, gps=None, moments=moments)
        assert said_at_each_moment(alone, {"radar": batch()["radar"]})["radar"].shape == (2, moments or 1, 4)
