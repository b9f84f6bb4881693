"""A Triton Inference Server on this machine alone, out of the wheel nvidia-pytriton (`make triton` installs it)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from pathlib import Path
from typing import Self

SECONDS_TO_START = 300
HERE_ONLY = "127.0.0.1"


def triton_folder() -> Path | None:
    """Where the wheel is installed, if it is: the folder that MULTIMODAL_ZOO_TRITON names."""
    named = os.environ.get("MULTIMODAL_ZOO_TRITON")
    return Path(named) if named else None


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HERE_ONLY, 0))
        return one.getsockname()[1]


class TritonServer:
    """The server of a model repository while the block runs.

    Args:
        repository: of models.
        log: file for what the server writes.
        folder: where the wheel is installed.
    """

    def __init__(self, repository: Path, log: Path, folder: Path) -> None:
        self._log = log
        self.http, self.grpc = free_port(), free_port()
        home = folder / "pytriton" / "tritonserver"
        self._command = [
            home / "bin" / "tritonserver",
            f"--model-repository={repository.absolute()}",
            f"--backend-directory={home / 'backends'}",
            *(f"--{one}-address={HERE_ONLY}" for one in ("http", "grpc")),
            f"--http-port={self.http}",
            f"--grpc-port={self.grpc}",
            "--allow-metrics=false",
            # Or each model is loaded twice.
            "--disable-auto-complete-config",
        ]
        # The Python inside the server looks at neither PYTHONPATH nor the executable that started us: it takes the
        # first python3 of PATH for its own, and the working folder goes first of all. NumPy 1, with which it was
        # built, has to be found before the NumPy 2 of this environment.
        self._folder = folder / "numpy1"
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "LD_LIBRARY_PATH": os.pathsep.join(
                [sysconfig.get_config_var("LIBDIR"), str(folder / "nvidia_pytriton.libs")]
            ),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }

    @property
    def url(self) -> str:
        """For clients of HTTP."""
        return f"http://{HERE_ONLY}:{self.http}"

    @property
    def target(self) -> str:
        """For clients of gRPC."""
        return f"{HERE_ONLY}:{self.grpc}"

    def __enter__(self) -> Self:
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(
                self._command, stdout=log, stderr=subprocess.STDOUT, env=self._environment, cwd=self._folder
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self) -> None:
        end = time.monotonic() + SECONDS_TO_START
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Triton did not start:\n{self.failures() or 'It took too long.'}")
            time.sleep(0.2)

    def failures(self) -> str:
        """What the server wrote of errors; it begins such lines with E."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(line for line in lines if line.startswith(("E", "error")))[-6000:]

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/v2/health/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
