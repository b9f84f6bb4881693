"""What every contender answers: told a number of steps, how long each of them took."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path


def answer_bursts(run: Callable[[int], list[float]], warming: int = 5) -> None:
    """Answer each line of stdin, a number of steps, with a line of JSON.

    Args:
        run: makes that many training steps and gives the moment (`time.perf_counter`) at the end of each.
        warming: steps before it is ready.
    """
    # The first steps trace, allocate and warm the caches.
    run(warming)
    answer = os.fdopen(os.dup(1), "w")
    answer.write(json.dumps({"ready": os.getpid()}) + "\n")
    answer.flush()
    for line in sys.stdin:
        processor, started = time.process_time(), time.perf_counter()
        ends = run(int(line))
        document = {
            # From the first end to the last: what is set up and torn down around the steps is none of them.
            "steps": [late - early for early, late in zip(ends, ends[1:], strict=False)],
            "processor_share": (time.process_time() - processor) / (time.perf_counter() - started),
            "processor_seconds": time.process_time(),
            "peak_memory_mb": peak_memory_mb(),
        }
        answer.write(json.dumps(document) + "\n")
        answer.flush()


def peak_memory_mb() -> float:
    """The most memory that this program has had: on Linux; what getrusage tells there is also that of its parent."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0
