"""Contenders that start in a second: forks of one process that has imported everything and computed nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import runpy
import socket
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from alternate import CONTENDERS

# The start of a process with TensorFlow takes more time than many a measurement. It has no threads before its first
# operation, so until then it can be forked.
HELD = ["__main__", "keras", "multimodal_zoo.export", "multimodal_zoo.training"]
METHOD = multiprocessing.get_context("forkserver")
METHOD.set_forkserver_preload(HELD)


class ForkedContender:
    """As `alternate.Contender`, for scripts of this package. Of what was imported, its memory has what it uses.

    Args:
        name: for people.
        command: script in `contenders`, and its arguments.

    Raises:
        RuntimeError: it did not get ready; its message stands above.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name, self.samples, self.shares = name, [], []
        self.memory = self.processor_seconds = 0.0
        own, its = socket.socketpair()
        self.process = METHOD.Process(target=run_script, args=(list(command), its), daemon=True)
        self.process.start()
        its.close()
        self.lines = own.makefile("rw")
        own.close()
        self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line of JSON that it writes."""
        for line in self.lines:
            if line.startswith("{"):
                return json.loads(line)
        self.process.join()
        raise RuntimeError(f"{self.name} ended with status {self.process.exitcode}.")

    def burst(self, steps: int) -> None:
        """Let it make so many steps."""
        self.lines.write(f"{steps}\n")
        self.lines.flush()
        answer = self.answer()
        self.samples.append(answer["steps"])
        self.shares.append(answer["processor_share"])
        self.memory, self.processor_seconds = answer["peak_memory_mb"], answer["processor_seconds"]

    def end(self) -> None:
        """Let it go."""
        self.lines.close()
        self.process.join()


def run_script(command: list[str], lines: socket.socket) -> None:
    """Run a contender that is told its bursts by a socket in place of its standard input and output."""
    for stream in (0, 1):
        os.dup2(lines.fileno(), stream)
    lines.close()
    sys.stdin = open(0, closefd=False)
    # Keras has a remark on every fit.
    warnings.simplefilter("ignore")
    sys.path.insert(0, str(CONTENDERS))
    sys.argv = [str(CONTENDERS / command[0]), *command[1:]]
    runpy.run_path(sys.argv[0], run_name="__main__")
