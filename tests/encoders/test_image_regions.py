"""The regions are the cells of the feature map, row by row; its blocks are tested with `image_cnn`."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import image_regions
from tests.encoders.convolution_equations import convolved, largest
from tests.random_weights import randomise


def made(shape, **arguments):
    images = keras.Input(shape)
    return randomise(keras.Model(images, image_regions((3, 4), name="image", **arguments)(images)))


def test_they_are_convolution_pooling_relu_read_row_by_row():
    model = made((8, 12, 2), normalization=None)
    images = np.random.default_rng(0).normal(size=(2, 8, 12, 2)).astype("float32")
    x = images.astype("float64")
    for block in ("block_1", "block_2"):
        x = np.maximum(largest(convolved(model.get_layer(f"image_{block}_convolution"), x), (2, 2)), 0)
    found = ops.convert_to_numpy(model(images))
    assert found.shape == (2, 2 * 3, 4)
    for row in range(2):
        for column in range(3):
            np.testing.assert_allclose(found[:, 3 * row + column], x[:, row, column], rtol=1e-5, atol=1e-5)


def test_images_of_any_size():
    model, fixed = made((None, None, 2)), made((8, 12, 2))
    fixed.set_weights(model.get_weights())
    images = np.random.default_rng(0).uniform(size=(2, 8, 12, 2)).astype("float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(images)), ops.convert_to_numpy(fixed(images)), rtol=1e-5, atol=1e-6
    )


def test_wrong_arguments_and_inputs():
    with pytest.raises(ValueError, match="image_regions needs at least one number of filters"):
        image_regions(())
    with pytest.raises(ValueError, match=r"image_regions takes images .* received the shape \(None, 8, 8\)"):
        image_regions((4,))(keras.Input((8, 8)))
