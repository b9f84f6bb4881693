"""LiteRT (TensorFlow Lite): phones, browsers, microcontrollers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

FILE = "model.tflite"
QUANTIZATIONS = ("dynamic_range", "float16", "int8")
PACKAGES = ()
SIGNATURE = "serving_default"


def convert(trunk: Path, file: Path, quantize: str | None, calibration: Iterable[dict[str, np.ndarray]]) -> None:
    """Write a SavedModel of static shapes as a LiteRT file.

    Args:
        trunk: the SavedModel.
        file: what is written.
        quantize: "dynamic_range" (weights of 8 bits), "float16" (weights of 16 bits), "int8" (weights and activations
            of 8 bits; inputs and outputs stay as they are) or None.
        calibration: batches of inputs, for the range of the activations; read for "int8" alone.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(trunk), signature_keys=[SIGNATURE])
    if quantize is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantize == "int8":
        converter.representative_dataset = lambda: ((SIGNATURE, batch) for batch in calibration)
        # Operations without an 8-bit form, such as the gather of an embedding by its ids, stay in floats.
        builtins = tf.lite.OpsSet
        converter.target_spec.supported_ops = [builtins.TFLITE_BUILTINS_INT8, builtins.TFLITE_BUILTINS]
    file.write_bytes(converter.convert())


def runtime(file: Path) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
    """A function from one batch of inputs to the prediction."""
    runner = interpreter_class()(str(file), num_threads=os.cpu_count()).get_signature_runner(SIGNATURE)
    return lambda batch: runner(**batch)["prediction"]


def interpreter_class() -> Any:
    """The interpreter that devices run, or without the extra TensorFlow's own, which is deprecated in its favour."""
    try:
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter
    except ImportError:
        import tensorflow as tf

        return tf.lite.Interpreter
