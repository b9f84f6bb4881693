"""1-D convolutions over waveforms against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import waveform_cnn
from tests.encoders.convolution_equations import convolved, largest
from tests.random_weights import randomise


@pytest.mark.parametrize("samples", [70, 9])
def test_it_is_a_wide_convolution_then_narrow_ones_pooling_by_four_and_the_mean(samples):
    """Nine samples end as one step, which pooling leaves alone."""
    waves = np.random.default_rng(0).normal(size=(2, samples)).astype("float32")
    inputs = keras.Input((samples,))
    encode = waveform_cnn((3, 4), (1, 2), kernel_size=8, stride=3, normalization=None, name="wave")
    model = randomise(keras.Model(inputs, encode(inputs)))
    x = waves[:, :, None]
    for names in (("1_1",), ("2_1", "2_2")):
        for name in names:
            x = np.maximum(convolved(model.get_layer(f"wave_block_{name}_convolution"), x), 0)
        x = largest(x, (4,), "same")
    np.testing.assert_allclose(ops.convert_to_numpy(model(waves)), x.mean(axis=1), rtol=1e-5, atol=1e-5)


def test_the_default_has_the_weights_of_m5():
    """Kernels of 80x1x128, 3x128x128, 3x128x256 and 3x256x512, each with scale and shift."""
    model = keras.Model(inputs := keras.Input((32000,)), waveform_cnn()(inputs))
    convolutions = 80 * 128 + 3 * 128 * 128 + 3 * 128 * 256 + 3 * 256 * 512
    assert model.count_params() == convolutions + 2 * (128 + 128 + 256 + 512)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received none"):
        waveform_cnn(())
    with pytest.raises(ValueError, match=r"received \(1,\) for the 2 blocks"):
        waveform_cnn((3, 4), (1,))
    with pytest.raises(ValueError, match=r"received the shape \(None, 5, 1\)"):
        waveform_cnn((3,))(keras.Input((5, 1)))
