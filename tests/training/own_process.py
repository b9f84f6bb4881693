"""A training in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings


def run_in_own_process(program: str, *arguments: str, timeout: float = 400) -> subprocess.CompletedProcess:
    """Runs a program, and once more, with a warning, where a signal ended it.

    TensorFlow's own threads have crashed, rarely, during a training: see `tests/conftest.py`.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-X", "faulthandler", "-c", program, *arguments]

    def run() -> subprocess.CompletedProcess:
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=timeout)

    done = run()
    if done.returncode >= 0:
        return done
    warnings.warn(f"The process died of signal {-done.returncode} and was tried again:\n{done.stderr}", stacklevel=2)
    return run()
