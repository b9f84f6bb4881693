"""A ready-made image network by its name, from keras.applications or keras-hub, with or without weights."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.deep_sets import deep_sets
from multimodal_zoo.encoders.efficientnet_lite0 import efficientnet_lite0
from multimodal_zoo.encoders.image_keypoints import image_keypoints
from multimodal_zoo.encoders.keras_hub_preset import preset_backbone
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.unknown_name import UnknownName

LITE = "EfficientNetLite0"


def application_names() -> dict[str, str]:
    """Lists the networks of keras.applications.

    Returns:
        Name of the network to name of its module, such as "MobileNetV2" to "mobilenet_v2".

    Example:
        >>> application_names()["MobileNetV2"]
        'mobilenet_v2'
    """
    found: dict[str, str] = {}
    for module_name, module in inspect.getmembers(keras.applications, inspect.ismodule):
        if not hasattr(module, "preprocess_input"):
            continue
        for name, _ in inspect.getmembers(module, inspect.isfunction):
            # The modules `resnet` and `resnet50` both have ResNet50, with the same preprocessing.
            if name[0].isupper():
                found.setdefault(name, module_name)
    return found


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ApplicationPreprocessing(keras.Layer):
    """Prepares images 0..1 of one or three channels as a network of keras.applications was trained on them.

    Args:
        module: module of keras.applications whose `preprocess_input` is meant, such as "mobilenet_v2".
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> ApplicationPreprocessing("mobilenet_v2")(images)    # 1 or 3 channels 0..1 -> 3 channels -1..1
    """

    def __init__(self, module: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.module = module
        self.preprocess = getattr(keras.applications, module).preprocess_input

    def call(self, images: Any) -> Any:
        if images.shape[-1] == 1:
            images = ops.repeat(images, 3, axis=-1)
        return self.preprocess(images * 255.0, data_format="channels_last")

    def compute_output_shape(self, images_shape: tuple) -> tuple:
        return (*images_shape[:-1], 3)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "module": self.module}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ThreeChannels(keras.Layer):
    """Repeats the one channel of grey images three times, and multiplies by `scale`.

    Args:
        scale: what 1.0 becomes.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> ThreeChannels(255.0)(images)    # 1 or 3 channels 0..1 -> 3 channels 0..255
    """

    def __init__(self, scale: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = float(scale)

    def call(self, images: Any) -> Any:
        return (ops.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images) * self.scale

    def compute_output_shape(self, images_shape: tuple) -> tuple:
        return (*images_shape[:-1], 3)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale}


def image_backbone(
    network: str,
    weights: str | None = None,
    trainable: bool = True,
    name: str | None = None,
    regions: bool = False,
    up_to: str | None = None,
) -> Callable[[Any], Any]:
    """Makes an image encoder of a ready-made network without its classifier, and the mean over the image.

    The preprocessing that the network was trained with is part of it, and grey images are repeated to three
    channels.

    Args:
        network: a name of keras.applications, such as "MobileNetV2" or "ResNet50"; "EfficientNetLite0"; a keras-hub
            preset, such as "resnet_18_imagenet", "hf://...", "kaggle://..." or a folder; or "keypoints", descriptors
            of the corners of the image, which no training made, read by a network of points that learns.
        weights: None for random ones; "imagenet" (keras.applications: downloaded; EfficientNetLite0: from the package
            of the extra `imagenet`) or the path of a weights file; for a preset, anything but None loads the preset's
            own.
        trainable: whether the network learns; False freezes it, its normalisation statistics too.
        name: prefix of the layers' names.
        regions: the cells of the last feature map, row by row, instead of their mean; for what attends to them.
        up_to: the layer whose feature map is the last one, such as "block_6_expand_relu" of MobileNetV2; None takes the
            whole network. Earlier layers tell pictures apart that are unlike those of the training. For networks of
            keras.applications and EfficientNetLite0.

    Returns:
        A callable that maps images (batch, height, width, 1 or 3), 0 to 1, to (batch, width of the network), or
        with `regions` to (batch, regions, width of the network).

    Raises:
        UnknownName: if there is no network or layer of that name; the message lists those there are.
        ImportError: if a preset is asked for and keras-hub is not installed, or EfficientNetLite0 with the weights of
            ImageNet and their package is not.
        ValueError: if the images have neither one nor three channels, `up_to` is given for something else than a
            network of keras.applications or EfficientNetLite0, or "keypoints" are to have weights or regions.

    Example:
        >>> image_backbone("MobileNetV2")(keras.Input((96, 96, 1))).shape
        (None, 1280)
    """
    applications = application_names()
    if network in applications:
        return _application(network, applications[network], weights, trainable, name, regions, up_to)
    if network == LITE:
        return _lite(weights, trainable, name, regions, up_to)
    if up_to is not None:
        raise ValueError(f"up_to={up_to!r} is for networks of keras.applications and {LITE}; received {network!r}.")
    if network == "keypoints":
        return _keypoints(weights, trainable, name, regions)
    if "_" in network or "://" in network or os.path.isdir(network):
        return _preset(network, weights, trainable, name, regions, applications)
    raise UnknownName("image backbone", network, ["keypoints", LITE, *applications])


def _keypoints(weights: str | None, trainable: bool, name: str | None, regions: bool) -> Callable[[Any], Any]:
    if weights is not None or not trainable:
        raise ValueError("keypoints are not trained: weights must be None, and what reads them has to be trainable.")
    if regions:
        raise ValueError("keypoints have no regions: they lie elsewhere in each image.")
    find, read = image_keypoints(name=name), deep_sets((128, 128), (128,), pooling="mean", name=name)
    return lambda images: read(*find(images))


def _application(
    network: str, module: str, weights: str | None, trainable: bool, name: str | None, regions: bool, up_to: str | None
) -> Callable[[Any], Any]:
    prepare = ApplicationPreprocessing(module, name=prefixed(name, "preprocessing"))
    made: dict[str, keras.Model] = {}

    def call(images: Any) -> Any:
        _check_channels(images)
        if "backbone" not in made:
            called = prefixed(name, "backbone") or network.lower()
            made["backbone"] = getattr(keras.applications, network)(
                include_top=False,
                weights=weights,
                input_shape=(*images.shape[1:3], 3),
                pooling=None if regions or up_to is not None else "avg",
                name=called,
            )
            if up_to is not None:
                made["backbone"] = _beginning(made["backbone"], up_to, regions, called)
            made["backbone"].trainable = trainable
        features = made["backbone"](prepare(images))
        return _side_by_side(features, name) if regions else features

    return call


def _lite(
    weights: str | None, trainable: bool, name: str | None, regions: bool, up_to: str | None
) -> Callable[[Any], Any]:
    # Its authors' pixels are those of 8 bits less 127, by 128.
    prepare = keras.layers.Rescaling(255 / 128, -127 / 128, name=prefixed(name, "preprocessing"))
    made: dict[str, keras.Model] = {}

    def call(images: Any) -> Any:
        _check_channels(images)
        if "backbone" not in made:
            height, width = images.shape[1:3]
            whole = efficientnet_lite0(height, width, weights)
            made["backbone"] = _beginning(
                whole, up_to or "head_relu", regions, prefixed(name, "backbone") or whole.name
            )
            made["backbone"].trainable = trainable
        features = made["backbone"](prepare(ThreeChannels(name=prefixed(name, "three_channels"))(images)))
        return _side_by_side(features, name) if regions else features

    return call


def _beginning(whole: keras.Model, up_to: str, regions: bool, name: str) -> keras.Model:
    layers = {layer.name: layer for layer in whole.layers if len(layer.output.shape) == 4}
    if up_to not in layers:
        raise UnknownName("layer with a feature map", up_to, layers)
    features = layers[up_to].output
    if not regions:
        features = keras.layers.GlobalAveragePooling2D(name="pooling")(features)
    return keras.Model(whole.input, features, name=name)


def _preset(
    network: str,
    weights: str | None,
    trainable: bool,
    name: str | None,
    regions: bool,
    applications: dict[str, str],
) -> Callable[[Any], Any]:
    keras_hub, backbone = preset_backbone("image backbone", network, weights, trainable, applications, name)
    converter = keras_hub.layers.ImageConverter.from_preset(network)
    # The converter's own size is that of the preset's pictures; here the modality decides about the size.
    converter.image_size = None
    widen = ThreeChannels(255.0, name=prefixed(name, "three_channels"))

    def call(images: Any) -> Any:
        _check_channels(images)
        features = backbone(converter(widen(images)))
        if regions:
            return _side_by_side(features, name)
        pool = keras.layers.GlobalAveragePooling1D if len(features.shape) == 3 else keras.layers.GlobalAveragePooling2D
        return pool(name=prefixed(name, "pooling"))(features)

    return call


def _side_by_side(features: Any, name: str | None) -> Any:
    return keras.layers.Reshape((-1, features.shape[-1]), name=prefixed(name, "regions"))(features)


def _check_channels(images: Any) -> None:
    if len(images.shape) != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            "image_backbone takes images (batch, height, width, channels) with 1 or 3 channels; "
            f"received the shape {tuple(images.shape)}."
        )
