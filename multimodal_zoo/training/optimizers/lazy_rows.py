"""Optimisers whose step costs what the rows cost that a batch looked up, not what the table costs."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, Protocol

import keras
import tensorflow as tf
from keras import ops

from multimodal_zoo.encoders.table_rows import rows_here
from multimodal_zoo.training.optimizers.clip_summed import clip_summed
from multimodal_zoo.training.table_parts.table_part import local_variable, part_of


class Rows(Protocol):
    """The rows of a table that a gradient reaches: how they are read and written in variables of the table's shape."""

    gradient: Any

    def read(self, variable: Any) -> Any: ...

    def write(self, variable: Any, values: Any) -> None: ...


class LookedUpRows:
    """Rows named by the gradient of a lookup: each once, with the sum of its gradients."""

    def __init__(self, optimizer: keras.optimizers.Optimizer, gradient: tf.IndexedSlices) -> None:
        slices = each_row_once(gradient)
        self.optimizer, self.ids, self.gradient = optimizer, slices.indices, slices.values

    def read(self, variable: Any) -> Any:
        return rows_here(variable, self.ids)

    def write(self, variable: Any, values: Any) -> None:
        self.optimizer.assign(variable, tf.IndexedSlices(values, self.ids))


class RowsWithGradient:
    """Rows of a dense gradient in which something is not zero. It costs what the table costs, and gives the same."""

    def __init__(self, optimizer: keras.optimizers.Optimizer, gradient: Any) -> None:
        self.optimizer, self.gradient = optimizer, gradient
        self.reached = ops.any(ops.not_equal(gradient, 0), axis=-1, keepdims=True)

    def read(self, variable: Any) -> Any:
        return ops.convert_to_tensor(variable)

    def write(self, variable: Any, values: Any) -> None:
        self.optimizer.assign(variable, ops.where(self.reached, values, self.read(variable)))


