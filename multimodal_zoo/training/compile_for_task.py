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
    steps_per_execution: int,
    steps: int,
) -> None:
    """Compile a network and make what its optimiser remembers; one that is compiled keeps its optimiser and loss.

    Args:
        model: network of the zoo.
        task: its task, which has the loss and what is watched.
        optimizer, learning_rate, accumulate, jit_compile, steps_per_execution: as of `fit`.
        steps: of an epoch.

    Raises:
        UnknownName: there is no such optimiser.
        ValueError: `accumulate` or `steps_per_execution` is asked of a compiled model, `jit_compile` is none of its
            values, it or several steps per execution are asked for over several replicas, an epoch is no whole number
            of executions, or the optimiser cannot update sharded tables.

    Example:
        >>> compile_for_task(model, task_named("ranking"), "lazy_adam", 1e-3, 1, "auto", 1, steps=250)
    """
    replicas = replicas_of(model)
    if accumulate != 1 and model.compiled:
        raise ValueError(
            "The model is compiled: give its optimiser gradient_accumulation_steps, and leave out accumulate."
        )
    if steps_per_execution != 1 and model.compiled:
        raise ValueError("The model is compiled: give steps_per_execution to its compile(), and not to fit.")
    if steps_per_execution != 1 and replicas > 1:
        raise ValueError(f"steps_per_execution={steps_per_execution} does not go together with {replicas} replicas.")
    if jit_compile not in (True, False, "auto", "measure"):
        raise ValueError(f"jit_compile is True, False, 'auto' or 'measure', got {jit_compile!r}.")
    if jit_compile is True and replicas > 1:
        raise ValueError(f"jit_compile=True does not go together with {replicas} replicas.")
    if not model.compiled:
        with scope_of(model):
            rule = optimizer_named(optimizer, learning_rate, model, accumulate)
            model.compile(rule, task.loss, metrics=task.watched(), steps_per_execution=steps_per_execution)
    at_once = model.steps_per_execution
    if at_once < 1 or steps % at_once:
        # Keras would take what is missing of the last execution from the next epoch.
        fitting = ", ".join(str(number) for number in range(1, min(steps, 100) + 1) if steps % number == 0)
        raise ValueError(f"steps_per_execution={at_once} does not divide the {steps} steps of an epoch; {fitting} do.")
    refuse_with_parts(model)
    if not model.optimizer.built:
        # A training step that has to make variables is traced twice, which takes most of the time of a short training.
        with scope_of(model):
            model.optimizer.build(model.trainable_variables)
