"""An exported model behind a server that reads and writes JSON by the rules of TensorFlow Serving's columnar format."""

import base64

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("SavedModels are TensorFlow's", allow_module_level=True)

import tensorflow as tf
from export.client.http_server import ScriptedServer, json_reply
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2
from training.diagnosis import png, tiny_model

from multimodal_zoo.export import export_bundle
from multimodal_zoo.export.client import RestClient
from multimodal_zoo.registry import model_card
from multimodal_zoo.training import Bundle


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    keras.utils.set_random_seed(0)
    model = tiny_model()
    reports = ["fever and opacity left", "clear lungs"]
    modalities = {
        name: modality.adapt(reports) if name == "report" else modality for name, modality in model.modalities.items()
    }
    bundle = Bundle(model, modalities, ("well", "gesünd"), model_card("lstnet_diagnosis"), {"seed": 0, "epochs": 0})
    return export_bundle(bundle, tmp_path_factory.mktemp("saved") / "tiny" / "1")


def described(folder):
    (graph,) = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs
    signatures = {
        name: json_format.MessageToDict(
            signature, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        for name, signature in graph.signature_def.items()
    }
    return {"model_spec": {"name": "tiny"}, "metadata": {"signature_def": {"signature_def": signatures}}}


def from_json(value):
    if isinstance(value, list):
        return [from_json(one) for one in value]
    return base64.b64decode(value["b64"], validate=True) if isinstance(value, dict) else value


def to_json(value):
    if isinstance(value, list):
        return [to_json(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture(scope="module")
def served(exported):
    loaded = tf.saved_model.load(str(exported))

    def answer(asked):
        document = asked.json()
        call = loaded.signatures[document["signature_name"]]
        specs = call.structured_input_signature[1]
        given = {name: tf.constant(from_json(document["inputs"][name]), spec.dtype) for name, spec in specs.items()}
        outputs = {name: to_json(value.numpy().tolist()) for name, value in call(**given).items()}
        return json_reply({"outputs": outputs if len(outputs) > 1 else next(iter(outputs.values()))})

    scripts = {
        ("GET", "/v1/models/tiny/metadata"): [json_reply(described(exported))],
        ("POST", "/v1/models/tiny:predict"): [answer],
    }
    with ScriptedServer(scripts) as server, RestClient(server.url, "tiny", timeout=60.0, retries=0) as client:
        yield loaded, client


def test_the_answers_are_those_of_the_model(served):
    loaded, client = served
    images = [png(True, np.random.default_rng(0)), b""]
    reports = ["fever and opacity left", "né clear"]
    direct = loaded.signatures["serving_default"](image_bytes=tf.constant(images), report=tf.constant(reports))
    rows = client.predict([{"image": images[0], "report": reports[0]}, {"report": reports[1]}])
    assert sorted(rows[0]) == sorted(direct)
    np.testing.assert_allclose([row["probabilities"] for row in rows], direct["probabilities"], atol=1e-6)
    assert [row["presence"] for row in rows] == [[1.0, 1.0], [0.0, 1.0]]
    assert [row["labels"] for row in rows] == [label.decode() for label in direct["labels"].numpy()]


def test_a_broken_image_is_reported_and_nothing_at_all_is_answered(served):
    broken, nothing = served[1].predict([{"image_bytes": b"junk"}, {}])
    assert (broken["presence"], nothing["presence"]) == ([0.0, 0.0], [0.0, 0.0])
    assert (broken["undecodable"], nothing["undecodable"]) == ([True, False], [False, False])
    assert np.isfinite(nothing["probabilities"]).all()


@pytest.mark.parametrize("signature_name", ["embed", "explain"])
def test_the_other_signatures_take_the_same_records(served, signature_name):
    loaded, client = served
    direct = loaded.signatures[signature_name](image_bytes=tf.constant([b""]), report=tf.constant(["clear lungs"]))
    (row,) = client.predict([{"report": "clear lungs"}], signature_name)
    assert sorted(row) == sorted(direct)
    for name, value in direct.items():
        if value.dtype == tf.string:
            assert row[name] == value[0].numpy().decode()
        else:
            np.testing.assert_allclose(row[name], value[0], atol=1e-6, err_msg=name)
