"""ONNX, and ONNX Runtime to run it."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

FILE = "model.onnx"
QUANTIZATIONS = ("dynamic_range", "int8")
PACKAGES = ("tf2onnx", "onnx", "onnxruntime")


def convert(trunk: Path, file: Path, quantize: str | None, calibration: Iterable[dict[str, np.ndarray]]) -> None:
    """Write a SavedModel of static shapes as an ONNX file.

    Args:
        trunk: the SavedModel.
        file: what is written.
        quantize: "dynamic_range" (weights of 8 bits, activations quantised as they come), "int8" (activations by ranges
            from the calibration) or None.
        calibration: batches of inputs; read for "int8" alone.
    """
    if quantize is None:
        write_float(trunk, file)
        return

    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_dynamic,
        quantize_static,
    )

    class Calibration(CalibrationDataReader):
        batches = iter(calibration)

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self.batches, None)

    with TemporaryDirectory() as folder:
        in_floats = Path(folder) / FILE
        write_float(trunk, in_floats)
        if quantize == "dynamic_range":
            quantize_dynamic(in_floats, file, weight_type=QuantType.QInt8)
        else:
            quantize_static(in_floats, file, Calibration(), quant_format=QuantFormat.QDQ, per_channel=True)


def write_float(trunk: Path, file: Path) -> None:
    """Convert without quantisation."""
    words = ["--saved-model", trunk, "--signature_def", "serving_default", "--output", file]
    before = sys.argv
    # The command, for it keeps the signature's names; the library's functions do not.
    sys.argv = ["tf2onnx.convert", *map(str, words)]
    try:
        runpy.run_module("tf2onnx.convert", run_name="__main__")
    finally:
        sys.argv = before


def runtime(file: Path) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
    """A function from one batch of inputs to the prediction."""
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return lambda batch: session.run(["prediction"], batch)[0]
