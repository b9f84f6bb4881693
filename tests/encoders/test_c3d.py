"""3-D convolutions over clips against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import c3d
from tests.encoders.convolution_equations import convolved, largest
from tests.random_weights import randomise


def test_it_is_3d_convolutions_with_max_pooling_and_the_mean():
    """The first pooling leaves time alone, the second halves it."""
    clips = np.random.default_rng(0).uniform(size=(2, 4, 6, 5, 2)).astype("float32")
    inputs = keras.Input(clips.shape[1:])
    model = randomise(keras.Model(inputs, c3d((3, 4), normalization=None, name="clip")(inputs)))
    x = clips
    for block, sizes in (("block_1", (1, 2, 2)), ("block_2", (2, 2, 2))):
        x = np.maximum(largest(convolved(model.get_layer(f"clip_{block}_convolution"), x), sizes), 0)
    assert x.shape == (2, 2, 1, 1, 4)
    np.testing.assert_allclose(ops.convert_to_numpy(model(clips)), x.mean(axis=(1, 2, 3)), rtol=1e-5, atol=1e-5)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received none"):
        c3d(())
    with pytest.raises(ValueError, match='"batch", "group" or None; received \'layer\''):
        c3d((3,), normalization="layer")
    with pytest.raises(ValueError, match=r"c3d takes frames .* received the shape \(None, 8, 8, 1\)"):
        c3d((3,))(keras.Input((8, 8, 1)))
