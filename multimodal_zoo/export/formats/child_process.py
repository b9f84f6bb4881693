"""Convert and run networks in a process of their own: converters are known to take the whole process with them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.export.formats import float_trunk
from multimodal_zoo.export.formats.batches_on_disk import read_batches
from multimodal_zoo.export.formats.format_error import FormatError
from multimodal_zoo.export.formats.known_formats import FORMATS
from multimodal_zoo.export.formats.measure import measure

LONGEST_SECONDS = 3600
LONGEST_MESSAGE = 600


def convert_in_child(
    trunk: Path, file: Path, format: str, quantize: str | None, calibration: Path, batch_size: int
) -> None:
    """Write the trunk in another format.

    Args:
        trunk: SavedModel of static shapes.
        file: what is written.
        format, quantize: see `export_trunk`.
        calibration: inputs as `write_inputs` leaves them; read for "int8" alone.
        batch_size: of the trunk.

    Raises:
        FormatError: the converter refused, crashed or did not end.
    """
    what = f"{format}{f', {quantize}' if quantize else ''}"
    run_child(
        f"Writing {what}",
        do="convert",
        trunk=trunk,
        file=file,
        format=format,
        quantize=quantize,
        calibration=calibration,
        batch_size=batch_size,
    )


def measure_in_child(
    network: Path, format: str | None, inputs: Path, batch_size: int, results: Path
) -> tuple[np.ndarray, dict[str, float]]:
    """Answers of a network over a split and the time of one, median and ninth decile, in milliseconds.

    Args:
        network: a file of `format`, or for None the SavedModel of the float trunk.
        inputs: as `write_inputs` leaves them.
        batch_size: of the network.
        results: an empty folder for what the process leaves.

    Raises:
        FormatError: the network cannot be run.
    """
    run_child(
        f"Running {format or 'the float network'}",
        do="measure",
        network=network,
        format=format,
        inputs=inputs,
        batch_size=batch_size,
        results=results,
    )
    milliseconds = np.load(results / "milliseconds.npy")
    timing = {"median_ms": float(np.median(milliseconds)), "p90_ms": float(np.quantile(milliseconds, 0.9))}
    return np.load(results / "predictions.npy"), timing


def run_child(what: str, **job: Any) -> None:
    """Run `job` in a process and wait; raises FormatError with what came of it if that is not success."""
    package = Path(__file__).resolve().parents[3]
    path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Every format is timed on the processor; TensorFlow is not to take a GPU here.
    environment = {**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    words = [sys.executable, "-m", "multimodal_zoo.export.formats.child_process", json.dumps(job, default=str)]
    try:
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, errors="replace", timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise FormatError(f"{what} did not end within {LONGEST_SECONDS} s.") from None
    if done.returncode:
        raise FormatError(f"{what} failed: {why_it_failed(done)}")


def why_it_failed(done: subprocess.CompletedProcess[str]) -> str:
    """One sentence on a process that did not end well."""
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        cause = "perhaps for want of memory" if name == "SIGKILL" else "a defect of the converter or runtime"
        return f"its process was ended by {name}, {cause}. Choose another quantisation or format."
    said = [line for line in done.stderr.splitlines() if line.strip()]
    return said[-1][:LONGEST_MESSAGE] if said else f"exit code {done.returncode}."


def main(job: dict[str, Any]) -> None:
    """What the child does."""
    if job["do"] == "convert":
        calibration = read_batches(Path(job["calibration"]), job["batch_size"]) if job["quantize"] == "int8" else ()
        FORMATS[job["format"]].convert(Path(job["trunk"]), Path(job["file"]), job["quantize"], calibration)
        return
    module = FORMATS[job["format"]] if job["format"] else float_trunk
    run = module.runtime(Path(job["network"]))
    predictions, milliseconds = measure(run, Path(job["inputs"]), job["batch_size"])
    np.save(Path(job["results"]) / "predictions.npy", predictions)
    np.save(Path(job["results"]) / "milliseconds.npy", milliseconds)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
