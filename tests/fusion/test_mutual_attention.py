import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import MutualAttention
from tests.encoders.transformer_equations import block_output
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
NAMES = ("text", "audio", "video")
ENCODINGS = {name: DRAWS.normal(size=(4, 6)).astype("float32") for name in NAMES}
PRESENCE = np.float32([[1, 1, 1], [1, 0, 1], [0, 1, 0], [0, 0, 0]])


@pytest.fixture
def layer():
    layer = MutualAttention(heads=2, feed_forward=5)
    layer(ENCODINGS)
    return randomise(layer)


def test_it_is_a_transformer_block_over_what_is_there(layer):
    found = layer(ENCODINGS, presence=PRESENCE)
    assert list(found) == list(NAMES)
    for row, present in enumerate(PRESENCE.astype(bool)):
        there = [name for name, one in zip(NAMES, present, strict=True) if one]
        wanted = block_output(layer.block, np.stack([ENCODINGS[name][row] for name in there])) if there else []
        for name in NAMES:
            expected = wanted[there.index(name)] if name in there else np.zeros(6)
            np.testing.assert_allclose(ops.convert_to_numpy(found[name])[row], expected, rtol=1e-4, atol=1e-5)


def test_without_presence_all_are_there(layer):
    whole, found = layer(ENCODINGS, presence=np.ones((4, 3), "float32")), layer(ENCODINGS)
    for name in NAMES:
        np.testing.assert_array_equal(ops.convert_to_numpy(found[name]), ops.convert_to_numpy(whole[name]))


@pytest.mark.parametrize("rubbish", [1e30, float("nan")])
def test_the_content_of_what_is_absent_makes_no_difference(layer, rubbish):
    soiled = {
        name: np.where(PRESENCE[:, place : place + 1] > 0, one, np.float32(rubbish))
        for place, (name, one) in enumerate(ENCODINGS.items())
    }
    clean, found = layer(ENCODINGS, presence=PRESENCE), layer(soiled, presence=PRESENCE)
    for name in NAMES:
        np.testing.assert_array_equal(ops.convert_to_numpy(found[name]), ops.convert_to_numpy(clean[name]))


def test_it_is_saved_with_its_settings(tmp_path):
    inputs = {name: keras.Input((6,), name=name) for name in NAMES}
    heard = MutualAttention(heads=3, feed_forward=7, dropout=0.1)(inputs)
    model = randomise(keras.Model(inputs, list(heard.values())))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for one, other in zip(model(ENCODINGS), again(ENCODINGS), strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(one), ops.convert_to_numpy(other))


def test_encodings_of_several_widths_are_refused():
    with pytest.raises(ValueError, match="all of one width"):
        MutualAttention()({"text": np.zeros((2, 3)), "audio": np.zeros((2, 4))})
