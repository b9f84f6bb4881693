"""A process with TensorFlow and neither Keras nor this package, which asks artefacts and tells what they answered."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("without_keras.py")
PATIENCE = 300


class KerasFreeProcess:
    """Runs `without_keras.py` and sends it requests, line by line.

    Args:
        work: an empty folder to run in, where nothing can be imported from.
    """

    def __init__(self, work: Path):
        self.said = work / "stderr.txt"
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        with self.said.open("w") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env={**environment, "TF_CPP_MIN_LOG_LEVEL": "3"},
                cwd=work,
            )
        self.answers = selectors.DefaultSelector()
        self.answers.register(self.process.stdout, selectors.EVENT_READ)

    def __enter__(self) -> KerasFreeProcess:
        return self

    def __exit__(self, *_: Any) -> None:
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def ask(self, folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
        """Answers of the raw signatures of an artefact: signature -> output -> values.

        Args:
            folder: of the artefact.
            asked: input -> {"dtype", "values"}; bytes as hexadecimal text.

        Raises:
            AssertionError: the artefact did not load or answer, or something that is to be missing was imported.
        """
        self.process.stdin.write(json.dumps({"folder": str(folder), "asked": asked}) + "\n")
        self.process.stdin.flush()
        assert self.answers.select(PATIENCE), f"no answer for {PATIENCE} seconds: {self.said.read_text()}"
        line = self.process.stdout.readline()
        assert line, f"the process without Keras died: {self.said.read_text()}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer
