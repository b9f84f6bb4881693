"""Probabilities at the temperature that belongs to the modalities that are there."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

# A probability of 0 has no logarithm; float32 softmax gives none between it and this.
LEAST = 1e-30


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AtTemperatures(keras.Layer):
    """softmax(log p / T), T being the temperature of the modalities that are there; of one column its sigmoid.

    Called with probabilities `(batch, classes)`, or of class 1 `(batch, 1)`, and presence `(batch, modalities)` where
    there are several temperatures; returns probabilities of the same shape in float32.

    Args:
        temperatures: one for all records; or one for each subset of the modalities, numbered by its modalities, the
            first of which counts 1, the second 2, the third 4.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: a temperature is not greater than 0.

    Reference: Guo et al. 2017, arXiv:1706.04599, section 4.2.
    """

    def __init__(self, temperatures: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.temperatures = tuple(float(one) for one in temperatures)
        if not self.temperatures or not min(self.temperatures) > 0:
            raise ValueError(f"Temperatures are greater than 0; got {temperatures!r}.")

    def call(self, probabilities: Any, presence: Any = None) -> Any:
        alone = probabilities.shape[-1] == 1
        both = ops.concatenate([1.0 - probabilities, probabilities], axis=-1) if alone else probabilities
        scaled = ops.softmax(ops.log(ops.maximum(both, LEAST)) / self.temperature(presence), axis=-1)
        return scaled[:, 1:] if alone else scaled

    def temperature(self, presence: Any) -> Any:
        """The temperature of each record, `(batch, 1)`, or of all."""
        if len(self.temperatures) == 1:
            return self.temperatures[0]
        counts = ops.convert_to_tensor([2**column for column in range(presence.shape[-1])], "int32")
        number = ops.sum(ops.cast(presence > 0.5, "int32") * counts, axis=-1)
        return ops.take(ops.convert_to_tensor(self.temperatures, "float32"), number)[:, None]

    def compute_output_shape(self, probabilities_shape: Any, presence_shape: Any = None) -> Any:
        return probabilities_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperatures": list(self.temperatures)}


def temperatures_of(calibration: Mapping[str, Any], modalities: Sequence[str], has_presence: bool) -> list[float]:
    """The temperatures of a calibration as `AtTemperatures` takes them.

    A network that may miss no modality has one. Of a record with nothing in it the answer stays as it is.

    Raises:
        ValueError: a subset of the modalities has none.

    Example:
        >>> temperatures_of({"image": {"temperature": 2.0}}, ["image"], False)
        [2.0]
    """
    subsets = [tuple(modalities)]
    if has_presence:
        # The first modality changes fastest.
        chosen = itertools.product((False, True), repeat=len(modalities))
        subsets = [tuple(itertools.compress(modalities, reversed(one))) for one in chosen]
    missing = ["+".join(one) for one in subsets if one and "+".join(one) not in calibration]
    if missing:
        raise ValueError(
            f"The calibration has no temperature for {missing[0]!r}; it has some for "
            f"{', '.join(calibration) or 'none'}. Fit it with `calibrate`."
        )
    return [calibration["+".join(one)]["temperature"] if one else 1.0 for one in subsets]


def at_temperatures(model: keras.Model, modalities: Iterable[str], calibration: Mapping[str, Any]) -> keras.Model:
    """The same network, of the same weights, whose answers are at the temperatures of a calibration.

    Args:
        model: network of the zoo for classification or ranking.
        modalities: their names, in the order of the presence columns.
        calibration: by the names of the modalities that are there, joined by "+", a dict with `temperature`.

    Raises:
        ValueError: a subset of the modalities has no temperature.
    """
    presence = model.input.get("presence")
    layer = AtTemperatures(temperatures_of(calibration, list(modalities), presence is not None))
    answer = layer(model.output) if presence is None else layer(model.output, presence)
    return keras.Model(model.input, answer, name=model.name)
