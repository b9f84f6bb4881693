"""A network with sharded tables, written as an ordinary one, block of rows by block of rows."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.training.table_parts.table_part import TablePart, part_of, parts_in
from multimodal_zoo.training.workers import broadcast

WEIGHTS = "model.weights.h5"
# In the file, beside what Keras calls the first weight of a layer: which part it is.
NUMBER, TABLE = "number_of_part", "0"
# Numbers of one exchange from each worker: 16 MB.
NUMBERS = 2**22


def save_network(model: keras.Model, path: Path) -> None:
    """Write a network for Keras; one with sharded tables gets whole ones.

    Of those, no more than a block of rows lies in memory at once; the file has to fit the disk, twice while it is
    written. All workers take part, the others by `give_rows`.

    Args:
        model: of any training.
        path: of the file, "....keras".
    """
    parts = parts_in(model.weights)
    if not parts:
        model.save(path)
        return
    tables = [layer for layer in model._flatten_layers() if parts_in(layer._trainable_variables)]
    numbers = {id(part): number for number, part in enumerate(parts)}
    for layer in tables:
        number = numbers[id(part_of(layer._trainable_variables[0]))]
        layer.save_own_variables = lambda store, number=number: store.__setitem__(NUMBER, np.int64(number))
    try:
        model.save(path)
    finally:
        for layer in tables:
            del layer.save_own_variables
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        with zipfile.ZipFile(path) as written:
            written.extractall(folder)
        fill_tables(Path(folder) / WEIGHTS, parts)
        with zipfile.ZipFile(path, "w") as whole:
            for file in sorted(Path(folder).rglob("*")):
                whole.write(file, file.relative_to(folder))


def fill_tables(path: Path, parts: list[TablePart]) -> None:
    """Write the tables into a file of weights, where it has their numbers."""
    with h5py.File(path, "r+") as file:
        groups: dict[int, h5py.Group] = {}

        def find(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if name.endswith(f"/{NUMBER}"):
                groups[int(item[()])] = item.parent

        file.visititems(find)
        for number, part in enumerate(parts):
            group = groups[number]
            del group[NUMBER]
            shape = (part.layout.rows, *part.shape[1:])
            table = group.create_dataset(TABLE, shape, part.dtype.as_numpy_dtype)
            done = 0
            for block in whole_blocks(part):
                table[done : done + len(block)] = block
                done += len(block)


def give_rows(model: keras.Model) -> None:
    """Take part in the writing of another worker."""
    for part in parts_in(model.weights):
        for _ in whole_blocks(part):
            pass


def whole_blocks(part: TablePart) -> Iterator[np.ndarray]:
    """The rows of a table in their order, some at a time; all workers have to ask for all of them."""
    layout, strategy = part.layout, part.strategy
    length = max(1, NUMBERS // part.shape[-1])

    @tf.function
    def gather(rows: tf.Tensor) -> tf.Tensor:
        return strategy.run(lambda: tf.distribute.get_replica_context().all_gather(rows[tf.newaxis], axis=0))

    for first in range(0, layout.rows_here, length):
        places = tf.range(first, min(first + length, layout.rows_here))
        of_all = strategy.experimental_local_results(gather(part.sparse_read(places)))[0].numpy()
        yield layout.whole_block(list(of_all), first)


def wait_for_all(model: keras.Model) -> None:
    """Come back when every worker has come here, where tables lie at all of them."""
    for part in parts_in(model.weights)[:1]:
        broadcast(np.zeros(1, "float32"), part.strategy)