class LazyRows(keras.optimizers.Optimizer, abc.ABC):
    """What an optimiser inherits to leave alone those rows of embedding tables that a batch did not look up.

    A table is a weight that its layer calls "embeddings", as Keras' own embedding does. Every other weight is updated
    as by the optimiser it stands before. An optimiser says in `update_rows` what it does to the rows of a table.

    The gradient of a table is sparse, and the step cheap, as long as the table is only looked up in: through
    `WordEmbedding`, on TensorFlow. A penalty on the table, a product with the whole of it, gradients that are gathered
    over several batches or another backend make it dense: then the same rows are left alone, but all are read.

    Clipping by norms is by the norms of the gradients with each row once. Weight decay reaches the rows of a table
    that were looked up.

    Of a sharded table (see `sharded_tables`) each worker updates the rows that it holds; their gradient is that of the
    global batch already. Beside such tables all gradients are clipped once they are summed over the workers.
    """

    def add_variable_from_reference(
        self, reference_variable: Any, name: str | None = None, initializer: Any = "zeros"
    ) -> keras.Variable:
        if part_of(reference_variable) is None:
            return super().add_variable_from_reference(reference_variable, name=name, initializer=initializer)
        # What is remembered of rows lies where they lie, mirrored nowhere.
        with tf.variable_creator_scope(local_variable):
            return self.add_variable(
                reference_variable.shape,
                initializer,
                reference_variable.dtype,
                name=f"{reference_variable.path.replace('/', '_')}_{name or 'var'}",
            )

    def build(self, variables: Sequence[Any]) -> None:
        super().build(variables)
        self._is_table = [is_table(variable) for variable in variables]
        self._has_parts = any(part_of(variable) is not None for variable in variables)

    @abc.abstractmethod
    def update_rows(self, rows: Rows, variable: Any, slots: int, learning_rate: Any) -> None:
        """Update the rows of a table: `slots` is its place in the optimiser's lists of variables."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        slots = self._get_variable_index(variable)
        if not self._is_table[slots]:
            super().update_step(dense(gradient), variable, learning_rate)
            return
        rate, gradient = ops.cast(learning_rate, variable.dtype), cast(gradient, variable.dtype)
        decays = self.weight_decay is not None and super()._use_weight_decay(variable)
        # What the decay leaves of a weight.
        keep = 1 - rate * ops.cast(self.weight_decay, variable.dtype) if decays else ops.ones((), variable.dtype)
        if is_sparse(gradient) and self.update_at_once(gradient, variable, slots, rate, keep):
            return
        rows = (LookedUpRows if is_sparse(gradient) else RowsWithGradient)(self, gradient)
        if decays:
            rows.write(variable, rows.read(variable) * keep)
        self.update_rows(rows, variable, slots, rate)

    def update_at_once(self, gradient: Any, variable: Any, slots: int, learning_rate: Any, keep: Any) -> bool:
        """Update the rows by one operation, their weights times `keep` first; False if there is none for them."""
        return False

    def _use_weight_decay(self, variable: Any) -> bool:
        # Of tables, only the rows that are looked up; see `update_step`.
        return not self._is_table[self._get_variable_index(variable)] and super()._use_weight_decay(variable)

    def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
        super()._apply_weight_decay([one for one in variables if part_of(one) is None])

    def _backend_update_step(self, gradients: Sequence[Any], variables: Sequence[Any], learning_rate: Any) -> None:
        if not self._has_parts:
            super()._backend_update_step(gradients, variables, learning_rate)
            return
        parts = [part_of(one) for one in variables]
        is_part = [part is not None for part in parts]
        sums = list(gradients)
        mirrored = [place for place, one in enumerate(parts) if one is None]
        pairs = self._all_reduce_sum_gradients([(gradients[place], variables[place].value) for place in mirrored])
        for place, (total, _) in zip(mirrored, pairs, strict=True):
            sums[place] = total
        sums = clip_summed(self, [each_row_once(one) if is_sparse(one) else one for one in sums], is_part)
        tf.__internal__.distribute.interim.maybe_merge_call(
            self._distributed_tf_update_step,
            self._distribution_strategy,
            [(sums[place], variables[place].value) for place in mirrored],
            learning_rate,
        )
        for one, part in zip(sums, parts, strict=True):
            if part is not None:
                self.update_step(one, part, learning_rate)

    def _clip_gradients(self, gradients: Sequence[Any]) -> list[Any]:
        if self._has_parts:
            # Not before they are summed, as those of its parts are: see `_backend_update_step`.
            return list(gradients)
        clipped = self.clipnorm or self.global_clipnorm or self.clipvalue
        if not clipped or not any(is_sparse(one) for one in gradients):
            return super()._clip_gradients(gradients)
        # The norm of the whole gradient is that of its rows, each once.
        once = [each_row_once(one) if is_sparse(one) else one for one in gradients]
        values = [one.values if is_sparse(one) else one for one in once]
        return [
            tf.IndexedSlices(value, one.indices, one.dense_shape) if is_sparse(one) else value
            for one, value in zip(once, super()._clip_gradients(values), strict=True)
        ]


def is_table(variable: Any) -> bool:
    """Whether a weight is looked up row by row."""
    return variable.path.split("/")[-1] == "embeddings" and len(variable.shape) == 2


def is_sparse(gradient: Any) -> bool:
    """Whether it is made of slices."""
    return isinstance(gradient, tf.IndexedSlices)


def each_row_once(gradient: tf.IndexedSlices) -> tf.IndexedSlices:
    """The same gradient with the slices of a row summed."""
    ids, place = tf.unique(gradient.indices)
    summed = tf.math.unsorted_segment_sum(gradient.values, place, tf.size(ids))
    return tf.IndexedSlices(summed, ids, gradient.dense_shape)


def dense(gradient: Any) -> Any:
    """The gradient as a tensor."""
    return tf.convert_to_tensor(gradient) if is_sparse(gradient) else gradient


def cast(gradient: Any, dtype: Any) -> Any:
    """The gradient in the type of what it updates."""
    return tf.cast(gradient, dtype) if is_sparse(gradient) else ops.cast(gradient, dtype)
