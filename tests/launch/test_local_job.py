"""The launcher, with programs that need no TensorFlow."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from multimodal_zoo.launch import run_local_job
from multimodal_zoo.launch.local_job import gpu_shares

HEAD = """
import json, os, signal, sys, time
from pathlib import Path
config = json.loads(os.environ["TF_CONFIG"])
worker, folder = config["task"]["index"], Path(sys.argv[1])
start = 1 + len(list(folder.glob(f"start-{worker}-*")))
(folder / f"start-{worker}-{start}").write_text(json.dumps(config))
"""
# What a launcher in a process of its own runs; it waits for `ready` of both workers before it is interrupted.
LAUNCHER = """
import sys
from multimodal_zoo.launch import run_local_job
sys.exit(run_local_job([sys.executable, "-c", *sys.argv[1:]], 2, restarts=3, grace=5.0))
"""


def run(program, folder, workers=2, **settings):
    return run_local_job([sys.executable, "-c", HEAD + program, str(folder)], workers, **settings)


def configs(folder, start=1):
    return [json.loads(path.read_text()) for path in sorted(folder.glob(f"start-*-{start}"))]


def test_each_worker_knows_its_number_and_the_same_addresses(tmp_path):
    assert run("", tmp_path, workers=3) == 0
    found = configs(tmp_path)
    assert [one["task"] for one in found] == [{"type": "worker", "index": number} for number in range(3)]
    assert found[0]["cluster"] == found[1]["cluster"] == found[2]["cluster"]
    assert len(set(found[0]["cluster"]["worker"])) == 3


def test_lines_carry_the_number_of_their_worker(tmp_path, capfd):
    assert run("print('one'); print('two', file=sys.stderr)", tmp_path) == 0
    seen = capfd.readouterr()
    assert sorted(seen.out.splitlines()) == ["[0] one", "[1] one"]
    assert sorted(seen.err.splitlines()) == ["[0] two", "[1] two"]


def test_plain_stdout_is_that_of_the_first_worker(tmp_path, capfd):
    assert run("print(worker, 'says')", tmp_path, plain_stdout=True) == 0
    seen = capfd.readouterr()
    assert seen.out == "0 says\n"
    assert seen.err == "[1] 1 says\n"


def test_when_one_is_killed_all_are_started_again_on_other_ports(tmp_path, capfd):
    program = "if start == 1:\n    os.kill(os.getpid(), signal.SIGKILL) if worker == 1 else time.sleep(60)"
    began = time.monotonic()
    assert run(program, tmp_path, restarts=1) == 0
    assert time.monotonic() - began < 30, "the worker that waits for the other has to be ended"
    assert len(configs(tmp_path, 1)) == len(configs(tmp_path, 2)) == 2
    assert configs(tmp_path, 1)[0]["cluster"] != configs(tmp_path, 2)[0]["cluster"]
    assert "A worker ended with status 137: all are started again." in capfd.readouterr().err


def test_after_the_last_restart_the_status_is_that_of_the_failure(tmp_path):
    assert run("sys.exit(7 if worker == 0 else 0)", tmp_path, restarts=2) == 7
    assert len(list(tmp_path.glob("start-0-*"))) == 3
    assert run("os.kill(os.getpid(), signal.SIGKILL)", tmp_path, workers=1) == 137


def test_wrong_usage_is_not_tried_again(tmp_path):
    assert run("sys.exit(2)", tmp_path, restarts=5) == 2
    assert len(list(tmp_path.glob("start-0-*"))) == 1


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_reach_every_worker_and_nothing_is_started_again(tmp_path, number, status):
    program = HEAD + (
        "signal.signal(signal.SIGINT, lambda *_: ((folder / f'told-{worker}').write_text('INT'), sys.exit(1)))\n"
        "signal.signal(signal.SIGTERM, lambda *_: ((folder / f'told-{worker}').write_text('TERM'), sys.exit(1)))\n"
        "(folder / f'ready-{worker}').touch()\ntime.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", LAUNCHER, program, str(tmp_path)]
    with subprocess.Popen(command, env=environment) as launcher:
        end = time.monotonic() + 60
        while len(list(tmp_path.glob("ready-*"))) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        launcher.send_signal(number)
        assert launcher.wait(30) == status
    assert [(tmp_path / f"told-{worker}").read_text() for worker in (0, 1)] == [number.name.removeprefix("SIG")] * 2
    assert len(list(tmp_path.glob("start-*"))) == 2


def test_a_worker_that_does_not_end_is_killed(tmp_path):
    program = (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nif worker == 1: time.sleep(1); sys.exit(3)\ntime.sleep(60)"
    )
    began = time.monotonic()
    assert run(program, tmp_path, grace=0.5) == 3
    assert time.monotonic() - began < 30


def test_gpus_are_shared():
    assert gpu_shares({"CUDA_VISIBLE_DEVICES": "4,5,6,7"}, 2) == ["4,5", "6,7"]
    assert gpu_shares({"CUDA_VISIBLE_DEVICES": ""}, 2) == [None, None]
    with pytest.raises(ValueError, match="3 GPUs cannot be shared evenly by 2 workers"):
        gpu_shares({"CUDA_VISIBLE_DEVICES": "0,1,2"}, 2)


def test_numbers_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="at least one worker"):
        run_local_job(["true"], 0)
