"""A graph by attention of each node to its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.graph_convolution import graph_network, with_self_loops
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_softmax import masked_softmax


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class GraphAttention(keras.Layer):
    """Averages what the neighbours of a node say by how well each fits it, in several heads.

    a_ij = softmax_j(leaky_relu(a_l W h_i + a_r W h_j)) over the neighbours j of i and i itself;
    h'_i = elu(sum_j a_ij W h_j + b), the heads side by side, or their mean.

    Called with nodes (batch, nodes, width), the adjacency matrix (batch, nodes, nodes), entry i, j other than 0 where
    an edge goes from j to i, and a mask (batch, nodes), returns (batch, nodes, heads * units), or (batch, nodes,
    units) where the heads are averaged.

    Args:
        units: width of a head.
        heads: attention heads.
        average_heads: whether to answer with the mean of the heads.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> GraphAttention(16, heads=4)(nodes, adjacency, mask)

    Reference:
        Velickovic 2018, arXiv:1710.10903, equations 3, 5 and 6.
    """

    def __init__(self, units: int, heads: int = 1, average_heads: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        if units < 1 or heads < 1:
            raise ValueError(f"units and heads must be positive; received units={units!r}, heads={heads!r}.")
        self.units = int(units)
        self.heads = int(heads)
        self.average_heads = bool(average_heads)

    def build(self, nodes_shape: tuple, adjacency_shape: tuple, there_shape: tuple) -> None:
        shape = (self.heads, self.units)
        width = self.units if self.average_heads else self.heads * self.units
        self.kernel = self.add_weight(
            shape=(nodes_shape[-1], self.heads * self.units), initializer="glorot_uniform", name="kernel"
        )
        self.of_self = self.add_weight(shape=shape, initializer="glorot_uniform", name="of_self")
        self.of_neighbour = self.add_weight(shape=shape, initializer="glorot_uniform", name="of_neighbour")
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")

    def call(self, nodes: Any, adjacency: Any, there: Any) -> Any:
        count = nodes.shape[1]
        joined = ops.expand_dims(ops.not_equal(with_self_loops(adjacency, there), 0), 1)
        said = ops.reshape(ops.matmul(nodes, self.kernel), (-1, count, self.heads, self.units))
        own = ops.einsum("bnhu,hu->bhn", said, self.of_self)
        others = ops.einsum("bnhu,hu->bhn", said, self.of_neighbour)
        scores = ops.leaky_relu(ops.expand_dims(own, 3) + ops.expand_dims(others, 2), negative_slope=0.2)
        weights = ops.cast(masked_softmax(scores, joined), said.dtype)
        heard = ops.einsum("bhij,bjhu->bihu", weights, said)
        if self.average_heads:
            heard = ops.mean(heard, axis=2)
        else:
            heard = ops.reshape(heard, (-1, count, self.heads * self.units))
        return ops.elu(heard + self.bias)

    def compute_output_shape(self, nodes_shape: tuple, adjacency_shape: tuple, there_shape: tuple) -> tuple:
        return (*nodes_shape[:-1], self.units if self.average_heads else self.heads * self.units)

    def get_config(self) -> dict[str, Any]:
        sizes = {"units": self.units, "heads": self.heads, "average_heads": self.average_heads}
        return {**super().get_config(), **sizes}


def graph_attention(
    units: Sequence[int] = (16, 64),
    heads: int = 4,
    dropout: float = 0.0,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes a graph attention network (GAT), and the mean over the nodes.

    All layers but the last put their heads side by side, the last averages them.

    Args:
        units: width of a head in each layer.
        heads: attention heads of each layer.
        dropout: share dropped of what each layer reads, 0 to 1 (the paper drops attention weights as well).
        return_sequence: whether to answer with a vector for each node.
        name: prefix of the layers' names.

    Returns:
        A callable that maps nodes (batch, nodes, features), the adjacency matrix (batch, nodes, nodes), not 0 where
        there is an edge, and a mask (batch, nodes), 0 where a node is not there (None: all are), to
        (batch, units[-1]); with `return_sequence` to (batch, nodes, units[-1]), zeros where a node is not there.
        Without any node the answer is zeros.

    Raises:
        ValueError: if there are no layers, a number is not positive, or the tensors are of another form.

    Example:
        >>> graph_attention((8, 32))(keras.Input((20, 5)), keras.Input((20, 20))).shape
        (None, 32)

    Reference:
        Velickovic 2018, arXiv:1710.10903, section 2.1.
    """
    if not units:
        raise ValueError("graph_attention needs at least one layer; received none.")
    layers = [
        GraphAttention(count, heads, average_heads=index == len(units), name=prefixed(name, f"attention_{index}"))
        for index, count in enumerate(units, 1)
    ]
    return graph_network("graph_attention", layers, dropout, return_sequence, name)
