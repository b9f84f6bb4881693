"""The head that draws: sizes that no doubling reaches, ranges, and that it can learn a picture."""

import keras
import numpy as np
import pytest

from multimodal_zoo.heads import generation_head
from multimodal_zoo.training.precision import precision


@pytest.mark.parametrize("shape", [(28, 28, 1), (9, 14, 3), (1, 1, 1), (98, 40), (7, 5)])
def test_the_shape_is_the_one_that_was_asked_for(shape):
    joint = keras.Input((6,))
    model = keras.Model(joint, generation_head(shape, (8, 4), name="drawn")(joint))
    answer = model(np.random.default_rng(0).normal(size=(3, 6)).astype("float32"))
    assert answer.shape == (3, *shape)
    assert float(keras.ops.min(answer)) >= 0 and float(keras.ops.max(answer)) <= 1


def test_without_an_activation_the_numbers_are_unbounded():
    joint = keras.Input((2,))
    model = keras.Model(joint, generation_head((4, 3), (4,), None, "frames")(joint))
    model.get_layer("frames").bias.assign([-5.0, 0.0, 7.0])
    model.get_layer("frames").kernel.assign(np.zeros((3, 4, 3)))
    np.testing.assert_array_equal(model(np.ones((1, 2))), [[[-5.0, 0.0, 7.0]] * 4])


def test_pixels_are_float32_in_mixed_precision():
    with precision("mixed_bfloat16"):
        joint = keras.Input((2,))
        assert generation_head((4, 4, 1), (4,))(joint).dtype == "float32"


def test_two_vectors_learn_two_pictures():
    keras.utils.set_random_seed(0)
    joint = keras.Input((2,))
    model = keras.Model(joint, generation_head((8, 8, 1), (8, 8))(joint))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    pictures = np.zeros((2, 8, 8, 1), "float32")
    pictures[0, :, :4] = pictures[1, 4:] = 1
    model.fit(np.eye(2, dtype="float32"), pictures, epochs=150, verbose=0)
    answer = keras.ops.convert_to_numpy(model(np.eye(2, dtype="float32")))
    np.testing.assert_array_equal(answer > 0.5, pictures > 0.5)


@pytest.mark.parametrize("shape, filters", [((8,), (4,)), ((0, 8, 1), (4,)), ((8, 8, 1), ())])
def test_what_is_no_picture_and_no_spectrogram_is_refused(shape, filters):
    with pytest.raises(ValueError, match="height, width, channels.*frames, bands"):
        generation_head(shape, filters)


def test_it_draws_vectors_alone():
    with pytest.raises(ValueError, match="takes vectors"):
        generation_head((8, 8, 1))(keras.Input((3, 4)))
