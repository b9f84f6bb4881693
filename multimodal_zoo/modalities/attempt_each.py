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
    finish: Callable[..., tuple[tf.Tensor, ...]],
    signature: tuple[tf.TensorSpec, ...],
) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
    """Apply `attempt`, which may fail, and then `finish`, which may not, to each element.

    TensorFlow's decoders raise on bad bytes and a graph cannot catch that. A `tf.data` pipeline inside the graph can:
    it drops the elements whose mapping fails. It prepares `attempt` anew for every batch, which takes time in
    proportion to the operations in it: so only the one or two that can fail belong there, and the rest in `finish`.

    Args:
        elements: `(batch,)` string tensor. Empty strings are not tried.
        attempt: from a scalar string tensor to tensors of any shape.
        works: an element on which `attempt` does not fail.
        finish: from those tensors to tensors of the shapes that `signature` gives.
        signature: of what `finish` returns for one element.

    Returns:
        `(batch,)` bool, False where nothing was given or the attempt failed, and what `finish` returned, `(batch, ...)`
        each, zeros (False, empty) where it did not.
    """
    batch = tf.shape(elements)[0]
    given = tf.cast(tf.where(tf.strings.length(elements) > 0)[:, 0], tf.int32)
    specs: list[tf.TensorSpec] = []

    def one(row: tf.Tensor, element: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        results = list(attempt(element))
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

    def attempted(in_parallel: int | None) -> tuple[tf.Tensor, tf.Tensor]:
        pipeline = numbered.map(one, num_parallel_calls=in_parallel).ignore_errors()
        return pipeline.batch(tf.size(given, tf.int64) + 1).with_options(options).get_single_element()

    # To wake other threads for one element would take longer than the element.
    rows, optionals = tf.cond(tf.size(given) > 1, lambda: attempted(PARALLEL_ATTEMPTS), lambda: attempted(None))
    rows, optionals = rows[:-1, None], optionals[:-1]

    def opened(optional: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return finish(
            *tf.raw_ops.OptionalGetValue(
                optional=optional,
                output_types=[spec.dtype for spec in specs],
                output_shapes=[spec.shape for spec in specs],
            )
        )

    finished = tf.map_fn(opened, optionals, fn_output_signature=signature) if signature else ()
    back = tuple(
        tf.ensure_shape(
            tf.scatter_nd(rows, values, tf.concat([batch[None], tf.constant(spec.shape.as_list(), tf.int32)], 0)),
            (None, *spec.shape),
        )
        for values, spec in zip(finished, signature, strict=True)
    )
    return tf.scatter_nd(rows, tf.ones_like(rows[:, 0]), batch[None]) > 0, back
