"""What a training with sharded tables cannot do, told before it begins."""

from __future__ import annotations

import keras

from multimodal_zoo.training.optimizers.lazy_rows import LazyRows
from multimodal_zoo.training.table_parts.table_part import part_of


def refuse_with_parts(model: keras.Model) -> None:
    """Refuse what does not go with tables of which each worker holds a part; of other networks nothing.

    Args:
        model: compiled.

    Raises:
        ValueError: with the reason.
    """
    tables = [weight for weight in model.trainable_variables if part_of(weight) is not None]
    optimizer = model.optimizer
    if tables and isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            "mixed_float16 scales the loss by whether all gradients are finite, and of a sharded table each worker "
            "sees only its own: use mixed_bfloat16 or float32."
        )
    for table in tables:
        rule = optimizer_of(table, optimizer)
        if not isinstance(rule, LazyRows):
            raise ValueError(
                "Sharded tables need an optimiser that updates rows where they lie: LazyAdam, LazyAdagrad or LazyFtrl; "
                f"got {type(rule).__name__}."
            )
        if rule.gradient_accumulation_steps:
            raise ValueError(
                "Gradients of sharded tables cannot be added up over batches, as all rows would be: leave out "
                "accumulate, or make the batch larger."
            )
        if rule.use_ema:
            raise ValueError("use_ema=True averages all rows in each step: leave it out with sharded tables.")


def optimizer_of(variable: keras.Variable, optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """What updates a weight."""
    if isinstance(optimizer, keras.optimizers.MultiOptimizer):
        return next(one for one in optimizer.optimizers if variable in one._trainable_variables)
    return optimizer
