"""TensorFlow starts once in each test process, before anything else, and quietly. A process that dies says where."""

import faulthandler
import os
import tempfile
from pathlib import Path

import pytest

from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()


def fault_file(worker: str, run: str) -> Path:
    """Where the interpreter of a worker of this run writes its stack when it crashes."""
    return Path(tempfile.gettempdir()) / f"multimodal_zoo-fault-{run}-{worker}.txt"


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        config.fault_output = fault_file(worker, os.environ["PYTEST_XDIST_TESTRUNUID"]).open("w")
        faulthandler.enable(config.fault_output)


def pytest_unconfigure(config):
    if hasattr(config, "fault_output"):
        faulthandler.disable()
        config.fault_output.close()
        Path(config.fault_output.name).unlink(missing_ok=True)


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem, report, sched):
    """Show the stack of a worker that died beside the name of the test it was in."""
    path = fault_file(report.node.workerinput["workerid"], report.node.workerinput["testrunuid"])
    stack = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    report.longrepr = f"{report.longrepr}\n{stack or 'It left no stack: killed from outside, as when memory runs out.'}"
