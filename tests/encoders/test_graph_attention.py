"""Graph attention against its equations in NumPy, neighbour by neighbour."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import graph_attention
from multimodal_zoo.encoders.graph_attention import GraphAttention
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
NODES = DRAWS.normal(size=(3, 4, 3)).astype("float32")
ADJACENCY = (DRAWS.uniform(size=(3, 4, 4)) < 0.5).astype("float32")
MASK = np.int32([[1, 1, 1, 1], [1, 0, 1, 1], [0, 0, 0, 0]])


def heard(layer, nodes, adjacency, mask):
    kernel, of_self, of_neighbour, bias = (
        ops.convert_to_numpy(weight).astype("float64")
        for weight in (layer.kernel, layer.of_self, layer.of_neighbour, layer.bias)
    )
    said = (nodes @ kernel).reshape(len(nodes), layer.heads, layer.units)
    answer = np.zeros((len(nodes), layer.heads, layer.units))
    for node in range(len(nodes)):
        near = [j for j in range(len(nodes)) if mask[node] and mask[j] and (j == node or adjacency[node, j])]
        for head in range(layer.heads):
            scores = np.array([said[node, head] @ of_self[head] + said[j, head] @ of_neighbour[head] for j in near])
            weights = np.exp(np.where(scores > 0, scores, 0.2 * scores))
            for weight, j in zip(weights / weights.sum(), near, strict=True):
                answer[node, head] += weight * said[j, head]
    joined = answer.mean(axis=1) if layer.average_heads else answer.reshape(len(nodes), -1)
    return np.where(joined + bias > 0, joined + bias, np.expm1(joined + bias))


@pytest.mark.parametrize("average_heads", [False, True])
def test_a_layer_is_a_softmax_over_the_neighbours_and_the_node_itself(average_heads):
    layer = GraphAttention(2, 3, average_heads)
    layer(NODES, ADJACENCY, MASK)
    randomise(layer)
    found = ops.convert_to_numpy(layer(NODES, ADJACENCY, MASK))
    for row in range(3):
        wanted = heard(layer, NODES[row], ADJACENCY[row], MASK[row])
        np.testing.assert_allclose(found[row], wanted, rtol=1e-5, atol=1e-5)


def test_the_network_is_its_layers_and_the_mean_over_the_nodes_there_are():
    inputs = [keras.Input((4, 3)), keras.Input((4, 4)), keras.Input((4,), dtype="int32")]
    model = randomise(keras.Model(inputs, graph_attention((2, 3), heads=2, name="graph")(*inputs)))
    each = randomise(keras.Model(inputs, graph_attention((2, 3), heads=2, return_sequence=True)(*inputs)))
    junk = NODES.copy()
    junk[MASK == 0] = 1e3
    found, found_each = (ops.convert_to_numpy(one([junk, ADJACENCY, MASK])) for one in (model, each))
    for row in range(2):
        there = MASK[row] == 1
        x = NODES[row][there]
        for number in (1, 2):
            layer = model.get_layer(f"graph_attention_{number}")
            x = heard(layer, x, ADJACENCY[row][there][:, there], np.ones(len(x)))
        assert layer.average_heads
        np.testing.assert_allclose(found[row], x.mean(axis=0), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(found_each[row][there], x, rtol=1e-5, atol=1e-5)
    assert not found[2].any() and not found_each[2].any()


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received none"):
        graph_attention(())
    with pytest.raises(ValueError, match="heads=0"):
        graph_attention((2,), heads=0)
    with pytest.raises(ValueError, match=r"received the shapes \(None, 4\)"):
        graph_attention((2,))(keras.Input((4,)), keras.Input((4, 4)))
