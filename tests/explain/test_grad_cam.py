"""Grad-CAM against its formula on a network whose answer is known."""

import keras
import numpy as np
import pytest
from contract.records import bundle_of, raw_records, small_model
from keras import layers

from multimodal_zoo.explain import grad_cam
from multimodal_zoo.explain.feature_maps import feature_maps
from multimodal_zoo.modalities import Image, Numeric
from multimodal_zoo.unknown_name import UnknownName
from tests.explain.tiny_bundles import bundle_around, png
from tests.random_weights import randomise

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 6))


def global_average_network(activation=None, outputs=2):
    """Convolution, mean over the picture, linear map: for it Grad-CAM is CAM over the number of cells."""
    image = Image(4, 6, 1).input("image")
    features = layers.Conv2D(3, 1, activation="relu", name="convolution")(image)
    pooled = layers.GlobalAveragePooling2D(name="mean")(layers.AveragePooling2D((2, 2), name="smaller")(features))
    figures = layers.Dense(outputs, name="read")(pooled)
    if activation:
        figures = layers.Activation(activation, name="probabilities")(figures)
    return randomise(keras.Model({"image": image}, figures))


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_of_a_mean_over_the_picture_it_is_the_weighted_sum_of_the_channels(activation):
    """dy_c / dA_ijk = v_kc / 24 in every cell, also before a softmax, so map = relu(sum_k v_kc A_ijk) / 24."""
    model = global_average_network(activation)
    bundle = bundle_around(model, {"image": Image(4, 6, 1)}, "classification", ("no", "yes"))
    kernel, bias = model.get_layer("convolution").kernel.numpy(), model.get_layer("convolution").bias.numpy()
    channels = np.maximum(PIXELS[..., None] / 255 * kernel[0, 0, 0] + bias, 0)
    for number, name in enumerate(("no", "yes")):
        found = grad_cam(bundle, {"image": png(PIXELS)}, target=name)
        wanted = np.maximum(channels @ model.get_layer("read").kernel.numpy()[:, number], 0) / 24
        np.testing.assert_allclose(found.cells, wanted, atol=1e-6)
        assert found.layer == "convolution" and found.target.name == name
    pooled = grad_cam(bundle, {"image": png(PIXELS)}, layer="smaller")
    assert pooled.cells.shape == (2, 3) and pooled.resized().shape == (4, 6)


def test_a_map_within_a_backbone_is_that_of_its_own_layers():
    """The same convolution called as a network of its own gives the same map."""
    plain = global_average_network()
    image = Image(4, 6, 1).input("image")
    inner = keras.Input((4, 6, 1))
    backbone = keras.Model(
        inner,
        plain.get_layer("mean")(plain.get_layer("smaller")(plain.get_layer("convolution")(inner))),
        name="backbone",
    )
    nested = keras.Model({"image": image}, plain.get_layer("read")(backbone(image)))
    maps = [
        grad_cam(bundle_around(model, {"image": Image(4, 6, 1)}), {"image": png(PIXELS)}, target=1)
        for model in (plain, nested)
    ]
    assert [one.layer for one in maps] == ["convolution", "convolution"]
    np.testing.assert_allclose(maps[1].cells, maps[0].cells, atol=1e-7)


def test_the_last_feature_map_of_a_network_of_the_zoo_is_the_one_before_its_pooling():
    model = small_model("lstnet_diagnosis", missing_modalities=True, modality_dropout=0.2)
    bundle, record = bundle_of(model), raw_records(model, 1)[0]
    assert list(feature_maps(model, "report")) == []
    found = grad_cam(bundle, record)
    assert found.modality == "image" and found.layer == "image_block_3_relu" and found.cells.shape == (2, 2)
    assert np.isfinite(found.cells).all() and (found.cells >= 0).all()
    with pytest.raises(UnknownName, match="image_block_9"):
        grad_cam(bundle, record, layer="image_block_9")
    with pytest.raises(ValueError, match="'image' is absent"):
        grad_cam(bundle, {"report": "clear lungs"}, modality="image")
    with pytest.raises(ValueError, match="No layer of 'report' has a feature map"):
        grad_cam(bundle, record, modality="report")
    with pytest.raises(UnknownName, match="scan"):
        grad_cam(bundle, record, modality="scan")


def test_a_network_without_feature_maps_says_so():
    numbers = Numeric(2, mean=(0.0, 0.0), variance=(1.0, 1.0))
    inputs = numbers.input("numbers")
    bundle = bundle_around(keras.Model({"numbers": inputs}, layers.Dense(1)(inputs)), {"numbers": numbers})
    with pytest.raises(ValueError, match="No modality of this record has a feature map"):
        grad_cam(bundle, {"numbers": [1.0, 2.0]})
