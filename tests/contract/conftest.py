"""What the contract suites share over all tests of a registered model: the model, a batch for it, one export of it."""

import pytest
import tensorflow as tf
from contract.keras_free_process import KerasFreeProcess
from contract.records import bundle_of, small_model, tensors_for

import multimodal_zoo.models  # noqa: F401  (registers)
from multimodal_zoo.export import export_bundle
from multimodal_zoo.registry import list_models


# Of the session, not of a module: pytest then runs all tests of one model, in all files, before those of the next.
@pytest.fixture(scope="session", params=list_models())
def name(request):
    return request.param


@pytest.fixture(scope="session")
def model(name):
    return small_model(name, missing_modalities=True)


@pytest.fixture(scope="session")
def batch(model):
    return tensors_for(model, 6)


@pytest.fixture(scope="session")
def exported(model, tmp_path_factory):
    """The model, untrained, as a bundle and as an exported artefact: (bundle, folder)."""
    bundle = bundle_of(model)
    return bundle, export_bundle(bundle, tmp_path_factory.mktemp("saved") / model.name / "1")


@pytest.fixture(scope="session")
def served(exported):
    """The artefact as TensorFlow loads it."""
    return tf.saved_model.load(exported[1])


@pytest.fixture(scope="session")
def keras_free(tmp_path_factory):
    """A process that has TensorFlow alone, started once: importing it takes longer than all it is asked."""
    with KerasFreeProcess(tmp_path_factory.mktemp("keras_free")) as process:
        yield process
