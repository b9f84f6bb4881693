import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import CtcLoss
from tests.gradients import input_gradient
from tests.heads.spoken_texts import random_frames, text_probabilities

FRAMES = random_frames(3, 5, 5, 3)
# Of no, one and several characters, two the same in a row, and one that takes all five frames.
TEXTS = np.array([[0, 0, 0], [2, 0, 0], [1, 2, 0], [1, 1, 0], [2, 2, 2]], "float32")


def losses(texts, frames):
    return ops.convert_to_numpy(CtcLoss(reduction="none")(texts, frames))


def test_it_is_the_probability_of_all_ways_to_say_the_text():
    expected = []
    for text, frames in zip(TEXTS.astype(int).tolist(), FRAMES, strict=True):
        expected.append(-np.log(text_probabilities(frames)[tuple(one for one in text if one)]))
    np.testing.assert_allclose(losses(TEXTS, FRAMES), expected, rtol=1e-4)
    assert float(CtcLoss()(TEXTS, FRAMES)) == pytest.approx(np.mean(expected), rel=1e-4)


def test_certain_blanks_behind_change_nothing():
    blanks = np.broadcast_to(np.eye(3, dtype="float32")[0], (5, 4, 3))
    np.testing.assert_allclose(
        losses(TEXTS, np.concatenate([FRAMES, blanks], axis=1)), losses(TEXTS, FRAMES), rtol=1e-4
    )


def test_a_text_that_does_not_fit_does_not_count_and_stops_nothing():
    texts = np.float32([[1, 1, 1, 0], [1, 2, 0, 0]])
    frames = ops.convert_to_tensor(random_frames(4, 2, 4, 3))
    found = losses(texts, frames)
    assert found[0] == 0 and found[1] == pytest.approx(losses(texts[1:], frames[1:])[0], rel=1e-5) and found[1] > 0
    gradient = input_gradient(lambda x: ops.sum(CtcLoss()(texts, x)), frames)
    assert np.isfinite(gradient).all() and not gradient[0].any() and gradient[1].any()


@pytest.mark.parametrize("sharp", [0.0, 1.0])
def test_the_gradient_is_finite_where_probabilities_are_zero(sharp):
    frames = (1 - sharp) * FRAMES + sharp * np.eye(3, dtype="float32")[FRAMES.argmax(-1)]
    gradient = input_gradient(lambda x: CtcLoss()(TEXTS, x), frames.astype("float32"))
    assert np.isfinite(gradient).all() and np.isfinite(losses(TEXTS, frames)).all()


def test_the_gradient_is_the_one_of_small_steps():
    step, place = 1e-3, (2, 1, 2)
    moved = [FRAMES.astype("float64") for _ in range(2)]
    moved[0][place] -= step
    moved[1][place] += step
    # The loss takes distributions: it divides by their sum.
    moved = [one / one.sum(-1, keepdims=True) for one in moved]
    slope = np.diff([float(CtcLoss()(TEXTS, one.astype("float32"))) for one in moved])[0] / (2 * step)

    def loss(frames):
        return CtcLoss()(TEXTS, frames / ops.sum(frames, axis=-1, keepdims=True))

    assert input_gradient(loss, FRAMES)[place] == pytest.approx(slope, rel=0.02)


def test_it_is_stored_and_computed_in_float32():
    again = keras.losses.deserialize(keras.losses.serialize(CtcLoss()))
    assert type(again) is CtcLoss and again.get_config() == CtcLoss().get_config()
    half = ops.cast(FRAMES, "bfloat16")
    value = again(TEXTS, half)
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    assert float(value) == pytest.approx(float(again(TEXTS, ops.cast(half, "float32"))), rel=1e-5)
