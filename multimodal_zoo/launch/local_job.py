"""Workers that are processes of this machine: started together, watched, and started again together when one dies."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

INTERRUPTED, WRONG_USAGE = 130, 2
# Seconds that a worker has to end by itself, once another has died or the job is to end.
GRACE = 10.0


def run_local_job(
    command: Sequence[str],
    workers: int,
    restarts: int = 0,
    *,
    environment: Mapping[str, str] | None = None,
    plain_stdout: bool = False,
    grace: float = GRACE,
) -> int:
    """Run a command in several processes that know of each other through TF_CONFIG, until all are done.

    When one of them dies, the others are ended, since they cannot go on without it, and all are started again, on new
    ports: `fit(out=...)` then goes on from the last finished epoch. A worker that says it was used wrongly (exit status
    2) is not started again. Ctrl-C and SIGTERM are passed on to all.

    Each line that a worker writes is passed on with its number in front. On a machine with GPUs each worker gets its
    share of them, through CUDA_VISIBLE_DEVICES.

    Args:
        command: words, such as `["python", "train.py"]`.
        workers: number of processes.
        restarts: how often the job may be started again.
        environment: of the workers, beside TF_CONFIG; by default that of this process.
        plain_stdout: the first worker's stdout goes to stdout as it is, and that of the others to stderr.
        grace: seconds from the signal to end to the one that kills.

    Returns:
        0 where all ended well, otherwise the exit status of the worker that died first: 128 + the number of the signal
        where it was one, and 130 after Ctrl-C.

    Raises:
        ValueError: fewer than one worker, or GPUs that cannot be shared evenly.

    Example:
        >>> run_local_job(["multimodal-zoo", "train", "deepfm", "--data", "ml-100k", "--out", "runs/deepfm"], 2)
        0
    """
    if workers < 1 or restarts < 0:
        raise ValueError(f"There is at least one worker and no negative number of restarts, got {workers}, {restarts}.")
    environment = dict(os.environ if environment is None else environment)
    shares = gpu_shares(environment, workers)
    with signals_kept() as received:
        for left in range(restarts, -1, -1):
            started = start_workers(command, environment, shares, plain_stdout)
            try:
                status = wait_for(started, received)
            finally:
                end_workers(started, received[-1] if received else signal.SIGTERM, grace)
            if received:
                return INTERRUPTED if received[0] == signal.SIGINT else 128 + received[0]
            if status in (0, WRONG_USAGE) or not left:
                return status
            print(f"A worker ended with status {status}: all are started again.", file=sys.stderr, flush=True)
    raise AssertionError("the last round returns")


class Worker:
    """One process of the job and the threads that pass on what it writes."""

    def __init__(self, number: int, command: Sequence[str], environment: Mapping[str, str], plain: bool) -> None:
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C in a terminal reaches the whole group: here it is to reach the launcher, who passes it on once.
            start_new_session=True,
        )
        prefix = f"[{number}] ".encode()
        out, err = sys.stdout.buffer, sys.stderr.buffer
        routes = [
            (self.process.stdout, (err, prefix) if plain else (out, prefix)),
            (self.process.stderr, (err, prefix)),
        ]
        if plain and number == 0:
            routes[0] = (self.process.stdout, (out, b""))
        self.threads = [
            threading.Thread(target=pass_on, args=(source, *target), daemon=True) for source, target in routes
        ]
        for thread in self.threads:
            thread.start()


def pass_on(source: IO[bytes], target: IO[bytes], prefix: bytes) -> None:
    """Copy line by line, each with a prefix."""
    for line in source:
        target.write(prefix + line)
        target.flush()


def start_workers(
    command: Sequence[str], environment: Mapping[str, str], shares: Sequence[str | None], plain: bool
) -> list[Worker]:
    """One process for each share of the GPUs."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(len(shares))]
    started = []
    for number, share in enumerate(shares):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": number}}
        # Unbuffered: what a worker writes is to be seen when it writes it.
        own = {**environment, "TF_CONFIG": json.dumps(config), "PYTHONUNBUFFERED": "1"}
        if share is not None:
            own["CUDA_VISIBLE_DEVICES"] = share
        started.append(Worker(number, command, own, plain))
    return started


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def gpu_shares(environment: Mapping[str, str], workers: int) -> list[str | None]:
    """CUDA_VISIBLE_DEVICES of each worker; None leaves it as it is, where there are no GPUs."""
    if "CUDA_VISIBLE_DEVICES" in environment:
        gpus = [one for one in environment["CUDA_VISIBLE_DEVICES"].split(",") if one.strip() and one.strip() != "-1"]
    elif shutil.which("nvidia-smi"):
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=False).stdout
        gpus = [str(number) for number, line in enumerate(listed.splitlines()) if line.startswith("GPU ")]
    else:
        gpus = []
    if not gpus:
        return [None] * workers
    if len(gpus) % workers:
        raise ValueError(
            f"{len(gpus)} GPUs cannot be shared evenly by {workers} workers. Choose another number of workers, or set "
            "CUDA_VISIBLE_DEVICES: to some of the GPUs, or empty for the CPU."
        )
    each = len(gpus) // workers
    return [",".join(gpus[number * each : (number + 1) * each]) for number in range(workers)]


def wait_for(workers: Sequence[Worker], received: Sequence[int]) -> int:
    """0 once all have ended well; before that, the status of the first that did not. Also ends on a signal."""
    while not received:
        codes = [worker.process.poll() for worker in workers]
        # The one that was killed, and not those that failed because of it.
        failed = sorted((code for code in codes if code), key=lambda code: (code > 0, code != WRONG_USAGE))
        if failed:
            return failed[0] if failed[0] > 0 else 128 - failed[0]
        if all(code == 0 for code in codes):
            return 0
        time.sleep(0.1)
    return INTERRUPTED


def end_workers(workers: Sequence[Worker], number: int, grace: float) -> None:
    """Signal those that still run, and kill those that do not end."""
    for worker in workers:
        if worker.process.poll() is None:
            worker.process.send_signal(number)
    end = time.monotonic() + grace
    for worker in workers:
        try:
            worker.process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        for thread in worker.threads:
            # A process that the worker has left behind may hold its pipe.
            thread.join(1.0)


@contextlib.contextmanager
def signals_kept() -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM are put down in a list instead of ending the program."""
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {
        one: signal.signal(one, lambda number, _: received.append(number)) for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield received
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
