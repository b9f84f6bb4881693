"""Trains a tiny network once without interruption, and then so that each process is killed at a random moment.

`main` prints as JSON where it killed, and every way in which a training that was killed ended otherwise than the
uninterrupted one. It has to be called in a process that has not used TensorFlow yet.

TensorFlow is imported once, and each training runs in a fork from before TensorFlow starts. Half of the kills come by
the clock, from outside. The others come at a random line of the files that write: most windows between two lines there
are too short for a clock.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import signal
import sys
import time
import traceback
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import tensorflow as tf
from training.numbers_model import differences, numbers, numbers_model

from multimodal_zoo.training import bundle, checkpoint, fit, keep_best, rest_of_epoch, resume, state_file, storage

WRITERS = (bundle, checkpoint, keep_best, rest_of_epoch, resume, state_file, storage)
EPOCHS = 8


def train(out: Path, seed: int = 0) -> None:
    """The training; with a checkpoint after every step."""
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    keras.utils.set_random_seed(seed)
    settings = {"epochs": EPOCHS, "batch_size": 16, "learning_rate": 0.05, "patience": 3, "checkpoint_minutes": 0.0}
    fit(numbers_model(), (numbers(72, 0), numbers(32, 1)), out=out, seed=seed, verbose=0, **settings)


class Lines:
    """Counts the lines that run in the files that write, and kills this process at the one of a number."""

    def __init__(self, deadly: int | None = None) -> None:
        self.files, self.count, self.deadly = {module.__file__ for module in WRITERS}, 0, deadly

    def __call__(self, frame, event, argument):
        if frame.f_code.co_filename not in self.files:
            return None
        if event == "line":
            self.count += 1
            if self.count == self.deadly:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def in_fork(work, deadly: int | None = None, seconds: float | None = None) -> tuple[int, int]:
    """Runs `work` in a process of its own.

    Returns:
        The exit status (negative: of a signal), and how many lines ran in the files that write.
    """
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        lines = Lines(deadly)
        try:
            sys.settrace(lines)
            work()
            sys.settrace(None)
            os.write(writing, str(lines.count).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.close(writing)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(process, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with open(reading) as pipe:
        return status, int(pipe.read() or 0)


def content(folder: Path) -> dict[str, np.ndarray]:
    """Everything in a bundle as arrays, but for how long it took, when it was saved, and addresses in memory."""
    found = {}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name, raw = path.relative_to(folder).as_posix(), path.read_bytes()
        if name == "metrics.json":
            raw = json.dumps({key: value for key, value in json.loads(raw).items() if key != "seconds"}).encode()
        if name == "model.keras":
            with zipfile.ZipFile(path) as parts:
                raw = re.sub(rb'"shared_object_id": \d+', b"", parts.read("config.json"))
                with h5py.File(io.BytesIO(parts.read("model.weights.h5"))) as weights:
                    weights.visititems(
                        lambda key, one: found.update({key: one[()]}) if isinstance(one, h5py.Dataset) else None
                    )
        if name != "manifest.json":
            found[name] = np.frombuffer(raw, np.uint8)
    return found


def story(out: Path, expected: Path, kills: int, lines: int, seconds: float, chance: random.Random) -> dict:
    """One training, killed up to so many times, until it ends."""
    earlier, killed = content(out) if out.exists() else None, []
    while True:
        deadly = clock = None
        if len(killed) < kills:
            if chance.random() < 0.5:
                clock = chance.uniform(0, 0.8 * seconds)
            else:
                deadly = chance.randint(1, lines // 8)
        status, _ = in_fork(lambda: train(out), deadly, clock)
        if status == 0:
            break
        if status != -signal.SIGKILL:
            return {"killed": killed, "wrong": [f"a process ended with {status}"]}
        killed.append(f"line {deadly}" if deadly else f"{clock:.2f} s")
        if out.exists() or earlier:
            # Whatever is there is whole, and one of the two.
            bundle.verify_manifest(out)
            if differences(content(out), content(expected)) and differences(content(out), earlier or {}):
                return {"killed": killed, "wrong": [f"after {killed[-1]} the bundle is neither the old nor the new"]}
    left = {path.name for path in out.parent.iterdir()} - {out.name, f"{out.name}-training"}
    left |= {path.name for path in (out.parent / f"{out.name}-training").iterdir()} - {"logs"}
    wrong = differences(content(out), content(expected)) + [f"{name} is left" for name in left]
    return {"killed": killed, "wrong": wrong}


def main(folder: Path, kills: int, seed: int) -> None:
    """Stories, the second and later over an earlier bundle, until there were as many kills as asked for."""
    chance = random.Random(seed)
    began = time.monotonic()
    (folder / "whole").mkdir(parents=True)
    expected, other = folder / "whole" / "bundle", folder / "whole" / "other"
    status, lines = in_fork(lambda: train(expected))
    seconds = time.monotonic() - began
    again, _ = in_fork(lambda: train(other, seed=1))
    if status or again:
        sys.exit(f"The uninterrupted training ended with {status} and {again}.")
    stories = []
    while sum(len(one["killed"]) for one in stories) < kills:
        out = folder / f"story {len(stories)}" / "bundle"
        out.parent.mkdir()
        if stories:
            shutil.copytree(other, out)
        left = kills - sum(len(one["killed"]) for one in stories)
        stories.append(story(out, expected, left, lines, seconds, chance))
        if stories[-1]["wrong"]:
            break
    print(
        json.dumps(
            {
                "lines": lines,
                "seconds": seconds,
                "differ": differences(content(expected), content(other)),
                "stories": stories,
            }
        )
    )
