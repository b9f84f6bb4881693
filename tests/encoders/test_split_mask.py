"""The mask comes off, and the encoders then do not see what is padding."""

import keras
import numpy as np
import pytest

from multimodal_zoo.encoders import (
    SplitMask,
    c3d,
    deep_sets,
    frames_lstm,
    image_cnn,
    lstnet,
    series_transformer,
    set_transformer,
    tcn,
    two_stream,
)
from multimodal_zoo.fusion import silence_absent
from tests.random_weights import randomise

RANDOM = np.random.default_rng(0)
MASK = np.array([[1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 0, 0]], "float32")


def as_numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_a_series_and_its_mask():
    steps = np.concatenate([RANDOM.normal(size=(3, 4, 5)).astype("float32"), MASK[..., None]], axis=2)
    readings, there = SplitMask()(steps)
    np.testing.assert_array_equal(as_numpy(readings), steps[..., :5])
    np.testing.assert_array_equal(as_numpy(there), MASK)
    assert keras.backend.standardize_dtype(there.dtype) == "int32"


def test_a_video_and_its_mask():
    channel = np.broadcast_to(MASK[:, :, None, None, None], (3, 4, 6, 7, 1))
    frames = np.concatenate([RANDOM.uniform(size=(3, 4, 6, 7, 3)).astype("float32"), channel], axis=4)
    pixels, there = SplitMask()(frames)
    np.testing.assert_array_equal(as_numpy(pixels), frames[..., :3])
    np.testing.assert_array_equal(as_numpy(there), MASK)


def test_shapes_that_are_none_of_these_are_refused():
    for shape in ((4,), (4, 5, 6), (4, 1)):
        with pytest.raises(ValueError, match="SplitMask takes steps"):
            SplitMask()(keras.Input(shape))


ENCODERS = {
    "lstnet": ((8, 3), lambda: lstnet(skip=2, name="x")),
    "tcn": ((8, 3), lambda: tcn((4, 4), name="x")),
    "series_transformer": ((8, 3), lambda: series_transformer(8, 2, 1, 8, name="x")),
    "deep_sets": ((8, 3), lambda: deep_sets((8,), (8,), name="x")),
    "set_transformer": ((8, 3), lambda: set_transformer(8, 2, 1, name="x")),
    "frames_lstm": ((8, 6, 6, 2), lambda: frames_lstm(image_cnn((4,), name="frame"), 8, name="x")),
    "two_stream": ((8, 6, 6, 2), lambda: two_stream(image_cnn((4,), name="a"), image_cnn((4,), name="b"), name="x")),
}


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_padding_and_an_absent_modality_are_not_seen(name):
    shape, make = ENCODERS[name]
    inputs = {"steps": keras.Input(shape, name="steps"), "presence": keras.Input((1,), name="presence")}
    seen, _ = silence_absent(inputs)
    model = keras.Model(inputs, make()(*SplitMask(name="split")(seen["steps"])))
    randomise(model, seed=1)
    steps = RANDOM.uniform(size=(2, *shape)).astype("float32")
    steps[..., -1], steps[:, 5:, ..., -1] = 1, 0
    other = steps.copy()
    other[:, 5:, ..., :-1] = 9.0
    present, absent = np.ones((2, 1), "float32"), np.zeros((2, 1), "float32")

    def answer(values, presence):
        return as_numpy(model({"steps": values, "presence": presence}))

    np.testing.assert_array_equal(answer(steps, present), answer(other, present))
    nothing = answer(np.full_like(steps, np.nan), absent)
    assert np.isfinite(nothing).all() and not np.array_equal(nothing, answer(steps, present))
    np.testing.assert_array_equal(nothing, answer(steps, absent))


def test_an_encoder_without_mask_takes_the_frames_alone():
    frames = keras.Input((4, 6, 6, 4), name="clip")
    pixels, _ = SplitMask(name="split")(frames)
    assert c3d((4,), name="clip")(pixels).shape == (None, 4)


def test_the_layer_comes_back_from_its_file(tmp_path):
    steps = keras.Input((4, 3), name="steps")
    model = keras.Model(steps, tcn((4,), name="x")(*SplitMask(name="split")(steps)))
    model.save(tmp_path / "model.keras")
    values = RANDOM.normal(size=(2, 4, 3)).astype("float32")
    twin = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(as_numpy(twin(values)), as_numpy(model(values)), atol=1e-6)
