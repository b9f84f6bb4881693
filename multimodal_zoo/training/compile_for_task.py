"""Compile a network as its task asks, unless it was compiled before."""

from __future__ import annotations

import keras

from multimodal_zoo.tasks import Task
from multimodal_zoo.training.optimizers import optimizer_named
from multimodal_zoo.training.predict_split import replicas_of
from multimodal_zoo.training.strategies import scope_of
from multimodal_zoo.training.table_parts.refuse_with_parts import refuse_with_parts


def compile_for_task(
    model: keras.Model,
    task: Task,
    optimizer: str,
    learning_rate: float,
    accumulate: int,
    jit_compile: bool | str,
) -> None:
    """Compile a network and make what its optimiser remembers; one that is compiled keeps its optimiser and loss.

    Args:
        model: network of the zoo.
        task: its task, which has the loss and what is watched.
        optimizer, learning_rate, accumulate, jit_compile: as of `fit`.

    Raises:
        UnknownName: there is no such optimiser.
        ValueError: `accumulate` is asked of a compiled model, `jit_compile` is none of its values or is True over
            several replicas, or the optimiser cannot update sharded tables.

    Example:
        >>> compile_for_task(model, task_named("ranking"), "lazy_adam", 1e-3, accumulate=1, jit_compile="auto")
    """
    if accumulate != 1 and model.compiled:
        raise ValueError(
            "The model is compiled: give its optimiser gradient_accumulation_steps, and leave out accumulate."
        )
    if jit_compile not in (True, False, "auto", "measure"):
        raise ValueError(f"jit_compile is True, False, 'auto' or 'measure', got {jit_compile!r}.")
    if jit_compile is True and (replicas := replicas_of(model)) > 1:
        raise ValueError(f"jit_compile=True does not go together with {replicas} replicas.")
    if not model.compiled:
        with scope_of(model):
            rule = optimizer_named(optimizer, learning_rate, model, accumulate)
            model.compile(rule, task.loss, metrics=task.watched())
    refuse_with_parts(model)
    if not model.optimizer.built:
        # A training step that has to make variables is traced twice, which takes most of the time of a short training.
        with scope_of(model):
            model.optimizer.build(model.trainable_variables)
