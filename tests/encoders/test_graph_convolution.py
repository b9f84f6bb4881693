"""The graph convolution against its equation with matrices in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import graph_convolution
from multimodal_zoo.encoders.graph_convolution import GraphConvolution
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
NODES = DRAWS.normal(size=(3, 4, 3)).astype("float32")
ADJACENCY = (DRAWS.uniform(size=(3, 4, 4)) * (DRAWS.uniform(size=(3, 4, 4)) < 0.6)).astype("float32")
MASK = np.int32([[1, 1, 1, 1], [1, 0, 1, 1], [0, 0, 0, 0]])


def convolved(layer, nodes, adjacency):
    joined = adjacency.astype("float64").copy()
    np.fill_diagonal(joined, 1)
    scale = np.diag(joined.sum(axis=1) ** -0.5)
    mixed = scale @ joined @ scale @ nodes @ ops.convert_to_numpy(layer.kernel)
    return np.maximum(mixed + ops.convert_to_numpy(layer.bias), 0)


def test_it_is_the_normalised_adjacency_times_the_nodes_there_are():
    inputs = [keras.Input((4, 3)), keras.Input((4, 4)), keras.Input((4,), dtype="int32")]
    mean = randomise(keras.Model(inputs, graph_convolution((4, 2), name="graph")(*inputs)))
    each = randomise(keras.Model(inputs, graph_convolution((4, 2), return_sequence=True)(*inputs)))
    junk = NODES.copy()
    junk[MASK == 0] = 1e3
    found, found_each = (ops.convert_to_numpy(model([junk, ADJACENCY, MASK])) for model in (mean, each))
    for row in range(2):
        there = MASK[row] == 1
        x = NODES[row][there]
        for number in (1, 2):
            x = convolved(mean.get_layer(f"graph_convolution_{number}"), x, ADJACENCY[row][there][:, there])
        np.testing.assert_allclose(found_each[row][there], x, rtol=1e-5, atol=1e-5)
        assert not found_each[row][~there].any()
        np.testing.assert_allclose(found[row], x.mean(axis=0), rtol=1e-5, atol=1e-5)
    assert not found[2].any() and not found_each[2].any()


def test_two_joined_nodes_with_a_kernel_of_ones_by_hand():
    """A + I is all ones, D is 2 on the diagonal: either node hears half of both."""
    layer = GraphConvolution(1)
    adjacency = np.float32([[[0, 1], [1, 0]]])
    layer(np.float32([[[1], [3]]]), adjacency, np.int32([[1, 1]]))
    layer.kernel.assign([[1.0]])
    found = layer(np.float32([[[1], [3]]]), adjacency, np.int32([[1, 1]]))
    np.testing.assert_allclose(ops.convert_to_numpy(found), [[[2], [2]]], rtol=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received none"):
        graph_convolution(())
    with pytest.raises(ValueError, match="units=0"):
        graph_convolution((0,))
    with pytest.raises(ValueError, match=r"received the shapes \(None, 4, 3\) and \(None, 4, 5\)"):
        graph_convolution((2,))(keras.Input((4, 3)), keras.Input((4, 5)))
