"""Where ids become numbers in a network: the layers that read nothing but ids, and from which places of a record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.graph_nodes import nodes_in_order

# Two others for each id: where ids are hashed, one of them may fall into the bucket of the id itself.
OTHER_IDS = (1, 2, 3)


@dataclasses.dataclass(frozen=True)
class IdReader:
    """A layer with weights that makes numbers of ids alone: an embedding, a linear map of words.

    Args:
        layer: the layer itself; one that is called several times has a reader for each call.
        ids: the symbolic whole-number tensors it reads.
        vectors: the symbolic tensors it answers with.
        modalities: those whose ids come to it.
    """

    layer: keras.Layer
    ids: tuple[keras.KerasTensor, ...]
    vectors: tuple[keras.KerasTensor, ...]
    modalities: frozenset[str]


def id_readers(model: keras.Model) -> list[IdReader]:
    """The layers of a functional network at which its ids become numbers that have a gradient.

    Masks that are made of ids are none: they have no weights.

    Args:
        model: network of the zoo.

    Returns:
        One for each call of such a layer, in the order of the graph; none where the network reads no ids.

    Example:
        >>> [reader.layer.name for reader in id_readers(lstnet_diagnosis())]
        ['highway', 'report_embedding']
    """
    readers = []
    # What a tensor that is made without any number of the record depends on: tensor -> modalities of ids.
    of_ids: dict[int, frozenset[str]] = {}
    for name, tensor in model.input.items():
        if name == PRESENCE:
            of_ids[id(tensor)] = frozenset()
        elif is_whole(tensor):
            of_ids[id(tensor)] = frozenset({name})
    for node in nodes_in_order(model):
        read = node.arguments.keras_tensors
        if not all(id(tensor) in of_ids for tensor in read):
            continue
        modalities = frozenset().union(*(of_ids[id(tensor)] for tensor in read))
        layer, whole = node.operation, [is_whole(tensor) for tensor in node.outputs]
        if modalities and getattr(layer, "weights", None) and not any(whole):
            ids = tuple(tensor for tensor in read if is_whole(tensor))
            readers.append(IdReader(layer, ids, tuple(node.outputs), modalities))
        else:
            of_ids.update({id(tensor): modalities for tensor in node.outputs})
    return readers


def is_whole(tensor: keras.KerasTensor) -> bool:
    """Whether a tensor holds whole numbers or truth values."""
    kind = keras.backend.standardize_dtype(tensor.dtype)
    return kind == "bool" or kind.startswith(("int", "uint"))


def origins(model: keras.Model, readers: list[IdReader], inputs: Mapping[str, Any]) -> list[dict[str, np.ndarray]]:
    """From which ids of a record each place that a reader looks at was made.

    Between the record and the reader, ids are moved to the front, reversed, hashed or crossed with others. Each id of
    the record is changed in its turn; what changes with it comes from it.

    Args:
        model: the network of the readers.
        readers: as `id_readers` gives them.
        inputs: of one record, with a batch axis of 1.

    Returns:
        For each reader, by modality, a matrix `(ids of the record, places of the reader)` whose columns sum to 1 over
        all modalities, or to 0 where no id matters: an id made of several is due to each of them alike.
    """
    if not readers:
        return []
    tensors = {id(tensor): tensor for reader in readers for tensor in reader.ids}
    look = keras.Model(list(model.input.values()), list(tensors.values()))
    found: list[dict[str, np.ndarray]] = [{} for _ in readers]
    for name in sorted({name for reader in readers for name in reader.modalities}):
        changed = tf.constant(changed_ids(np.asarray(inputs[name])))
        rows = [changed if key == name else tf.repeat(inputs[key], len(changed), 0) for key in model.input]
        read = look(rows, training=False)
        values = dict(zip(tensors, [read] if len(tensors) == 1 else read, strict=True))
        for reader, by_modality in zip(readers, found, strict=True):
            if name in reader.modalities:
                by_modality[name] = differs(reader, values, inputs[name].shape[1:].num_elements() or 1)
    for by_modality in found:
        total = sum(matrix.sum(0) for matrix in by_modality.values())
        for name, matrix in by_modality.items():
            by_modality[name] = matrix / np.maximum(total, 1)
    return found


def changed_ids(ids: np.ndarray) -> np.ndarray:
    """A row of ids as it is, and below it for each of its places two rows with another id there; 0 stays 0."""
    flat = ids.reshape(1, -1)
    rows = np.repeat(flat, 1 + 2 * flat.size, axis=0)
    for place in range(flat.size):
        if flat[0, place]:
            others = [other for other in OTHER_IDS if other != flat[0, place]]
            rows[1 + 2 * place, place], rows[2 + 2 * place, place] = others[:2]
    return rows.reshape(-1, *ids.shape[1:])


def differs(reader: IdReader, values: Mapping[int, Any], places: int) -> np.ndarray:
    """Which places of the reader change with which id of the record, `(ids, places)` of 0 and 1."""
    changed: Any = 0.0
    for tensor in reader.ids:
        read = np.asarray(values[id(tensor)])
        read = read.reshape(len(read), -1)
        if read.shape[1] == np.prod(reader.ids[0].shape[1:], dtype=int):
            moved = (read[1:] != read[:1]).reshape(places, 2, -1).any(1)
            changed = np.maximum(changed, moved)
    return changed.astype("float64")
