import os
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.export.formats import FormatError, export_trunk, litert

needs_the_extra = pytest.mark.skipif(
    find_spec("ai_edge_litert") is None, reason="ai-edge-litert comes with pip install 'multimodal-zoo[litert]'"
)
# 8 bits and 16 bits of weight are coarse; a network after one epoch is near the chance level, where ranks flip easily.
LOOSE = 0.05


@needs_the_extra
@pytest.mark.parametrize(("quantize", "furthest"), [("float16", 2e-3), ("dynamic_range", 5e-2)])
def test_quantised_weights_are_smaller_and_answer_nearly_the_same(with_gru, diagnosis, tmp_path, quantize, furthest):
    report = export_trunk(
        with_gru, tmp_path / quantize, data=diagnosis, split="validation", quantize=quantize, tolerance=LOOSE
    )
    assert 0 < report["max_difference"] < furthest
    assert report["converted"]["bytes"] < 0.8 * report["float"]["bytes"]


@needs_the_extra
def test_int8_of_convolutions(convolutions, digits, tmp_path):
    report = export_trunk(
        convolutions, tmp_path / "int8", data=digits, split="validation", quantize="int8", tolerance=0.2
    )
    assert 0 < report["max_difference"] < 0.3
    # Inputs and outputs stay what the preprocessing gives.
    assert {one["dtype"] for one in report["inputs"].values()} == {"float32"}


@needs_the_extra
def test_int8_of_a_recurrent_network_passes_the_gate_or_leaves_nothing(with_gru, diagnosis, tmp_path):
    """TensorFlow 2.21's converter dies of it; this process has to live on, and say why nothing was written."""
    to = tmp_path / "int8"
    try:
        report = export_trunk(with_gru, to, data=diagnosis, split="validation", quantize="int8", tolerance=LOOSE)
    except FormatError as error:
        assert "Writing litert, int8 failed: its process was ended by SIG" in str(error) or "loses too much" in str(
            error
        )
        assert os.listdir(tmp_path) == []
    else:
        assert report["float"]["auc"] - report["converted"]["auc"] <= LOOSE


def test_the_file_runs_with_and_without_the_extra(tmp_path, monkeypatch):
    module = tf.Module()
    twice = tf.function(lambda x: {"prediction": 2 * x}).get_concrete_function(tf.TensorSpec((1, 2), name="x"))
    tf.saved_model.save(module, str(tmp_path / "trunk"), signatures=twice)
    litert.convert(tmp_path / "trunk", tmp_path / litert.FILE, None, ())
    batch = {"x": np.array([[1.0, -3.0]], "float32")}
    assert litert.runtime(tmp_path / litert.FILE)(batch).tolist() == [[2.0, -6.0]]
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    assert litert.interpreter_class() is tf.lite.Interpreter
    assert litert.runtime(tmp_path / litert.FILE)(batch).tolist() == [[2.0, -6.0]]
