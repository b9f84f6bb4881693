"""Whether XLA makes the steps of a training faster: measured on its first batches, just before it begins."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.training.checkpoint import average_parts, state_parts
from multimodal_zoo.training.storage import written_whole

# XLA has to take at least this share less of the time of all steps, its compiling included.
MARGIN = 0.05
# Steps by either way, in turns: those that are not counted, and those whose median counts.
WARM_UP, ROUNDS = 2, 7
# Behind so many seconds of counted steps there are no further rounds.
MOST_SECONDS = 30.0
# Batches of the training that the steps are made with.
BATCHES = 4
FILE = "jit.json"


class MeasuredJit(keras.callbacks.Callback):
    """Compile the steps by XLA where that is faster over the whole training, and not otherwise.

    At the first step both ways are timed with the first batches. Then weights, optimiser, random generators and
    averages are put back, and the training takes the same batches: it goes as with the chosen way given from the start.
    A training that resumes keeps to what was chosen first.

    Stands before `Profile` among the callbacks.

    Args:
        network: the network of the zoo within the learner.
        steps: that the training has at most.
        work: where the choice is kept for a run that resumes; None keeps none.
        resumes: whether the training goes on from a checkpoint.

    Example:
        >>> measuring = MeasuredJit(model, steps=1000)
        >>> model.fit(batches, callbacks=[measuring])
        >>> measuring.record["xla"]
    """

    def __init__(self, network: keras.Model, steps: int, work: Path | None = None, resumes: bool = False) -> None:
        super().__init__()
        self.network, self.steps = network, steps
        self.file = work and work / FILE
        # What was measured and chosen; None until then.
        self.record: dict[str, Any] | None = None
        if resumes and self.file is not None and self.file.exists():
            self.record = json.loads(self.file.read_text())
        self.function: Callable[[Any], Any] | None = None
        # Batches that the measurement took from the training, and how many calls they are.
        self.taken: Iterator[Any] | None = None
        self.calls = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if self.record is not None:
            self.use(self.record["xla"], self.made(self.record["xla"]))
        else:
            self.model.train_function = self.step

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.taken, self.calls = None, 0

    def step(self, source: Any) -> Any:
        """Keras' function of a step, or of several at once; the first call measures.

        Args:
            source: an iterator over batches, or a list of batches, as from `Profile`.
        """
        function = self.choose(source) if self.function is None else self.function
        if self.calls:
            self.calls -= 1
            return function(self.taken)
        return function(source)

    def choose(self, source: Any) -> Callable[[Any], Any]:
        """Measure and choose; `source` is asked for a few batches, which the training then gets."""
        replay = source
        if not isinstance(source, list):
            batches = list(itertools.islice(source, BATCHES * self.model.steps_per_execution))
            # A shorter rest is the end of the data.
            self.calls = -(-len(batches) // self.model.steps_per_execution)
            self.taken = replayed(batches, source.element_spec)
            replay = replayed(itertools.cycle(batches), source.element_spec)
        functions = {xla: self.made(xla) for xla in (False, True)}
        with unchanged(self.model, self.network):
            self.record = chosen_by(measured(functions, replay), self.steps)
        if self.file is not None:
            with written_whole(self.file) as file:
                file.write(json.dumps(self.record).encode())
        xla = self.record["xla"]
        self.use(xla, functions[xla])
        return functions[xla]

    def made(self, xla: bool) -> Callable[[Any], Any]:
        """Keras' function of a step, compiled or not."""
        self.model.jit_compile = xla
        self.model.make_train_function(force=True)
        return self.model.train_function

    def use(self, xla: bool, function: Callable[[Any], Any]) -> None:
        """Train by this function, and validate the same way."""
        self.model.jit_compile, self.function = xla, function
        self.model.train_function = self.step
        self.model.test_function = self.model.predict_function = None


def replayed(batches: Any, spec: Any) -> Iterator[Any]:
    """An iterator over batches that a compiled function takes for the one whose elements have this spec."""
    return iter(tf.data.Dataset.from_generator(lambda: batches, output_signature=spec))


@contextlib.contextmanager
def unchanged(learner: keras.Model, network: keras.Model) -> Iterator[None]:
    """Put back, behind the block, all that a training step changes."""
    parts = [*state_parts(learner, network), *average_parts(learner)]
    # Copies: TensorFlow may write into the memory that it gives away.
    values = [np.array(one.numpy()) for one in parts]
    try:
        yield
    finally:
        # Averages that the first step made begin anew.
        learner.reset_metrics()
        for part, value in zip(parts, values, strict=True):
            part.assign(value)


def measured(functions: dict[bool, Callable[[Any], Any]], source: Any) -> dict[str, Any]:
    """Seconds of a call by either way.

    Args:
        functions: of a step, by whether XLA compiles it.
        source: of batches without end.

    Returns:
        `plain` and `xla`: medians; `compiling`: how much longer the first call by XLA took than the first plain one; or
        `refusal`: why XLA does not compile the step.
    """
    plain_first = seconds_of(functions[False], source)
    try:
        xla_first = seconds_of(functions[True], source)
    except Exception as error:
        # An operation that it lacks, a shape that it cannot know: there are many ways.
        return {"refusal": " ".join(str(error).split())[:200]}
    times: dict[bool, list[float]] = {False: [], True: []}
    for number in range(WARM_UP + ROUNDS):
        for xla, function in functions.items():
            taken = seconds_of(function, source)
            if number >= WARM_UP:
                times[xla].append(taken)
        if sum(times[False]) + sum(times[True]) > MOST_SECONDS:
            break
    return {
        "plain": float(np.median(times[False])),
        "xla": float(np.median(times[True])),
        "compiling": max(0.0, xla_first - plain_first),
    }


def seconds_of(function: Callable[[Any], Any], source: Any) -> float:
    """How long one call takes, until its device is done."""
    began = time.perf_counter()
    function(source)
    tf.test.experimental.sync_devices()
    return time.perf_counter() - began


def chosen_by(found: dict[str, Any], steps: int) -> dict[str, Any]:
    """Whether XLA is worth it, and by what.

    Args:
        found: as `measured` gives it.
        steps: over which compiling has to pay.

    Returns:
        JSON-ready: `xla`, and `plain_ms`, `xla_ms`, `compile_seconds`, `steps`, `margin`; or `refusal`.

    Example:
        >>> chosen_by({"plain": 0.02, "xla": 0.01, "compiling": 5.0}, steps=1000)["xla"]
        True
    """
    if "refusal" in found:
        return {"xla": False, **found}
    worth = steps * found["xla"] + found["compiling"] <= (1 - MARGIN) * steps * found["plain"]
    return {
        "xla": bool(worth),
        "plain_ms": round(1e3 * found["plain"], 4),
        "xla_ms": round(1e3 * found["xla"], 4),
        "compile_seconds": round(found["compiling"], 3),
        "steps": steps,
        "margin": MARGIN,
    }
