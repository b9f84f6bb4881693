"""Every exported model behind a real Triton Inference Server, asked over HTTP and gRPC by the package's own clients."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from export.triton_server import TritonServer, triton_folder

if keras.backend.backend() != "tensorflow":
    pytest.skip("SavedModels are TensorFlow's", allow_module_level=True)
if triton_folder() is None:
    pytest.skip("make test-triton installs the server and sets MULTIMODAL_ZOO_TRITON", allow_module_level=True)

import tensorflow as tf
from contract.records import bundle_of, raw_records, small_model
from flagships import FLAGSHIPS

import multimodal_zoo.models  # noqa: F401  (registers)
from multimodal_zoo.export import export_bundle, write_triton_model
from multimodal_zoo.export.client import (
    ModelNotFound,
    OpenInferenceClient,
    OpenInferenceGrpcClient,
    RequestRefused,
    ServerFailed,
)
from multimodal_zoo.modalities import batch_records

NAMES = FLAGSHIPS
MOST_ROWS = 16


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The server, and by model the bundle and what was exported."""
    folder = tmp_path_factory.mktemp("triton")
    repository, models = folder / "repository", {}
    for name in NAMES:
        bundle = bundle_of(small_model(name, missing_modalities=True))
        export = export_bundle(bundle, folder / "saved" / name / "1")
        write_triton_model(repository, export, max_batch_size=MOST_ROWS)
        write_triton_model(repository, export, f"{name}-explain", signature="explain", max_batch_size=MOST_ROWS)
        models[name] = bundle, tf.saved_model.load(str(export))
    with TritonServer(repository, folder / "server.log", triton_folder()) as server:
        yield server, models


@pytest.fixture(params=["HTTP", "gRPC"])
def client_of(request, served):
    server, _ = served
    if request.param == "HTTP":
        return lambda name: OpenInferenceClient(server.url, name, timeout=120.0)
    return lambda name: OpenInferenceGrpcClient(server.target, name, timeout=120.0)


def records_of(bundle):
    """Sound records, one with broken bytes, one with nothing, and lists of different length."""
    records = raw_records(bundle.model, 4)
    for name, modality in bundle.modalities.items():
        if modality.raw_name(name).endswith("_bytes"):
            records[1] = {**records[1], name: b"junk"}
        if None in modality.raw_shape:
            records[3] = {**records[3], name: records[3][name][:1]}
    return [*records, {}]


def expected_of(bundle, loaded, records, signature="serving_default"):
    raw = batch_records(bundle.modalities, records)
    return loaded.signatures[signature](**{one.raw_name(name): raw[name] for name, one in bundle.modalities.items()})


def assert_same(rows, expected):
    """Rows of a client against the columns of the SavedModel; what is one a row is a row of one here."""
    for name, column in expected.items():
        got = [row[name] for row in rows]
        wanted = column.numpy()
        if wanted.dtype == object:
            assert got == [[one.decode()] for one in wanted], name
        else:
            np.testing.assert_allclose(np.array(got, float).reshape(wanted.shape), wanted, atol=1e-5, err_msg=name)
    assert all(sorted(row) == sorted(expected) for row in rows)


@pytest.mark.parametrize("signature", ["serving_default", "explain"])
@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_answered_as_in_python_a_broken_record_included(served, client_of, name, signature):
    bundle, loaded = served[1][name]
    records = records_of(bundle)
    with client_of(name if signature == "serving_default" else f"{name}-explain") as client:
        rows = client.predict(records)
    assert_same(rows, expected_of(bundle, loaded, records, signature))


@pytest.mark.parametrize("name", NAMES)
def test_clients_at_the_same_time_get_their_own_answers(served, client_of, name):
    bundle, loaded = served[1][name]
    records = records_of(bundle) * 4
    with client_of(name) as client, ThreadPoolExecutor(8) as threads:
        rows = [row for (row,) in threads.map(lambda record: client.predict([record]), records)]
    assert_same(rows, expected_of(bundle, loaded, records))


def test_what_the_server_does_not_have_or_take_is_refused(served, client_of):
    with client_of("no_such_model") as client, pytest.raises(ModelNotFound, match="no_such_model"):
        client.predict([{}])
    with client_of(NAMES[0]) as client, pytest.raises((RequestRefused, ServerFailed), match="batch"):
        client.predict([{}] * (MOST_ROWS + 1))
