"""A graph by convolutions: each node hears the mean of its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.deep_sets import PointMask
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.encoders.present_steps import ZeroPadding


def with_self_loops(adjacency: Any, there: Any) -> Any:
    """Joins each node that is there to itself, and cuts off those that are not.

    Args:
        adjacency: (batch, nodes, nodes), entry i, j the weight, 0 or more, of the edge from j to i; what stands on
            the diagonal is replaced by 1.
        there: (batch, nodes), 0 where a node is not there.

    Returns:
        float32 (batch, nodes, nodes).

    Example:
        >>> with_self_loops(np.array([[[0, 2], [2, 0]]]), np.array([[1, 1]]))
        [[[1., 2.], [2., 1.]]]
    """
    there = ops.cast(ops.not_equal(there, 0), "float32")
    both = ops.expand_dims(there, 1) * ops.expand_dims(there, 2)
    same = ops.eye(adjacency.shape[-1], dtype="float32")
    # `where`, not a product: what a missing node holds may be infinite.
    joined = ops.where(same > 0, ops.ones_like(both), ops.cast(adjacency, "float32"))
    return ops.where(both > 0, joined, ops.zeros_like(joined))


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class GraphConvolution(keras.Layer):
    """Mixes the nodes of a graph with their neighbours: relu(D^-1/2 (A + I) D^-1/2 H W + b).

    D is the diagonal matrix of the row sums of A + I.

    Called with nodes (batch, nodes, width), the adjacency matrix A (batch, nodes, nodes), and a mask (batch, nodes),
    0 where a node is not there, returns (batch, nodes, units).

    Args:
        units: width of the answer.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> GraphConvolution(16)(nodes, adjacency, mask)

    Reference:
        Kipf 2017, arXiv:1609.02907, equation 2.
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"units must be positive; received units={units!r}.")
        self.units = int(units)

    def build(self, nodes_shape: tuple, adjacency_shape: tuple, there_shape: tuple) -> None:
        self.kernel = self.add_weight(shape=(nodes_shape[-1], self.units), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, nodes: Any, adjacency: Any, there: Any) -> Any:
        joined = with_self_loops(adjacency, there)
        degree = ops.sum(joined, axis=-1)
        scale = ops.where(degree > 0, ops.rsqrt(ops.maximum(degree, 1e-12)), ops.zeros_like(degree))
        normalised = ops.expand_dims(scale, 2) * joined * ops.expand_dims(scale, 1)
        mixed = ops.matmul(ops.cast(normalised, nodes.dtype), ops.matmul(nodes, self.kernel))
        return ops.relu(mixed + self.bias)

    def compute_output_shape(self, nodes_shape: tuple, adjacency_shape: tuple, there_shape: tuple) -> tuple:
        return (*nodes_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def check_graph(encoder: str, nodes: Any, adjacency: Any) -> None:
    """Raises ValueError where two tensors are no nodes and their adjacency matrix.

    Args:
        encoder: who says so.
        nodes: a tensor, to be (batch, nodes, features), with a fixed number of nodes.
        adjacency: a tensor, to be (batch, nodes, nodes).
    """
    shapes = tuple(nodes.shape), tuple(adjacency.shape)
    if len(shapes[0]) != 3 or shapes[0][1] is None or shapes[1][1:] != (shapes[0][1], shapes[0][1]):
        raise ValueError(
            f"{encoder} takes nodes (batch, nodes, features), of a fixed number of nodes, and an adjacency matrix "
            f"(batch, nodes, nodes); received the shapes {shapes[0]} and {shapes[1]}."
        )


def graph_convolution(
    units: Sequence[int] = (64, 64), dropout: float = 0.0, return_sequence: bool = False, name: str | None = None
) -> Callable[..., Any]:
    """Makes a graph convolutional network (GCN), and the mean over the nodes.

    Args:
        units: width of each layer; after n layers a node knows of those n edges away.
        dropout: share dropped of what each layer reads, 0 to 1.
        return_sequence: whether to answer with a vector for each node.
        name: prefix of the layers' names.

    Returns:
        A callable that maps nodes (batch, nodes, features), the adjacency matrix (batch, nodes, nodes), weights of 0
        or more, and a mask (batch, nodes), 0 where a node is not there (None: all are), to (batch, units[-1]); with
        `return_sequence` to (batch, nodes, units[-1]), zeros where a node is not there. Without any node the answer
        is zeros.

    Raises:
        ValueError: if there are no layers, or the tensors are of another form.

    Example:
        >>> graph_convolution((32,))(keras.Input((20, 5)), keras.Input((20, 20))).shape
        (None, 32)

    Reference:
        Kipf 2017, arXiv:1609.02907, equations 2 and 9.
    """
    if not units:
        raise ValueError("graph_convolution needs at least one layer; received none.")
    layers = [
        GraphConvolution(count, name=prefixed(name, f"convolution_{index}")) for index, count in enumerate(units, 1)
    ]
    return graph_network("graph_convolution", layers, dropout, return_sequence, name)


def graph_network(
    encoder: str, layers: Sequence[keras.Layer], dropout: float, return_sequence: bool, name: str | None
) -> Callable[..., Any]:
    """Runs layers over the nodes of a graph one after the other, and takes the mean over the nodes.

    Args:
        encoder: for the messages.
        layers: each called with nodes, adjacency matrix and mask.
        dropout: share dropped of what each layer reads, 0 to 1.
        return_sequence: whether to answer with a vector for each node.
        name: prefix of the layers' names.

    Returns:
        A callable of nodes, adjacency matrix and mask, see `graph_convolution`.

    Example:
        >>> graph_network("mine", [GraphConvolution(16)], 0.0, False, None)
    """
    look = PointMask(name=prefixed(name, "nodes"))
    drops = [keras.layers.Dropout(dropout, name=prefixed(name, f"dropout_{n}")) for n in range(1, len(layers) + 1)]
    average = MaskedMean(name=prefixed(name, "mean"))
    blank = ZeroPadding(name=prefixed(name, "padding"))

    def call(nodes: Any, adjacency: Any, mask: Any = None) -> Any:
        check_graph(encoder, nodes, adjacency)
        features, there = look(nodes, mask)
        for drop, layer in zip(drops, layers, strict=True):
            features = layer(drop(features) if dropout else features, adjacency, there)
        return (blank if return_sequence else average)(features, there)

    return call
