"""OpenVINO: Intel processors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

FILE = "model.xml"
QUANTIZATIONS = ("float16",)
PACKAGES = ("openvino",)
# The figures are to be those of the file: on some processors the default is to compute in bfloat16.
SETTINGS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}


def convert(trunk: Path, file: Path, quantize: str | None, calibration: Iterable[dict[str, np.ndarray]]) -> None:
    """Write a SavedModel of static shapes as OpenVINO's pair of `model.xml` and `model.bin`.

    Args:
        trunk: the SavedModel.
        file: the .xml; the weights are written beside it.
        quantize: "float16" (weights of 16 bits) or None.
        calibration: not needed.
    """
    import openvino

    # Not openvino.convert_model: that one reports its use over the network.
    network: Any = openvino.Core().read_model(str(trunk))
    openvino.save_model(network, file, compress_to_fp16=quantize == "float16")


def runtime(file: Path) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
    """A function from one batch of inputs to the prediction."""
    import openvino

    compiled: Any = openvino.Core().compile_model(str(file), "CPU", SETTINGS)
    return lambda batch: np.array(compiled(batch)["prediction"])
