"""A small exported model that passes the gate, and a way to save models that should not."""

import shutil

import pytest
import tensorflow as tf
from contract.records import fitted, small_model

import multimodal_zoo.models  # noqa: F401  (registers)
from multimodal_zoo.export import export_bundle
from multimodal_zoo.training import Bundle
from multimodal_zoo.training.bundle import write_manifest


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """`deepfm` of ids, sets of ids and a number."""
    model = small_model("deepfm", missing_modalities=True)
    bundle = Bundle(model, fitted(model), (), model.card, {})
    return export_bundle(bundle, tmp_path_factory.mktemp("exported") / "deepfm" / "1")


@pytest.fixture
def version(exported, tmp_path):
    """A copy of it to spoil, with no other version beside."""
    folder = tmp_path / "deepfm" / "1"
    shutil.copytree(exported, folder)
    return folder


@pytest.fixture
def saved(tmp_path):
    """Save a function of one string as the `serving_default` of a SavedModel with manifest."""

    signature = tf.TensorSpec([None], tf.string, name="text")

    def save(function, module=None, name="1"):
        folder = tmp_path / "saved" / name
        call = tf.function(lambda text: {"answer": function(text)}, autograph=False, input_signature=[signature])
        module = module or tf.Module()
        module.call = call
        tf.saved_model.save(module, str(folder), signatures=call.get_concrete_function())
        write_manifest(folder)
        return folder

    return save
