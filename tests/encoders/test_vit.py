"""The Vision Transformer against its equations in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import vit
from tests.encoders.transformer_equations import block_output, norm
from tests.random_weights import randomise


def test_it_is_linear_patches_with_places_a_class_token_and_a_transformer():
    images = np.random.default_rng(0).uniform(size=(2, 4, 6, 2)).astype("float32")
    inputs = keras.Input((4, 6, 2))
    found = {}
    for sequence in (False, True):
        encode = vit(2, dim=4, heads=2, layers=2, feed_forward=5, return_sequence=sequence, name="scan")
        model = randomise(keras.Model(inputs, encode(inputs)))
        found[sequence] = ops.convert_to_numpy(model(images))
    project, tokens = model.get_layer("scan_patches"), model.get_layer("scan_tokens")
    kernel = ops.convert_to_numpy(project.kernel).reshape(8, 4)
    for row, image in enumerate(images):
        # Row by row of patches; within one, row by row of pixels.
        patches = [image[y : y + 2, x : x + 2].ravel() for y in (0, 2) for x in (0, 2, 4)]
        vectors = np.array(patches) @ kernel + ops.convert_to_numpy(project.bias) + ops.convert_to_numpy(tokens.places)
        x = np.concatenate([ops.convert_to_numpy(tokens.class_token)[0], vectors])
        for index in (1, 2):
            x = block_output(model.get_layer(f"scan_block_{index}"), x)
        wanted = norm(model.get_layer("scan_norm"), x)
        np.testing.assert_allclose(found[False][row], wanted[0], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(found[True][row], wanted[1:], rtol=1e-4, atol=1e-4)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="dim=5, heads=2"):
        vit(dim=5, heads=2)
    for shape in ((8, 9, 1), (None, 8, 1), (8, 8)):
        with pytest.raises(ValueError, match="multiples of the patch, 8; received the shape"):
            vit()(keras.Input(shape))
