"""Trials in several processes of this machine, which share the file of the trials."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import pickle
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

import tensorflow as tf

from multimodal_zoo.training.tuning.search import Search
from multimodal_zoo.training.tuning.study import fail, open_study, trials_that_are
from multimodal_zoo.training.tuning.trial import remove_bundles, run_trials

# Seconds between two looks at what the workers have done.
LOOK = 0.5


def run_in_processes(search: Search, study: Any, workers: int, look: Callable[[], object]) -> None:
    """Run trials in so many processes until there are enough.

    A process that dies, as of too little memory, takes its trial with it: that has failed, and another takes its place.

    Args:
        search: what is tried; it is handed to each process.
        study: its trials.
        workers: how many processes.
        look: called every now and then.

    Raises:
        TypeError: the data cannot be handed to another process.
        RuntimeError: a process died before it had a trial.
    """
    try:
        pickle.dumps(search)
    except Exception as error:
        raise TypeError(
            f"The data cannot be handed to other processes ({error}). Give a DataSet, or leave out workers."
        ) from error
    # A fork of a process in which TensorFlow runs may hang.
    context = multiprocessing.get_context("spawn")
    running: dict[int, BaseProcess] = {}

    def start(number: int) -> None:
        running[number] = context.Process(target=work, args=(search, number, workers), daemon=True)
        running[number].start()

    try:
        for number in range(workers):
            start(number)
        while running:
            multiprocessing.connection.wait([one.sentinel for one in running.values()], LOOK)
            for number, process in list(running.items()):
                if process.exitcode is None:
                    continue
                del running[number]
                if process.exitcode != 0:
                    fail_of_dead(study, process)
                    remove_bundles(search, study)
                    start(number)
            look()
    finally:
        for process in running.values():
            process.terminate()
            process.join()


def work(search: Search, number: int, workers: int) -> None:
    """What each process does: its trials, on its part of the machine."""
    end_with_parent()
    tf.config.threading.set_intra_op_parallelism_threads(max(1, (os.cpu_count() or 1) // workers))
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        own = gpus[number % len(gpus)]
        tf.config.set_visible_devices(own, "GPU")
        # Others may have the same one.
        tf.config.experimental.set_memory_growth(own, True)
    try:
        run_trials(search, open_study(search))
    except KeyboardInterrupt:
        # Ctrl-C comes to all processes; the first one tells it.
        os._exit(1)


def end_with_parent() -> None:
    """End this process when the one that started it does: nobody would keep two searches apart."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def fail_of_dead(study: Any, process: BaseProcess) -> None:
    """Tell that the trial of a process that died has failed.

    Raises:
        RuntimeError: it had none.
    """
    status = process.exitcode
    how = f"was ended by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
    for one in trials_that_are(study, "RUNNING"):
        if one.user_attrs.get("process") == process.pid:
            fail(study, one.number, f"its process {how}")
            return
    raise RuntimeError(f"A worker of the search {how} before it had a trial; what it wrote to stderr says why.")
