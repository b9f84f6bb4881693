"""Graph attention: the steps of all modalities are the nodes of one graph."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.masked_attention import join_heads, split_heads
from multimodal_zoo.encoders.masked_softmax import masked_softmax
from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.sequence_operator import SequenceFusion, mean_over_present, present_modalities
from multimodal_zoo.fusion.step_positions import step_numbers


@register_fusion("graph")
class Graph(SequenceFusion):
    """Graph attention network whose nodes are steps; within a modality near steps are joined, across all are.

    Node: n = P_i x_it + b_i. There is an edge between steps of one modality that are at most `reach` apart
    (each node has itself as a neighbour), and between every two steps of different modalities. `layers` of
    graph attention, the heads of the last one averaged. f = mean over modalities of the mean over steps.

    Nodes are steps and not the subsets of modalities of Zadeh's dynamic fusion graph, because subsets double
    with every modality while steps add up, and because a step that is absent is a node without edges: removing
    a modality gives what the same weights give for the others alone. With everything absent the answer is the
    zero vector.

    Args:
        dim: width of the nodes and of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        layers: of graph attention.
        heads: attention heads; they need not divide `dim`.
        reach: how many steps apart two steps of one modality may be and still be joined; padding is not
            counted. 0 joins none.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("graph", 64)({"audio": segments, "video": frames}, presence=presence)

    Reference:
        Velickovic 2018, arXiv:1710.10903, section 2.1; the graph as in Hu 2021 (MMGCN), arXiv:2107.06779,
        with steps that need not be aligned.
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        layers: int = 2,
        heads: int = 4,
        reach: int = 1,
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, **kwargs)
        for name, value, least in (("layers", layers, 1), ("heads", heads, 1), ("reach", reach, 0)):
            if value < least:
                raise ValueError(f"{name} must be at least {least}; received {name}={value!r}.")
        self.layers = int(layers)
        self.heads = int(heads)
        self.reach = int(reach)

    def build_operator(self, widths: dict[str, int]) -> None:
        self.projections = {
            name: keras.layers.Dense(self.dim, dtype=self.dtype_policy, name=f"project_{name}") for name in widths
        }
        for name, width in widths.items():
            self.projections[name].build((None, None, width))
        self.attentions = []
        width = self.dim
        for layer in range(1, self.layers + 1):
            last = layer == self.layers
            attention = EdgeAttention(
                self.heads,
                self.dim if last else -(-self.dim // self.heads),
                average=last,
                dtype=self.dtype_policy,
                name=f"attention_{layer}",
            )
            attention.build((None, None, width), (None, None, None))
            width = self.heads * attention.width
            self.attentions.append(attention)

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        nodes = ops.concatenate([self.projections[name](tokens[name]) for name in self.modalities], axis=1)
        edges = edges_between(there, self.reach)
        for attention in self.attentions:
            nodes = attention(nodes, edges)
        means, start = [], 0
        for mask in there.values():
            steps = ops.shape(mask)[1]
            means.append(mean_over_present(nodes[:, start : start + steps], mask))
            start = start + steps
        return mean_over_present(ops.stack(means, axis=1), present_modalities(there))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layers": self.layers, "heads": self.heads, "reach": self.reach}


def edges_between(there: dict[str, Any], reach: int) -> Any:
    """Which step hears which: near ones within a modality, all of the other modalities, none that is not there.

    Args:
        there: dict of boolean (batch, steps).
        reach: how many steps apart two steps of one modality may be, padding not counted.

    Returns:
        Boolean (batch, n, n), n all the steps in the order of the dict; [b, i, j] is true if i hears j.

    Example:
        >>> edges_between({"a": np.array([[True, True]]), "b": np.array([[True]])}, 0)
        [[[True, False, True], [False, True, True], [True, True, True]]]
    """
    known = ops.concatenate(list(there.values()), axis=1)
    numbers = ops.concatenate([step_numbers(mask) for mask in there.values()], axis=1)
    owners = ops.concatenate(
        [ops.full_like(mask, index, dtype="int32") for index, mask in enumerate(there.values())], axis=1
    )
    near = ops.abs(ops.expand_dims(numbers, 2) - ops.expand_dims(numbers, 1)) <= reach
    across = ops.not_equal(ops.expand_dims(owners, 2), ops.expand_dims(owners, 1))
    return ops.logical_and(ops.logical_or(near, across), ops.expand_dims(known, 1))


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class EdgeAttention(keras.layers.Layer):
    """One layer of graph attention.

    For each head: e_ij = LeakyReLU(a . W n_i + b . W n_j), slope 0.2;  n_i' = sum_j softmax_j(e_ij) W n_j over
    the neighbours j of i. The heads are put side by side under ELU, or, in a last layer, averaged.

    A node without neighbours becomes zero. Scores and softmax are float32 in any precision.

    Args:
        heads: number of heads.
        width: of each head.
        average: whether to average the heads instead of putting them side by side.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> EdgeAttention(4, 16)(nodes, edges)    # (batch, n, dim), (batch, n, n) -> (batch, n, 64)

    Reference:
        Velickovic 2018, arXiv:1710.10903, section 2.1 (graph attentional layer).
    """

    def __init__(self, heads: int, width: int, average: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.heads = int(heads)
        self.width = int(width)
        self.average = bool(average)

    def build(self, nodes_shape: tuple, edges_shape: tuple) -> None:
        self.projection = keras.layers.Dense(
            self.heads * self.width, use_bias=False, dtype=self.dtype_policy, name="projection"
        )
        self.projection.build(nodes_shape)
        self.from_hearer, self.from_heard = (
            self.add_weight(shape=(self.heads, 1, self.width), initializer="glorot_uniform", name=name)
            for name in ("from_hearer", "from_heard")
        )

    def call(self, nodes: Any, edges: Any) -> Any:
        content = split_heads(self.projection(nodes), self.heads)
        exact = ops.cast(content, "float32")
        hearer, heard = (
            ops.sum(exact * ops.cast(weights, "float32"), axis=-1) for weights in (self.from_hearer, self.from_heard)
        )
        scores = ops.leaky_relu(ops.expand_dims(hearer, 3) + ops.expand_dims(heard, 2), negative_slope=0.2)
        weights = masked_softmax(scores, ops.expand_dims(edges, 1))
        mixed = ops.matmul(ops.cast(weights, content.dtype), content)
        return ops.mean(mixed, axis=1) if self.average else ops.elu(join_heads(mixed))

    def compute_output_shape(self, nodes_shape: tuple, edges_shape: tuple) -> tuple:
        return (*nodes_shape[:-1], self.width if self.average else self.heads * self.width)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads, "width": self.width, "average": self.average}
