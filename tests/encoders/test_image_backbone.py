"""Backbones by name: the right preprocessing, frozen or not, presets, and the messages."""

import importlib

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import image_backbone
from multimodal_zoo.encoders.image_backbone import ApplicationPreprocessing, application_names
from multimodal_zoo.unknown_name import UnknownName
from tests.gradients import weight_gradients


def grey(rows=2, size=32):
    return np.random.default_rng(0).uniform(size=(rows, size, size, 1)).astype("float32")


def test_the_networks_there_are():
    names = application_names()
    assert {"MobileNetV2", "ResNet50", "DenseNet121", "EfficientNetB0", "VGG16", "ConvNeXtTiny"} <= set(names)
    assert names["MobileNetV2"] == "mobilenet_v2" and len(names) > 30
    assert all(callable(getattr(keras.applications, name)) for name in names)


@pytest.mark.parametrize(
    ("module", "scaled"),
    [
        ("mobilenet_v2", lambda images: images * 2 - 1),
        ("densenet", lambda images: (images - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]),
        ("resnet", lambda images: images[..., ::-1] * 255 - [103.939, 116.779, 123.68]),
        ("efficientnet", lambda images: images * 255),
    ],
)
def test_pictures_come_as_the_network_was_trained_on_them(module, scaled):
    layer = ApplicationPreprocessing(module)
    colour = np.random.default_rng(0).uniform(size=(2, 4, 4, 3)).astype("float32")
    np.testing.assert_allclose(ops.convert_to_numpy(layer(colour)), scaled(colour), rtol=1e-4, atol=1e-4)
    repeated = np.repeat(grey(size=4), 3, axis=-1)
    found = ops.convert_to_numpy(layer(grey(size=4)))
    np.testing.assert_allclose(found, scaled(repeated), rtol=1e-4, atol=1e-4)
    assert ApplicationPreprocessing.from_config(layer.get_config()).module == module


def test_it_is_the_network_over_prepared_pictures(tmp_path):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((32, 32, 1))
    model = keras.Model(inputs, image_backbone("MobileNet", name="image")(inputs))
    network = model.get_layer("image_backbone")
    # With its first statistics of the batch normalisation a fresh network fades to nearly nothing.
    model(grey(8), training=True)
    wanted = ops.convert_to_numpy(network(np.repeat(grey(), 3, axis=-1) * 2 - 1))
    assert wanted.shape == (2, 1024) and wanted.std() > 1e-4
    np.testing.assert_allclose(ops.convert_to_numpy(model(grey())), wanted, rtol=1e-4, atol=1e-6)
    assert len(network.trainable_variables) > 50
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(ops.convert_to_numpy(again(grey())), wanted, rtol=1e-4, atol=1e-6)


def test_regions_are_the_cells_of_its_last_feature_map():
    inputs = keras.Input((64, 96, 1))
    model = keras.Model(inputs, image_backbone("MobileNet", name="image", regions=True)(inputs))
    images = np.random.default_rng(0).uniform(size=(2, 64, 96, 1)).astype("float32")
    model(images, training=True)
    cells = ops.convert_to_numpy(model.get_layer("image_backbone")(np.repeat(images, 3, axis=-1) * 2 - 1))
    assert cells.shape == (2, 2, 3, 1024)
    wanted = np.concatenate([cells[:, 0], cells[:, 1]], axis=1)
    np.testing.assert_allclose(ops.convert_to_numpy(model(images)), wanted, rtol=1e-4, atol=1e-6)


def test_a_frozen_network_does_not_learn_and_keeps_its_statistics():
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, image_backbone("MobileNet", trainable=False)(inputs))
    assert not model.trainable_variables
    before = [ops.convert_to_numpy(weight) for weight in model.weights]
    model(np.ones((2, 32, 32, 3), "float32"), training=True)
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), value)


