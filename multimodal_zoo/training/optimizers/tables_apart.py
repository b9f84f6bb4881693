"""One optimiser for the embedding tables, another for everything else."""

from __future__ import annotations

import keras

# What Keras and the zoo call the weight of an embedding.
TABLES = "(.*/)?embeddings"


def tables_apart(
    tables: keras.optimizers.Optimizer, others: keras.optimizers.Optimizer
) -> keras.optimizers.MultiOptimizer:
    """An optimiser that updates the embedding tables in one way and the other weights in another.

    Args:
        tables: for the tables, such as `LazyAdagrad(0.05)`.
        others: for all other weights, such as `keras.optimizers.Adam(1e-3)`.

    Raises:
        ValueError: both are one and the same.

    Example:
        >>> model.compile(tables_apart(LazyAdagrad(0.05), keras.optimizers.Adam(1e-3)), "binary_crossentropy")
    """
    if tables is others:
        raise ValueError("tables_apart() takes two optimisers, each with a state of its own; got the same one twice.")
    return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(others, {TABLES: tables}))
