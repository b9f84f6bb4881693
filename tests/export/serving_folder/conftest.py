"""A folder of tiny exported models: raw strings in, lengths out, in the layout of a model server."""

import shutil

import pytest
import tensorflow as tf

from multimodal_zoo.training.bundle import write_manifest


def save(folder, inputs, function):
    """A SavedModel whose `serving_default` is `function` of `inputs` (`TensorSpec` by name)."""
    specs = {name: tf.TensorSpec(spec.shape, spec.dtype, name=name) for name, spec in inputs.items()}
    signature = tf.function(lambda **values: function(values)).get_concrete_function(**specs)
    tf.saved_model.save(tf.Module(), str(folder), signatures=signature)
    write_manifest(folder)
    return folder


STRING = tf.TensorSpec([None], tf.string)


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    lengths = {"image_bytes": STRING, "report": STRING, "age": tf.TensorSpec([None, 2], tf.float32)}
    save(
        folder / "lengths",
        lengths,
        lambda raw: {
            "lengths": tf.stack([tf.strings.length(raw["image_bytes"]), tf.strings.length(raw["report"])], 1),
            "age": raw["age"],
        },
    )
    save(folder / "texts", {"report": STRING}, lambda raw: {"length": tf.strings.length(raw["report"])})
    lists = {"genres": tf.TensorSpec([None, None], tf.string)}
    save(folder / "lists", lists, lambda raw: {"count": tf.reduce_sum(tf.strings.length(raw["genres"]), 1)})
    return folder


@pytest.fixture
def root(tmp_path, exports):
    """`deep_fm` in the versions 1, 2 and 10, `diagnosis` in version 3."""
    for version in (1, 2, 10):
        shutil.copytree(exports / "lengths", tmp_path / "models" / "deep_fm" / str(version))
    shutil.copytree(exports / "texts", tmp_path / "models" / "diagnosis" / "3")
    return tmp_path / "models"
