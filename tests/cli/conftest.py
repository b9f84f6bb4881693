"""One small bundle, trained by the command itself, that the tests of the command share."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from multimodal_zoo import cli, load_dataset

SMALL = [
    *("--set", "filters=(4, 8)", "--set", "embedding_dim=8", "--set", "units=8", "--set", "joint_dim=16"),
    *("--set", "missing_modalities=true", "--set", "fusion=gated"),
]


@dataclass(frozen=True)
class Run:
    """What one call of the command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; anything else there is an error."""
        return json.loads(self.out)


@pytest.fixture
def zoo(capfd, monkeypatch):
    """Call the command in this process; stdout and stderr are captured at the level of file descriptors."""
    # A width told by whoever runs the tests would cut the tables.
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*words):
        capfd.readouterr()
        code = cli.main([str(word) for word in words])
        return Run(code, *capfd.readouterr())

    return run


@dataclass(frozen=True)
class Trained:
    """A bundle and what `train --json` printed."""

    folder: Path
    document: dict[str, Any]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """`lstnet_diagnosis` after one epoch on the synthetic diagnosis set, with presence."""
    folder = tmp_path_factory.mktemp("cli") / "diagnosis"
    out = io.StringIO()
    words = [
        "train",
        "lstnet_diagnosis",
        "--data",
        "synthetic-diagnosis",
        "--out",
        str(folder),
        "--epochs",
        "1",
    ]
    with contextlib.redirect_stdout(out):
        code = cli.main([*words, "--seed", "3", *SMALL, "--json"])
    assert code == 0
    return Trained(folder, json.loads(out.getvalue()))


@pytest.fixture(scope="session")
def diagnosis():
    """The data set of the shared bundle."""
    return load_dataset("synthetic-diagnosis")


@pytest.fixture
def case(tmp_path, diagnosis):
    """The first record of the test split as a person has it: a file and a text."""
    record, _ = diagnosis.split("test")[0]
    image = tmp_path / "case.png"
    image.write_bytes(record["image"])
    return image, record["report"]
