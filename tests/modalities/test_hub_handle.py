"""SavedModels as encoders: one written here by TensorFlow, one exported by Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import hub_handle

GIVEN = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


class Encoder(tf.Module):
    """As those on TensorFlow Hub: callable, with variables, and a signature with two outputs."""

    def __init__(self):
        super().__init__()
        self.weights = tf.Variable(np.arange(8, dtype="float32").reshape(4, 2))

    @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32)])
    def __call__(self, rows):
        return rows @ self.weights

    @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32)])
    def both(self, rows):
        return {"vector": rows @ self.weights, "size": tf.norm(rows, axis=1)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("hub"))
    encoder = Encoder()
    tf.saved_model.save(encoder, path, signatures={"both": encoder.both})
    return path


def wanted():
    return GIVEN @ np.arange(8, dtype="float32").reshape(4, 2)


def test_a_saved_model_is_an_encoder_within_a_network(folder):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, hub_handle(folder, name="hub")(inputs))
    np.testing.assert_allclose(model(GIVEN).numpy(), wanted(), rtol=1e-6)
    assert not model.trainable_variables


def test_of_a_signature_one_output_is_taken(folder):
    found = hub_handle(folder, endpoint="both", output="size")(GIVEN)
    np.testing.assert_allclose(found.numpy(), np.linalg.norm(GIVEN, axis=1), rtol=1e-6)
    with pytest.raises(ValueError, match=r"outputs \['size', 'vector'\]; received output=None"):
        hub_handle(folder, endpoint="both")(GIVEN)


def test_an_export_of_keras_is_called_by_its_endpoint(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.export(str(tmp_path / "model"), verbose=False)
    found = hub_handle(str(tmp_path / "model"), endpoint="serve")(GIVEN)
    np.testing.assert_allclose(found.numpy(), model(GIVEN).numpy(), rtol=1e-6)


def test_it_is_saved_and_comes_back_only_where_the_file_is_trusted(folder, tmp_path):
    inputs = keras.Input((4,))
    keras.Model(inputs, hub_handle(folder)(inputs)).save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="safe_mode"):
        keras.models.load_model(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    np.testing.assert_allclose(again(GIVEN).numpy(), wanted(), rtol=1e-6)


def test_no_such_endpoint(folder):
    with pytest.raises(ValueError, match="embed.*both"):
        hub_handle(folder, endpoint="embed")


def test_a_handle_is_resolved_by_tensorflow_hub(folder, monkeypatch):
    hub = pytest.importorskip("tensorflow_hub")
    monkeypatch.setattr(hub, "resolve", {"https://example.org/encoder/1": folder}.__getitem__)
    found = hub_handle("https://example.org/encoder/1")(GIVEN)
    np.testing.assert_allclose(found.numpy(), wanted(), rtol=1e-6)
