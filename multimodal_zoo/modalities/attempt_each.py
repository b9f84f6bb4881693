"""Try an operation on each element of a batch, so that one broken element harms no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

# A small fixed number: the graph may be served on another machine than the one that wrote it.
PARALLEL_ATTEMPTS = 4


def attempt_each(
    elements: tf.Tensor,
    attempt: Callable[[tf.Tensor], Sequence[tf.Tensor]],
    works: bytes,
    finish: Callable[..., tuple[tf.Tensor, ...]] | None,
    signature: tuple[tf.TensorSpec, ...],
) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
    """Apply `attempt`, which may fail, and then `finish`, which may not, to each element.

    TensorFlow's decoders raise on bad bytes and a graph cannot catch that. A `tf.data` pipeline inside the graph can:
    it drops the elements whose mapping fails. It prepares `attempt` anew for every batch, which takes time in
    proportion to the operations in it: what has many of them and cannot fail belongs in `finish`. A few are better off
    in `attempt`, which finds the element still in the cache of the processor.

    Args:
        elements: `(batch,)` string tensor. Empty strings are not tried.
        attempt: from a scalar string tensor to tensors of any shape; to those of `signature` if there is no `finish`.
        works: an element on which `attempt` does not fail.
        finish: from those tensors to tensors of the shapes that `signature` gives; None where nothing is left to do.
        signature: of what comes out for one element.

    Returns:
        `(batch,)` bool, False where nothing was given or the attempt failed, and what came out, `(batch, ...)` each,
        zeros (False, empty) where nothing did.
    """
    batch = tf.shape(elements)[0]
    given = tf.cast(tf.where(tf.strings.length(elements) > 0)[:, 0], tf.int32)
    specs: list[tf.TensorSpec] = []

    def one(row: tf.Tensor, element: tf.Tensor) -> tuple[tf.Tensor, ...]:
        results = list(attempt(element))
        if finish is None:
            return row, *results
        specs[:] = [tf.TensorSpec(result.shape, result.dtype) for result in results]
        # An optional holds tensors of any shapes in one scalar, and none is copied.
        return row, tf.raw_ops.OptionalFromValue(components=results)

    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.deterministic = True
    # The element that works comes last, so that there is always one: a pipeline that yields nothing fails.
    numbered = tf.data.Dataset.from_tensor_slices(
        (tf.concat([given, batch[None]], 0), tf.concat([tf.gather(elements, given), [works]], 0))
    )

    def attempted(in_parallel: int | None) -> tuple[tf.Tensor, ...]:
        pipeline = numbered.map(one, num_parallel_calls=in_parallel).ignore_errors()
        return pipeline.batch(tf.size(given, tf.int64) + 1).with_options(options).get_single_element()

    # To wake other threads for one element would take longer than the element.
    rows, *values = tf.cond(tf.size(given) > 1, lambda: attempted(PARALLEL_ATTEMPTS), lambda: attempted(None))
    rows, values = rows[:-1, None], [value[:-1] for value in values]

    def opened(optional: tf.Tensor) -> tuple[tf.Tensor, ...]:
        assert finish is not None
        return finish(
            *tf.raw_ops.OptionalGetValue(
                optional=optional,
                output_types=[spec.dtype for spec in specs],
                output_shapes=[spec.shape for spec in specs],
            )
        )

    if finish is not None:
        values = tf.map_fn(opened, *values, fn_output_signature=signature) if signature else ()

    def put_back(value: tf.Tensor, spec: tf.TensorSpec) -> tf.Tensor:
        shape = tf.concat([batch[None], tf.constant(spec.shape.as_list(), tf.int32)], 0)
        # Mostly all elements work, and then each is in its place.
        back = tf.cond(tf.shape(rows)[0] == batch, lambda: value, lambda: tf.scatter_nd(rows, value, shape))
        return tf.ensure_shape(back, (None, *spec.shape))

    back = tuple(put_back(value, spec) for value, spec in zip(values, signature, strict=True))
    return tf.scatter_nd(rows, tf.ones_like(rows[:, 0]), batch[None]) > 0, back
