"""TensorFlow starts once in each test process, before anything else, and quietly. A process that dies says where."""

import ctypes
import faulthandler
import gc
import os
import sys
import tempfile
from pathlib import Path

import pytest

from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()
import keras  # noqa: E402  (it would import TensorFlow with all its remarks)

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    # To rewrite a graph takes longer than it saves where the graph runs a few times. The processes that tests start
    # have what users have: those without Keras and in C that ask exports, those that train under a strategy.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
# TensorFlow's and Keras' own objects, about a million, need not be looked through at each collection of garbage.
gc.freeze()
gc.set_threshold(20_000, 50, 100)
# Networks are cycles, mostly outside Python's count of objects: they are collected when a process has grown by so much.
GROWTH = 1 << 30
resident_after_collection = 0
# What the workers that died have left, in the process that leads them.
CRASHES: list[str] = []


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


def resident() -> int:
    """Bytes of memory that this process has now; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


def pytest_runtest_logfinish():
    global resident_after_collection
    if resident() > resident_after_collection + GROWTH:
        gc.collect()
        if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim"):
            ctypes.CDLL(None).malloc_trim(0)  # glibc keeps what was freed otherwise
        resident_after_collection = resident()


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem, report, sched):
    """Tell the stack of a worker that died; the first such test of a run has one more try, in a new process.

    TensorFlow's own threads have crashed, rarely, in a process that had run hundreds of tests, in tests that pass by
    themselves. A test that crashes twice, and the second one that does, fails.
    """
    path = fault_file(report.node.workerinput["workerid"], report.node.workerinput["testrunuid"])
    stack = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    report.longrepr = f"{report.longrepr}\n{stack or 'It left no stack: killed from outside, as when memory runs out.'}"
    if not CRASHES:
        report.outcome = "crashed and tried again"
        sched.mark_test_pending(crashitem)
    CRASHES.append(report.longrepr)


def pytest_terminal_summary(terminalreporter):
    for crash in CRASHES:
        terminalreporter.section("a test process died")
        terminalreporter.write_line(crash)
