"""What a frozen encoder makes of each record, computed once and not again in every epoch."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.freeze_until import single_layers
from multimodal_zoo.training.graph_nodes import nodes_in_order
from multimodal_zoo.training.pipeline import Prepared

BATCH = 32


@dataclasses.dataclass(frozen=True)
class FrozenOnce:
    """A network cut behind its frozen encoders.

    Args:
        learner: what is behind them: it reads their answers in place of the modalities, under the same names, and has
            the layers, optimiser and loss of the whole network.
        encoders: modality -> the network from its input, and presence where that counts, to what the learner reads.
    """

    learner: keras.Model
    encoders: dict[str, keras.Model]

    def answers(self, prepared: Prepared) -> Prepared:
        """The same records with the answers of the encoders in place of what they read."""
        inputs = prepared.inputs(with_presence=True)
        answers = {name: answers_of(encoder, inputs) for name, encoder in self.encoders.items()}
        return dataclasses.replace(prepared, content={**prepared.content, **answers})


def frozen_once(model: keras.Model, unvaried: Iterable[str]) -> FrozenOnce | None:
    """Cut a compiled network behind the encoders that are frozen.

    Cut is where all that a modality goes through before has nothing to learn and nothing random: the answer to a record
    is then the same in every epoch, and what is trained the same as without the cut. In training a frozen network of
    photographs takes nearly all of the time.

    Args:
        model: functional network.
        unvaried: modalities that come to it the same in every epoch: not augmented.

    Returns:
        The learner and the encoders; None where there is nothing to cut.

    Example:
        >>> cut = frozen_once(model, ["image"])
        >>> cut.learner.fit(batches_of(cut.answers(train), ...))
    """
    ends = {name: end for name in unvaried if (end := end_of_frozen(model, name)) is not None}
    if not ends:
        return None
    encoders = {
        name: keras.Model(
            {one: model.input[one] for one in (name, PRESENCE) if one in model.input}, end, name=f"{name}_frozen"
        )
        for name, end in ends.items()
    }
    inputs = {name: tensor for name, tensor in model.input.items() if name not in ends}
    answers = {name: keras.Input(end.shape[1:], dtype=end.dtype, name=name) for name, end in ends.items()}
    values = {id(tensor): tensor for tensor in inputs.values()}
    values |= {id(end): answers[name] for name, end in ends.items()}
    for node in nodes_in_order(model):
        known = all(id(tensor) in values for tensor in node.arguments.keras_tensors)
        if known and not all(id(tensor) in values for tensor in node.outputs):
            arguments, named = node.arguments.fill_in(values)
            made = keras.tree.flatten(node.operation(*arguments, **named))
            values.update(zip(map(id, node.outputs), made, strict=True))
    outputs = keras.tree.map_structure(lambda tensor: values[id(tensor)], model.output)
    learner = keras.Model({**inputs, **answers}, outputs, name=model.name)
    settings = model.get_compile_config() or {}
    # The metrics are its own, as they hold the state of an epoch; the optimiser and the loss are shared.
    metrics = keras.saving.deserialize_keras_object(settings.get("metrics"))
    learner.compile(model.optimizer, model.loss, metrics=metrics)
    return FrozenOnce(learner, encoders)


def end_of_frozen(model: keras.Model, name: str) -> keras.KerasTensor | None:
    """The one tensor in which the frozen part behind a modality ends; None where there is none, or several.

    Nor is there one where it is larger than what the modality gives, as vectors of words are: it is held in memory.
    """
    # Of each tensor that is the same in every epoch: what it depends on, and whether weights were applied.
    same = {id(model.input[one]): (frozenset({one}), False) for one in (name, PRESENCE) if one in model.input}
    ends: dict[int, keras.KerasTensor] = {}
    for node in nodes_in_order(model):
        read = node.arguments.keras_tensors
        if all(id(tensor) in same for tensor in read) and is_fixed(node.operation):
            sources = frozenset().union(*(same[id(tensor)][0] for tensor in read))
            weighted = has_weights(node.operation) or any(same[id(tensor)][1] for tensor in read)
            same |= {id(tensor): (sources, weighted) for tensor in node.outputs}
        else:
            ends |= {id(tensor): tensor for tensor in read if name in same.get(id(tensor), ((), False))[0]}
    ends |= {id(tensor): tensor for tensor in model.outputs if name in same.get(id(tensor), ((), False))[0]}
    if len(ends) != 1:
        return None
    ((number, end),) = ends.items()
    sizes = [[*tensor.shape[1:]] for tensor in (end, model.input[name])]
    small = all(None not in size for size in sizes) and math.prod(sizes[0]) <= math.prod(sizes[1])
    return end if same[number][1] and small else None


def is_fixed(operation: Any) -> bool:
    """Whether an operation has nothing to learn and draws nothing at random."""
    if not isinstance(operation, keras.Layer):
        return True
    # Dropout draws in training, frozen or not; a frozen normalisation keeps its averages.
    draws = any("seed_generator" in weight.path for weight in operation.non_trainable_variables)
    return not draws and not any(layer.trainable and layer.weights for layer in single_layers(operation))


def has_weights(operation: Any) -> bool:
    """Whether an operation is a layer with weights."""
    return isinstance(operation, keras.Layer) and bool(operation.weights)


def answers_of(encoder: keras.Model, inputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """What an encoder answers to each record; of equal ones, as an image with five captions has, it is asked once."""
    read = [np.asarray(inputs[name]) for name in encoder.input]
    keys = [hashlib.sha256(b"".join(one[row].tobytes() for one in read)).digest() for row in range(len(read[0]))]
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    asked = {name: one[first] for name, one in zip(encoder.input, read, strict=True)}
    return tf.gather(encoder.predict(asked, batch_size=BATCH, verbose=0), place)


def unvaried(modalities: Mapping[str, Modality], content: Mapping[str, tf.Tensor]) -> list[str]:
    """The modalities whose augmentation gives back what it was given."""
    seed, samples = tf.zeros(2, tf.int64), {name: content[name][:1] for name in modalities}
    return [name for name, one in modalities.items() if one.augment(samples[name], seed) is samples[name]]
