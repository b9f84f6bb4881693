"""What is written for Triton, and the model file as Triton calls it; test_triton_server.py asks a real one."""

import importlib.util
import json
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.export import write_triton_model
from multimodal_zoo.export.in_graph_batching import InGraphBatching, batched
from multimodal_zoo.export.serving_folder import ServingFolderError
from multimodal_zoo.training import BundleError

if keras.backend.backend() != "tensorflow":
    pytest.skip("SavedModels are TensorFlow's", allow_module_level=True)

SPECS = {
    "age": tf.TensorSpec([None, 2], tf.float32),
    "genres": tf.TensorSpec([None, None], tf.string),
    "image_bytes": tf.TensorSpec([None], tf.string),
}


def count(raw):
    genres = tf.reduce_sum(tf.cast(raw["genres"] != "", tf.int32), 1)
    refused = tf.debugging.assert_none_equal(raw["image_bytes"], b"refuse me")
    with tf.control_dependencies([refused]):
        labels = tf.strings.join([raw["image_bytes"], tf.strings.as_string(genres)], ":")
    return {"sums": raw["age"] * 2, "labels": labels, "any": tf.cast(genres, tf.bool)}


def save(folder, function=count, specs=SPECS):
    named = {name: tf.TensorSpec(spec.shape, spec.dtype, name=name) for name, spec in specs.items()}
    signature = tf.function(lambda **raw: function(raw)).get_concrete_function(**named)
    tf.saved_model.save(tf.Module(), str(folder), signatures=signature)
    return folder


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return save(tmp_path_factory.mktemp("saved") / "films" / "3")


def test_the_configuration_names_every_tensor(export, tmp_path):
    folder = write_triton_model(tmp_path / "triton", export, max_batch_size=8, queue_delay_ms=1.5)
    assert folder == tmp_path / "triton" / "films"
    assert (folder / "config.pbtxt").read_text() == (
        'name: "films"\n'
        'backend: "python"\n'
        "max_batch_size: 8\n"
        'input { name: "age" data_type: TYPE_FP32 dims: [2] }\n'
        'input { name: "genres" data_type: TYPE_STRING dims: [-1] allow_ragged_batch: true }\n'
        'input { name: "image_bytes" data_type: TYPE_STRING dims: [1] }\n'
        'output { name: "any" data_type: TYPE_BOOL dims: [1] }\n'
        'output { name: "labels" data_type: TYPE_STRING dims: [1] }\n'
        'output { name: "sums" data_type: TYPE_FP32 dims: [2] }\n'
        "dynamic_batching { max_queue_delay_microseconds: 1500 }\n"
        "instance_group { count: 1 kind: KIND_CPU }\n"
        'parameters { key: "signature" value { string_value: "serving_default" } }\n'
    )
    assert sorted(path.name for path in folder.iterdir()) == ["3", "config.pbtxt"]
    assert sorted(path.name for path in (folder / "3").iterdir()) == ["model.py", "model.savedmodel"]


def test_versions_stand_beside_each_other_and_are_replaced_one_by_one(export, tmp_path):
    write_triton_model(tmp_path, export)
    write_triton_model(tmp_path, save(tmp_path / "saved" / "films" / "4"))
    write_triton_model(tmp_path, export)
    assert sorted(path.name for path in (tmp_path / "films").iterdir()) == ["3", "4", "config.pbtxt"]
    (tmp_path / "films" / "3" / "model.py").unlink()
    with pytest.raises(BundleError, match="was not written by multimodal_zoo"):
        write_triton_model(tmp_path, export)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"signature": "embed"}, "has no signature 'embed'. It has: serving_default"),
        ({"max_batch_size": 0}, "max_batch_size has to be at least 1 .* got 0"),
        ({"queue_delay_ms": -1.0}, "queue_delay_ms at least 0, got .* -1.0"),
        ({"name": "a/b"}, "'a/b' cannot name a served model"),
    ],
)
def test_what_cannot_be_served_is_refused(export, tmp_path, settings, message):
    with pytest.raises(ServingFolderError, match=message):
        write_triton_model(tmp_path / "triton", export, **settings)
    assert not (tmp_path / "triton").exists()


def test_types_and_batches_that_are_not_for_triton_are_refused(tmp_path):
    spec = tf.TensorSpec([None, 2], tf.float32)
    complex_numbers = save(tmp_path / "complex" / "1", lambda raw: {"y": tf.cast(raw["x"], tf.complex64)}, {"x": spec})
    with pytest.raises(ServingFolderError, match="output 'y' has the type complex64"):
        write_triton_model(tmp_path / "triton", complex_numbers)
    function = batched(lambda raw: raw["x"], {"x": spec}, InGraphBatching())
    batching = save(tmp_path / "batching" / "1", lambda raw: {"y": function(raw)}, {"x": spec})
    with pytest.raises(ServingFolderError, match="batches inside its graph"):
        write_triton_model(tmp_path / "triton", batching)


class Tensor(types.SimpleNamespace):
    def as_numpy(self):
        return self.values


@pytest.fixture
def model(export, tmp_path, monkeypatch):
    """The written `model.py`, loaded, with a stand-in for the module that Triton gives it."""
    stand_in = types.ModuleType("triton_python_backend_utils")
    stand_in.get_input_tensor_by_name = lambda request, name: Tensor(values=request[name])
    stand_in.Tensor = lambda name, values: (name, values)
    stand_in.InferenceResponse = lambda outputs=(), error=None: error or dict(outputs)
    stand_in.TritonError = lambda message: message
    monkeypatch.setitem(sys.modules, "triton_python_backend_utils", stand_in)
    folder = write_triton_model(tmp_path, export)
    spec = importlib.util.spec_from_file_location("triton_served_model", folder / "3" / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    loaded = module.TritonPythonModel()
    config = {"parameters": {"signature": {"string_value": "serving_default"}}}
    loaded.initialize({"model_config": json.dumps(config), "model_repository": str(folder), "model_version": "3"})
    return loaded


def request(ages, genres, images):
    return {
        "age": np.array(ages, "float32"),
        "genres": np.array(genres, object),
        "image_bytes": np.array(images, object)[:, None],
    }


def test_requests_of_one_batch_get_their_own_rows(model):
    first = request([[1, 2]], [[b"a"]], [b"x\x00"])
    second = request([[3, 4], [5, 6]], [[b"b", b"c", b"d"], [b"", b"", b""]], [b"y", b""])
    one, two = model.execute([first, second])
    np.testing.assert_array_equal(one["sums"], [[2, 4]])
    assert one["labels"].tolist() == [[b"x\x00:1"]]
    np.testing.assert_array_equal(two["sums"], [[6, 8], [10, 12]])
    assert two["labels"].tolist() == [[b"y:3"], [b":0"]]
    assert two["any"].tolist() == [[True], [False]]


def test_what_tensorflow_refuses_is_an_error_of_the_requests(model):
    answers = model.execute([request([[1, 2]], [[b"a"]], [b"refuse me"])])
    assert len(answers) == 1 and "assertion failed" in answers[0]


def test_lists_of_different_length_are_filled_up_with_what_is_empty(model):
    put_together = model.execute.__globals__["put_together"]
    sensors = tf.TensorSpec([None, None, 2], tf.float32)
    joined = put_together([np.float32([[[1, 2]]]), np.float32([[[3, 4], [5, 6]]])], sensors)
    np.testing.assert_array_equal(joined, [[[1, 2], [np.nan, np.nan]], [[3, 4], [5, 6]]])
