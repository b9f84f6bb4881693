"""Transfer learning: freeze the beginning of a network, and thaw it later."""

from __future__ import annotations

from collections.abc import Iterator

import keras

from multimodal_zoo.training.prune import layers_before
from multimodal_zoo.training.strategies import scope_of
from multimodal_zoo.unknown_name import UnknownName


def freeze_until(model: keras.Model, *names: str) -> list[str]:
    """Freeze the encoders of modalities, or a network up to and with a layer; let everything else learn.

    What is frozen does not move: neither its weights nor the statistics of batch normalisation, which go on to
    normalise by what they had. Each call says anew what is frozen, so gradual unfreezing names earlier and earlier
    layers, and a call without names lets the whole network learn, with what its builder had frozen. A network that
    was compiled is compiled again, with the same settings and a fresh optimiser.

    Args:
        model: made by a builder; any functional network, too, where layers are named.
        *names: of a modality, for the layers whose names begin with `<modality>_`; or of a layer, for it and all before
            it. The layer may lie in a backbone, such as "conv4_block6_out" in "image_backbone" of ResNet50.

    Returns:
        The names of the frozen layers that have weights.

    Raises:
        UnknownName: there is no such layer or modality; nothing is frozen or thawed then.

    Example:
        >>> freeze_until(model, "image", "text")  # the projections, the fusion and the head learn
        >>> bundle = fit(model, data, epochs=5)
        >>> freeze_until(model, "conv4_block6_out", "text")  # the last stage of ResNet50, too
        >>> freeze_until(model)  # everything

    Reference: Howard and Ruder 2018, arXiv:1801.06146, section 3.3 (gradual unfreezing).
    """
    frozen = [layer for name in names for layer in beginning(model, name)]
    let_learn(model)
    for layer in frozen:
        layer.trainable = False
    if model.compiled:
        # The compiled step and the optimiser hold the weights that learned before.
        with scope_of(model):
            model.compile_from_config(model.get_compile_config())
    return list(dict.fromkeys(layer.name for layer in frozen if layer.weights))


def let_learn(layer: keras.Layer) -> None:
    """Thaw a layer and, as Keras itself does not, the layers of a network within the network."""
    layer.trainable = True
    for one in layer.layers if isinstance(layer, keras.Model) else ():
        let_learn(one)


def beginning(model: keras.Model, name: str) -> list[keras.Layer]:
    """What `name` freezes: the single layers, those within backbones one by one.

    Raises:
        UnknownName: there is no such layer or modality.
    """
    if name in getattr(model, "modalities", ()):
        of_modality = [layer for layer in model.layers if layer.name.startswith(f"{name}_")]
        return [single for layer in of_modality for single in single_layers(layer)]
    found = layers_until(model, name)
    if found is None:
        known = [layer.name for layer in single_layers(model) if layer.weights]
        raise UnknownName("layer or modality", name, [*getattr(model, "modalities", ()), *known])
    return found


def layers_until(model: keras.Model, name: str) -> list[keras.Layer] | None:
    """The layer of this name and the layers it depends on, wherever it lies; None if there is none."""
    for layer in model.layers:
        within = layers_until(layer, name) if isinstance(layer, keras.Model) else None
        if within is None and layer.name == name:
            within = list(single_layers(layer))
        if within is not None:
            return [*(single for one in ancestors(layer) for single in single_layers(one)), *within]
    return None


def ancestors(layer: keras.Layer) -> list[keras.Layer]:
    """All layers whose answers this one depends on, itself excepted."""
    found: dict[int, keras.Layer] = {}
    to_visit = layers_before(layer)
    while to_visit:
        one = to_visit.pop()
        if id(one) not in found:
            found[id(one)] = one
            to_visit.extend(layers_before(one))
    # Among them are plain operations, which have nothing to freeze.
    return [one for one in found.values() if isinstance(one, keras.Layer)]


def single_layers(layer: keras.Layer) -> Iterator[keras.Layer]:
    """The layers of a network within the network, those within it in turn; of any other layer itself."""
    if not isinstance(layer, keras.Model):
        yield layer
        return
    for one in layer.layers:
        yield from single_layers(one)
