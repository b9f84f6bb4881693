import subprocess
import sys

import pytest

from multimodal_zoo.export.formats import FormatError
from multimodal_zoo.export.formats.child_process import convert_in_child, measure_in_child, run_child


@pytest.mark.parametrize(("sent", "cause"), [("SEGV", "a defect of the converter"), ("KILL", "want of memory")])
def test_a_process_that_is_killed_is_a_clear_failure(tmp_path, monkeypatch, sent, cause):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nkill -{sent} $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(FormatError, match=f"Writing x failed: its process was ended by SIG{sent}, .*{cause}"):
        run_child("Writing x", do="convert")


def test_an_error_of_the_converter_is_told(tmp_path):
    with pytest.raises(FormatError, match="Writing litert failed: .*does not exist"):
        convert_in_child(tmp_path / "none", tmp_path / "model.tflite", "litert", None, tmp_path, 1)
    assert not (tmp_path / "model.tflite").exists()


def test_an_error_of_the_runtime_is_told(tmp_path):
    (tmp_path / "model.tflite").write_bytes(b"no model")
    with pytest.raises(FormatError, match="Running litert failed: "):
        measure_in_child(tmp_path / "model.tflite", "litert", tmp_path, 1, tmp_path)


def test_one_that_does_not_end_is_ended(monkeypatch):
    def too_long(*args, timeout, **kwargs):
        raise subprocess.TimeoutExpired(args, timeout)

    monkeypatch.setattr(subprocess, "run", too_long)
    with pytest.raises(FormatError, match="did not end within 3600 s"):
        run_child("Writing x", do="convert")
