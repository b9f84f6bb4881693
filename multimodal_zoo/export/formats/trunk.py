"""A bundle in two parts: raw -> tensors, and the network itself (the trunk) with static shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf

from multimodal_zoo.export.saved_model import UNDECODABLE, traced
from multimodal_zoo.modalities import raw_to_tensors
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.bundle import Bundle


def trunk_inputs(bundle: Bundle, batch_size: int) -> dict[str, tf.TensorSpec]:
    """The inputs of the network by name, `presence` last where it has that one."""
    specs = {
        name: tf.TensorSpec((batch_size, *one.shape), one.dtype, name=name) for name, one in bundle.modalities.items()
    }
    if bundle.has_presence:
        specs[PRESENCE] = tf.TensorSpec((batch_size, len(bundle.modalities)), tf.float32, name=PRESENCE)
    return specs


def write_trunk(bundle: Bundle, folder: Path, batch_size: int) -> None:
    """A SavedModel from tensors, `batch_size` records at a time, to `prediction`."""
    module = tf.Module(name="trunk")
    module.weights = [variable.value for variable in bundle.model.variables]

    def answer(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {"prediction": bundle.answering(inputs, training=False)}

    tf.saved_model.save(module, str(folder), signatures=traced(answer, trunk_inputs(bundle, batch_size)))


def write_preprocess(bundle: Bundle, folder: Path) -> None:
    """A SavedModel from raw values to the tensors of the network, `presence` and `undecodable`, any batch size."""
    module = tf.Module(name="preprocess")
    module.tables = [table for modality in bundle.modalities.values() for table in modality.tables()]

    def answer(raw: dict[str, tf.Tensor]) -> dict[str, Any]:
        content, presence, undecodable = raw_to_tensors(bundle.modalities, raw)
        return {**content, PRESENCE: presence, UNDECODABLE: undecodable}

    raw_specs = {name: one.raw_spec(name) for name, one in bundle.modalities.items()}
    tf.saved_model.save(module, str(folder), signatures=traced(answer, raw_specs))
