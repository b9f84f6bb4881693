"""The named inputs of a model: one per modality, and `presence` when modalities may be missing."""

from __future__ import annotations

import keras

from multimodal_zoo.modalities.modality import Modality
from multimodal_zoo.registry import PRESENCE


def model_inputs(*, presence: bool = False, **modalities: Modality | None) -> dict[str, keras.KerasTensor]:
    """Make a `keras.Input` for each modality, in the order given; None is left out.

    Args:
        presence: add the input `presence` `(batch, number of modalities)`, 1 where a modality is there.
        **modalities: name and declaration of each.

    Returns:
        Inputs by name; `presence` last.

    Raises:
        TypeError: something that is no modality.
        ValueError: no modality at all.

    Example:
        >>> list(model_inputs(image=Image(64, 64, 1), report=Text(100, 20), presence=True))
        ['image', 'report', 'presence']
    """
    kept = {name: modality for name, modality in modalities.items() if modality is not None}
    for name, modality in kept.items():
        if not isinstance(modality, Modality):
            raise TypeError(
                f"{name} has to be a modality such as Image(64, 64, 1) or Text(8000, 256), got {modality!r}."
            )
    if not kept:
        raise ValueError("A model needs at least one modality.")
    inputs = {name: modality.input(name) for name, modality in kept.items()}
    if presence:
        inputs[PRESENCE] = keras.Input((len(kept),), dtype="float32", name=PRESENCE)
    return inputs