def test_a_preset_of_keras_hub(tmp_path):
    """A tiny preset of one's own, since the published ones need a network."""
    keras_hub = pytest.importorskip("keras_hub")
    backbone = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64],
        stackwise_num_blocks=[1],
        stackwise_num_strides=[1],
        block_type="basic_block",
        image_shape=(None, None, 3),
    )
    converter = keras_hub.layers.ResNetImageConverter(image_size=(8, 8), scale=1 / 127.5, offset=-1)
    preset = str(tmp_path / "preset")
    backbone.save_to_preset(preset)
    converter.save_to_preset(preset)

    inputs = keras.Input((16, 16, 1))
    model = keras.Model(inputs, image_backbone(preset, weights="preset")(inputs))
    found = ops.convert_to_numpy(model(grey(size=16)))
    features = ops.convert_to_numpy(backbone(np.repeat(grey(size=16), 3, axis=-1) * 2 - 1))
    np.testing.assert_allclose(found, features.mean(axis=(1, 2)), rtol=1e-4, atol=1e-5)
    regions = keras.Model(inputs, image_backbone(preset, weights="preset", regions=True)(inputs))
    np.testing.assert_allclose(
        ops.convert_to_numpy(regions(grey(size=16))), features.reshape(2, -1, 64), rtol=1e-4, atol=1e-5
    )
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(ops.convert_to_numpy(again(grey(size=16))), found, rtol=1e-5, atol=1e-6)
    gradients = weight_gradients(model, ops.convert_to_tensor(grey(size=16)), loss=lambda found: ops.mean(found**2))
    assert len(gradients) == len(backbone.trainable_variables)
    for path, gradient in gradients.items():
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, path
    other = keras.Model(inputs, image_backbone(preset, weights=None)(inputs))
    assert np.abs(ops.convert_to_numpy(other(grey(size=16))) - found).max() > 1e-4


def test_an_unknown_network():
    with pytest.raises(UnknownName, match="Unknown image backbone 'MobilNetV2'. Did you mean 'MobileNetV2'.*VGG16"):
        image_backbone("MobilNetV2")


def test_an_unknown_preset():
    pytest.importorskip("keras_hub")
    with pytest.raises(UnknownName, match="'resnet_50_imagnet'.*Did you mean 'resnet_50_imagenet'"):
        image_backbone("resnet_50_imagnet")


def test_a_preset_without_keras_hub(monkeypatch):
    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ImportError, match="pip install keras-hub"):
        image_backbone("resnet_50_imagenet")


@pytest.mark.parametrize("shape", [(32, 32, 2), (32, 32)])
def test_pictures_of_another_form(shape):
    with pytest.raises(ValueError, match="1 or 3 channels; received the shape"):
        image_backbone("MobileNet")(keras.Input(shape))


def test_up_to_a_layer_it_is_the_mean_of_its_feature_map():
    inputs = keras.Input((32, 32, 1))
    keras.utils.set_random_seed(0)
    whole = image_backbone("MobileNetV2", name="image", regions=True)
    model = keras.Model(inputs, whole(inputs))
    keras.utils.set_random_seed(0)
    cut = keras.Model(inputs, image_backbone("MobileNetV2", name="image", up_to="block_3_expand_relu")(inputs))
    network = model.get_layer("image_backbone")
    features = keras.Model(network.input, network.get_layer("block_3_expand_relu").output)
    wanted = ops.convert_to_numpy(features(np.repeat(grey(), 3, axis=-1) * 2 - 1))
    assert wanted.shape == (2, 8, 8, 144) and wanted.std() > 1e-4
    np.testing.assert_allclose(ops.convert_to_numpy(cut(grey())), wanted.mean((1, 2)), rtol=1e-4, atol=1e-6)
    cells = image_backbone("MobileNetV2", regions=True, up_to="block_3_expand_relu")(inputs)
    assert cells.shape == (None, 64, 144) and cut.count_params() < model.count_params() / 10


def test_the_layer_has_to_exist_and_to_have_a_feature_map():
    with pytest.raises(UnknownName, match="Did you mean 'block_3_expand_relu'"):
        image_backbone("MobileNetV2", up_to="block_3_expand_relus")(keras.Input((32, 32, 3)))
    with pytest.raises(ValueError, match="for networks of keras.applications and EfficientNetLite0; received"):
        image_backbone("resnet_18_imagenet", up_to="stack1")


def test_efficientnet_lite_takes_its_own_pixels_and_stops_where_asked():
    inputs = keras.Input((32, 32, 1))
    model = keras.Model(inputs, image_backbone("EfficientNetLite0", name="image")(inputs))
    network = model.get_layer("image_backbone")
    model(grey(8), training=True)
    wanted = ops.convert_to_numpy(network((np.repeat(grey(), 3, axis=-1) * 255 - 127) / 128))
    assert wanted.shape == (2, 1280) and wanted.std() > 1e-4
    np.testing.assert_allclose(ops.convert_to_numpy(model(grey())), wanted, rtol=1e-4, atol=1e-5)
    cells = image_backbone("EfficientNetLite0", regions=True, up_to="block_3_1_expand_relu", trainable=False)(inputs)
    assert cells.shape == (None, 64, 144)
    with pytest.raises(UnknownName, match="Did you mean 'head_relu'"):
        image_backbone("EfficientNetLite0", up_to="head_rel")(inputs)
