"""A collection that an exported network searches: the ids of its items and their vectors."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.pipeline import HasDataset, prepare
from multimodal_zoo.training.predict_split import predict_split


@dataclasses.dataclass(frozen=True)
class SearchIndex:
    """Items to be found by the signature `search`, each compared with every query: exact, one product of matrices.

    Args:
        ids: by which the items are named, `(items,)` texts.
        vectors: `(items, width)` float32; the score of an item is its inner product with the vector of the query, so
            cosines where both have the length 1.
        k: how many items are found for a query, at most as many as there are.
        query_layer: the layer of the network whose answer is the vector of the query.

    Raises:
        ValueError: there is no item, not one id for each, a vector is not finite, or `k` is out of range.

    Example:
        >>> photos = index_records(bundle, data.split("test").without("text"), names)
        >>> export_bundle(bundle, "saved_models/search/1", index=photos)
    """

    ids: np.ndarray
    vectors: np.ndarray
    k: int = 10
    query_layer: str = "joint"

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or not len(self.vectors) or len(self.ids) != len(self.vectors):
            raise ValueError(
                f"An index needs vectors (items, width), at least one, and as many ids; got vectors of the shape "
                f"{self.vectors.shape} and {len(self.ids)} ids."
            )
        if not np.isfinite(self.vectors).all():
            raise ValueError("A vector of the index holds a NaN or an infinity.")
        if not 1 <= self.k <= len(self.vectors):
            raise ValueError(f"k must be between 1 and the number of items, {len(self.vectors)}; got {self.k!r}.")

    def query_of(self, bundle: Bundle) -> keras.KerasTensor:
        """What the network answers as the vector of a query.

        Raises:
            ValueError: it has no such layer, or vectors of another width.
        """
        query = vector_of(bundle, self.query_layer)
        if query.shape[1] != self.vectors.shape[1]:
            raise ValueError(
                f"The index has vectors of width {self.vectors.shape[1]}, and the layer {self.query_layer!r} of "
                f"{bundle.card.name} gives vectors of width {query.shape[1]}: make the index with this network."
            )
        return query

    def nearest(self, queries: tf.Tensor, vectors: tf.Tensor) -> dict[str, tf.Tensor]:
        """The items with the highest scores, the first of those that are equal first, in a graph.

        Args:
            queries: `(batch, width)`.
            vectors: those of the index, as they lie in the graph.

        Returns:
            `ids` `(batch, k)` and `scores` `(batch, k)`, best first.
        """
        scores, rows = tf.math.top_k(tf.matmul(queries, vectors, transpose_b=True), self.k)
        return {"ids": tf.gather(tf.constant(self.ids.tolist(), tf.string), rows), "scores": scores}


def index_records(
    bundle: Bundle,
    records: HasDataset,
    ids: Sequence[str],
    *,
    k: int = 10,
    item_layer: str = "joint",
    query_layer: str = "joint",
) -> SearchIndex:
    """Embed a collection, to be exported with the network.

    Args:
        bundle: trained network.
        records: the items, such as the pictures of a split: `data.split("test").without("text")`. What they lack is
            absent, for which the network is built with `missing_modalities=True`.
        ids: a text for each record.
        k: how many items a query finds.
        item_layer: the layer whose answer is the vector of an item. Where two sides have vectors of their own, as in
            `two_tower`, "item_vector".
        query_layer: the layer whose answer is the vector of a query; there "user_vector".

    Returns:
        The index.

    Raises:
        ValueError: the network has no such layer, or not one that gives a vector; the records lack a modality that the
            network cannot do without; there is not one id for each; or `k` is out of range.

    Example:
        >>> photos = index_records(bundle, data.split("test").without("text"), names, k=5)
    """
    vector_of(bundle, query_layer)
    prepared = prepare(records, bundle.modalities)
    if not bundle.has_presence and item_layer == "joint" and not prepared.presence.numpy().all():
        raise ValueError(
            f"Some records lack a modality, and this {bundle.card.name} was built without missing_modalities=True: "
            "build it with, or name the layer of the side that is there as item_layer."
        )
    network = keras.Model(bundle.model.input, vector_of(bundle, item_layer))
    vectors = predict_split(network, prepared).astype("float32")
    return SearchIndex(np.array(list(ids), dtype=str), vectors, k, query_layer)


def vector_of(bundle: Bundle, layer: str) -> keras.KerasTensor:
    """What a layer of the network answers, `(batch, width)`.

    Raises:
        ValueError: there is no such layer, or it answers something else; the message lists those that give vectors.
    """
    vectors = {one.name: one.output for one in bundle.model.layers if is_vector(one)}
    if layer not in vectors:
        raise ValueError(
            f"{bundle.card.name} has no layer {layer!r} that gives vectors. Those are: {', '.join(vectors)}."
        )
    return vectors[layer]


def is_vector(layer: keras.Layer) -> bool:
    """Whether a layer answers one vector of numbers a record; one that is called more than once does not."""
    if len(layer._inbound_nodes) != 1:
        return False
    output = layer.output
    return isinstance(output, keras.KerasTensor) and len(output.shape) == 2 and output.dtype.startswith("float")
