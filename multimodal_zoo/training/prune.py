"""Start a narrow network from the strongest channels of a wide one."""

from __future__ import annotations

import math

import keras
import numpy as np

from multimodal_zoo.fusion.presence import ModalityDropout, SilenceAbsent

# The last axis of these layers' answers is that of their inputs.
KEEP_CHANNELS = (
    keras.layers.Activation,
    keras.layers.AveragePooling1D,
    keras.layers.AveragePooling2D,
    keras.layers.Dropout,
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalMaxPooling1D,
    keras.layers.GlobalMaxPooling2D,
    keras.layers.MaxPooling1D,
    keras.layers.MaxPooling2D,
    keras.layers.ReLU,
    SilenceAbsent,
    ModalityDropout,
)
NORMALIZE_CHANNELS = (
    keras.layers.BatchNormalization,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
)
CHOOSE_CHANNELS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Dense)


def start_from_strongest(student: keras.Model, teacher: keras.Model) -> list[str]:
    """Copy into a narrow network the strongest channels of a trained one of the same architecture.

    Structured pruning: whole channels go, so that what is left is an ordinary smaller network. Of every convolution
    and dense layer that the student has narrower, the channels whose weights have the largest L1 norm are kept, and
    the layers behind read those alone. The student has to be trained on; see `distil(..., prune=True)`.

    Layers of other kinds, such as fusion operators and recurrent layers, are copied where they have the teacher's
    size and read all of its channels. Else they, and what follows them, keep the weights they have.

    Args:
        student: the narrow network, made by the teacher's builder; its layers are called as the teacher's.
        teacher: the trained network.

    Returns:
        The names of the layers that were started so.

    Raises:
        ValueError: not one layer could be.

    Example:
        >>> student = create_model("lstnet_diagnosis", **modalities, filters=(16, 32, 64))
        >>> start_from_strongest(student, teacher.model)

    Reference: Li et al. 2017, arXiv:1608.08710, section 3.1 (filters by the sum of their absolute weights).
    """
    theirs = {layer.name: layer for layer in teacher.layers}
    # By layer, which channels of the teacher's last axis it answers with, in its order; None if no one can say.
    kept: dict[str, np.ndarray | None] = {}
    started = []
    for layer in student.layers:
        sources = [kept[one.name] for one in layers_before(layer)]
        trained = theirs.get(layer.name)
        if trained is None or type(trained) is not type(layer):
            kept[layer.name] = None
            continue
        channels, weights = shrunk(layer, trained, sources)
        fits = [one.shape for one in weights] == [tuple(one.shape) for one in layer.weights]
        kept[layer.name] = channels if fits else None
        if weights and fits:
            layer.set_weights(weights)
            started.append(layer.name)
    if not started:
        raise ValueError(f"Nothing of {teacher.name} fits {student.name}: no layer of the same name, kind and inputs.")
    return started


def layers_before(layer: keras.Layer) -> list[keras.Layer]:
    """The layers whose answers this one reads."""
    return [parent.operation for node in layer._inbound_nodes[:1] for parent in node.parent_nodes]


def shrunk(
    layer: keras.Layer, trained: keras.Layer, sources: list[np.ndarray | None]
) -> tuple[np.ndarray | None, list[np.ndarray]]:
    """The teacher's channels that this layer answers with, and its weights out of the teacher's; none if unknown."""
    weights = [np.asarray(one) for one in trained.weights]
    if isinstance(layer, keras.layers.InputLayer):
        return (np.arange(layer.output.shape[-1]) if layer.output.shape == trained.output.shape else None), []
    if not sources or sources[0] is None:
        return None, []
    if isinstance(layer, KEEP_CHANNELS):
        return sources[0], []
    if isinstance(layer, keras.layers.Flatten):
        # The channels lie together, place after place.
        places, width = math.prod(trained.input.shape[1:-1]), trained.input.shape[-1]
        return (np.arange(places)[:, None] * width + sources[0]).reshape(-1), []
    if isinstance(layer, NORMALIZE_CHANNELS):
        return sources[0], [one[sources[0]] for one in weights]
    if isinstance(layer, CHOOSE_CHANNELS):
        kernel = np.take(weights[0], sources[0], axis=-2)
        strength = np.abs(kernel).sum(axis=tuple(range(kernel.ndim - 1)))
        strongest = np.sort(np.argsort(-strength, kind="stable")[: layer.weights[0].shape[-1]])
        return strongest, [kernel[..., strongest], *(bias[strongest] for bias in weights[1:])]
    widths = [one.output.shape[-1] for one in layers_before(trained)]
    whole = [one is not None and len(one) == width for one, width in zip(sources, widths, strict=False)]
    if len(sources) == len(widths) and all(whole):
        return np.arange(trained.output.shape[-1]), weights
    return None, []
