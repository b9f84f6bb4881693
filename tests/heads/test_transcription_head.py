import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.heads import BlankWhereAbsent, transcription_head
from multimodal_zoo.training.precision import precision
from tests.heads.test_heads import softmax
from tests.random_weights import randomise

STATES = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")
THERE = np.int32([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0]])


def made():
    states, there = keras.Input((4, 5), name="states"), keras.Input((4,), dtype="int32", name="there")
    return randomise(keras.Model([states, there], transcription_head(3, dropout=0.3)(states, there)))


def test_it_is_a_softmax_at_each_frame_and_a_certain_blank_at_padding(tmp_path):
    model = made()
    dense = model.get_layer("probabilities_from_states")
    expected = softmax(STATES @ ops.convert_to_numpy(dense.kernel) + ops.convert_to_numpy(dense.bias))
    expected[THERE == 0] = [1, 0, 0]
    found = ops.convert_to_numpy(model([STATES, THERE]))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert model.output_names == ["probabilities"]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(again([STATES, THERE])), found)


def test_it_is_float32_under_a_mixed_policy():
    with precision("mixed_bfloat16"):
        model = made()
    found = model([STATES, THERE])
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    np.testing.assert_allclose(ops.convert_to_numpy(ops.sum(found, axis=-1)), 1, atol=1e-5)


def test_what_padding_holds_goes_nowhere():
    frames = np.float32([[[0.2, 0.8], [np.nan, np.nan]]])
    found = ops.convert_to_numpy(BlankWhereAbsent()(frames, np.int32([[1, 0]])))
    np.testing.assert_allclose(found, [[[0.2, 0.8], [1.0, 0.0]]])


def test_what_it_refuses():
    with pytest.raises(ValueError, match="the blank and at least one character; received 1"):
        transcription_head(1)
    with pytest.raises(ValueError, match=r"\(batch, frames, width\); received \(None, 5\)"):
        transcription_head(3)(keras.Input((5,)), keras.Input((5,)))
