"""The text CNN against its equations in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import text_cnn
from tests.random_weights import randomise


@pytest.mark.parametrize("kernels", [(3,), (2, 3, 4)])
def test_it_is_the_largest_relu_of_each_filter(kernels):
    inputs = keras.Input((6,), dtype="int32")
    encode = text_cnn(10, embedding_dim=3, filters=4, kernels=kernels, name="plot")
    model = randomise(keras.Model(inputs, encode(inputs)))
    texts = [[3, 1, 4, 1, 5, 9], [2, 6], [5], []]
    ids = np.int32([text + [0] * (6 - len(text)) for text in texts])
    found = ops.convert_to_numpy(model(ids))

    table = ops.convert_to_numpy(model.get_layer("plot_embedding").embeddings)
    for row, text in enumerate(texts):
        wanted = []
        for width in kernels:
            kernel = ops.convert_to_numpy(model.get_layer(f"plot_convolution_{width}").kernel)
            bias = ops.convert_to_numpy(model.get_layer(f"plot_convolution_{width}").bias)
            before = (width - 1) // 2
            around = np.pad(table[text].reshape(-1, 3), [[before, width - 1 - before], [0, 0]])
            maps = [np.einsum("kw,kwf->f", around[t : t + width], kernel) + bias for t in range(len(text))]
            wanted.append(np.max([*maps, np.zeros(4)], axis=0))
        np.testing.assert_allclose(found[row], np.concatenate(wanted), rtol=1e-5, atol=1e-5)


def test_it_needs_a_kernel():
    with pytest.raises(ValueError, match="at least one kernel"):
        text_cnn(10, kernels=())
