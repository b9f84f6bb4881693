"""The optimiser that a person names, or the one that suits the network's tables."""

from __future__ import annotations

import keras

from multimodal_zoo.training.optimizers.lazy_adagrad import LazyAdagrad
from multimodal_zoo.training.optimizers.lazy_adam import LazyAdam
from multimodal_zoo.training.optimizers.lazy_ftrl import LazyFtrl
from multimodal_zoo.training.optimizers.lazy_rows import is_table
from multimodal_zoo.training.table_parts.table_part import parts_in
from multimodal_zoo.unknown_name import UnknownName

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "lazy_adam": LazyAdam,
    "adagrad": keras.optimizers.Adagrad,
    "lazy_adagrad": LazyAdagrad,
    "ftrl": keras.optimizers.Ftrl,
    "lazy_ftrl": LazyFtrl,
    "sgd": keras.optimizers.SGD,
}
# From so many rows on, updating all of them takes longer than what networks on tables do beside it.
MANY_ROWS = 100_000


def optimizer_named(
    name: str, learning_rate: float, model: keras.Model, accumulate: int = 1
) -> keras.optimizers.Optimizer:
    """The optimiser of a name, for a network.

    Args:
        name: "adam", "adagrad", "ftrl" or "sgd"; one of "lazy_adam", "lazy_adagrad" and "lazy_ftrl", whose step does
            not grow with the embedding tables; or "auto": "lazy_adam" for a network whose tables have more than
            100,000 rows in all, or sharded ones, otherwise "adam".
        learning_rate: its rate.
        model: the network to train.
        accumulate: how many batches are added up before the weights move.

    Raises:
        UnknownName: there is none of that name.

    Example:
        >>> optimizer_named("auto", 1e-3, deepfm({"item": Categorical(5_000_000)})).name
        'lazy_adam'
    """
    if name == "auto":
        name = "lazy_adam" if rows_of_tables(model) > MANY_ROWS or parts_in(model.trainable_variables) else "adam"
    if name not in OPTIMIZERS:
        raise UnknownName("optimizer", name, ("auto", *OPTIMIZERS))
    return OPTIMIZERS[name](learning_rate, gradient_accumulation_steps=accumulate if accumulate > 1 else None)


def rows_of_tables(model: keras.Model) -> int:
    """Rows of all trained embedding tables of a network."""
    return sum(weight.shape[0] for weight in model.trainable_variables if is_table(weight))
