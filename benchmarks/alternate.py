"""Contenders that train in turns: each in a process of its own, burst by burst, so that all meet the same machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ratios import ratios_of_times

CONTENDERS = Path(__file__).with_name("contenders")
PEERS = Path(os.environ.get("MULTIMODAL_ZOO_TRAINING_PEERS", "~/.cache/multimodal_zoo/training-peers")).expanduser()

# The contender of this name is this package by TensorFlow's own operations alone: what `multimodal-zoo compile` made is
# looked for in a folder that is not there.
NOT_COMPILED = "not compiled"


class Contender:
    """A process that waits for bursts of training steps.

    Args:
        name: for people.
        command: script in `contenders`, and its arguments.
        environment: variables set for it.

    Raises:
        RuntimeError: it did not get ready.
    """

    def __init__(self, name: str, command: Sequence[str], **environment: str) -> None:
        self.name, self.samples, self.shares, self.memory = name, [], [], 0.0
        # Behind this environment's own packages, where the peers have some of the same.
        paths = [str(CONTENDERS), str(Path(__file__).parent.parent), *os.environ.get("PYTHONPATH", "").split(":")]
        if name.startswith(NOT_COMPILED):
            environment["MULTIMODAL_ZOO_CACHE"] = "/no-such-folder"
        start = f"import sys, runpy; sys.path.append({str(PEERS)!r}); sys.argv = sys.argv[1:]; "
        start += "runpy.run_path(sys.argv[0], run_name='__main__')"
        self.process = subprocess.Popen(
            [sys.executable, "-c", start, str(CONTENDERS / command[0]), *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if os.environ.get("MULTIMODAL_ZOO_DEBUG") != "1" else None,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment, "PYTHONPATH": ":".join(filter(None, paths))},
        )
        self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line of JSON that it writes."""
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        told = self.process.stderr.read() if self.process.stderr else ""
        raise RuntimeError(f"{self.name} ended with status {self.process.wait()}: {told[-2000:]}")

    def burst(self, steps: int) -> None:
        """Let it make so many steps."""
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = self.answer()
        self.samples.append(answer["steps"])
        self.shares.append(answer["processor_share"])
        self.memory = answer["peak_memory_mb"]

    def end(self) -> None:
        """Let it go."""
        self.process.stdin.close()
        self.process.wait()


def alternate(contenders: Sequence[Contender], steps: Mapping[str, int] | int, rounds: int) -> None:
    """Bursts of all contenders in turns, in another order each round; ends them."""
    for number in range(rounds):
        order = contenders[number % len(contenders) :] + contenders[: number % len(contenders)]
        for contender in order:
            contender.burst(steps if isinstance(steps, int) else steps[contender.name])
    for contender in contenders:
        contender.end()


def milliseconds(contender: Contender) -> float:
    """Median of its steps."""
    return float(np.median(np.concatenate(contender.samples))) * 1e3


def times_as_long(contender: Contender, other: Contender) -> str:
    """Ratio of the medians of two contenders, with the quartiles of the ratios of the rounds."""
    low, high = np.quantile(ratios_of_times(other.samples, contender.samples), [0.25, 0.75])
    return f"{milliseconds(contender) / milliseconds(other):.2f} [{low:.2f}, {high:.2f}]"


def limits(before: Mapping[str, float] | None = None) -> dict[str, float]:
    """What this machine reaches at most: a product of matrices, and copying; or what it reached before, if more."""
    one = np.random.default_rng(0).normal(size=(4096, 4096)).astype("float32")
    source = np.ones(2**27, "float32")
    target = np.empty_like(source)
    products, copies = [], []
    for _ in range(5):
        started = time.perf_counter()
        one @ one
        products.append(2 * 4096**3 / (time.perf_counter() - started) / 1e9)
        started = time.perf_counter()
        np.copyto(target, source)
        # Read once and written once.
        copies.append(2 * source.nbytes / (time.perf_counter() - started) / 1e9)
    reached = {"sgemm, GFLOP/s": round(max(products), 1), "copy, GB/s": round(max(copies), 1)}
    return {name: max(value, (before or {}).get(name, 0.0)) for name, value in reached.items()}
