"""The model of Triton's Python backend that serves one signature of a SavedModel.

`write_triton_model` copies this file beside the SavedModel as `model.py`; Triton imports it there. It uses TensorFlow
and NumPy, and neither Keras nor this package.
"""

import json
import os
from typing import Any

import numpy as np
import tensorflow as tf
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """What Triton calls: once to load, then with all requests of a batch at a time."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the SavedModel that stands in the folder of the version."""
        config = json.loads(args["model_config"])
        folder = os.path.join(args["model_repository"], args["model_version"], "model.savedmodel")
        # The signatures die with what was loaded.
        self._loaded = tf.saved_model.load(folder)
        self._call = self._loaded.signatures[config["parameters"]["signature"]["string_value"]]
        self._specs = self._call.structured_input_signature[1]

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer all requests in one run, each with its own rows."""
        given = [
            {name: pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in self._specs}
            for request in requests
        ]
        counts = [len(next(iter(one.values()))) for one in given]
        try:
            answers = self._call(
                **{
                    name: tf.constant(put_together([one[name] for one in given], spec), spec.dtype)
                    for name, spec in self._specs.items()
                }
            )
        except (tf.errors.OpError, ValueError) as error:
            failure = pb_utils.TritonError(str(error))
            return [pb_utils.InferenceResponse(error=failure) for _ in requests]
        columns = {name: as_served(value.numpy()) for name, value in answers.items()}
        ends = np.cumsum(counts)
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor(name, column[end - count : end]) for name, column in columns.items()]
            )
            for count, end in zip(counts, ends, strict=True)
        ]


def put_together(columns: list[np.ndarray], spec: tf.TensorSpec) -> np.ndarray:
    """One column of several requests: lists of different length are filled up with empty strings, or with NaN.

    Triton knows no rows that are a single value: they come as rows of one and lose that axis here.
    """
    if spec.shape.rank == 1:
        columns = [column.reshape(-1) for column in columns]
    elif spec.shape[1] is None:
        longest = max(column.shape[1] for column in columns)
        empty = b"" if spec.dtype == tf.string else np.nan
        columns = [
            np.pad(
                column,
                [(0, 0), (0, longest - column.shape[1]), *[(0, 0)] * (column.ndim - 2)],
                constant_values=empty,
            )
            for column in columns
        ]
    return np.concatenate(columns)


def as_served(column: np.ndarray) -> np.ndarray:
    """An output as Triton takes it: rows of one where a row is a single value."""
    return column[:, None] if column.ndim == 1 else column
