"""Start a network from the encoders of one that is already trained."""

from __future__ import annotations

import keras


def warm_start(model: keras.Model, trained: keras.Model, modality: str) -> list[str]:
    """Copy the weights of one modality's encoder from a trained network, such as that of this modality alone.

    A network trained on several modalities at once leans on the one that learns fastest, and the others stay behind.
    Encoders that each learned alone first do not have to compete.

    Args:
        model: the network to start; made by a builder, so that the layers of an encoder are called after it.
        trained: a network with the same encoder for this modality.
        modality: its name; the layers whose names begin with `<modality>_` are copied.

    Returns:
        The names of the layers that were copied.

    Raises:
        ValueError: there is no such layer with weights, or one is missing or of another shape in `trained`; nothing is
            copied then.

    Example:
        >>> warm_start(both, audio_alone.model, "audio")

    Reference: Wang et al. 2020, arXiv:1905.12681, section 3 (why joint training of modalities falls behind).
    """
    layers = [layer for layer in model.layers if layer.name.startswith(f"{modality}_") and layer.weights]
    if not layers:
        raise ValueError(f"{model.name} has no layer with weights whose name begins with {modality}_.")
    theirs = {layer.name: layer for layer in trained.layers}
    for layer in layers:
        wanted = [tuple(weight.shape) for weight in layer.weights]
        found = [tuple(weight.shape) for weight in theirs[layer.name].weights] if layer.name in theirs else None
        if found != wanted:
            raise ValueError(
                f"The layer {layer.name} has weights of the shapes {wanted}; in the trained network it "
                + ("is missing." if found is None else f"has {found}.")
            )
    for layer in layers:
        layer.set_weights(theirs[layer.name].get_weights())
    return [layer.name for layer in layers]
