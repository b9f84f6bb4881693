"""What a call of `fit` must have in common with the unfinished one that it goes on with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from multimodal_zoo.modalities import Modality
from multimodal_zoo.training.adversarial import Adversary
from multimodal_zoo.training.adversarial_examples import AdversarialExamples
from multimodal_zoo.training.bundle import json_ready
from multimodal_zoo.training.pipeline import Prepared
from multimodal_zoo.training.streamed import Streamed
from multimodal_zoo.training.table_parts.part_checkpoints import workers_of_tables


def settings_of_fit(
    model: keras.Model,
    modalities: Mapping[str, Modality],
    train: Prepared | Streamed,
    validation: Prepared,
    *,
    keep: str,
    monitor: str,
    epochs: int,
    own_words: float,
    class_weight: Mapping[int, float] | str | None,
    soft_targets: tuple[np.ndarray, np.ndarray] | None,
    adversary: Adversary | None,
    adversarial: AdversarialExamples | None,
    blend: Mapping[str, float] | None,
    **plain: Any,
) -> dict[str, Any]:
    """The settings of a training, JSON-ready, for `claim`.

    Args:
        model: compiled.
        modalities: fitted.
        train, validation: the splits.
        plain: the arguments of `fit` that are JSON-ready as they are; those before it are named there, too.
    """
    return {
        "model": model.name,
        "arguments": json_ready(model.builder_arguments),
        "records": len(train),
        **plain,
        "keep": keep,
        "monitor": monitor if keep == "best" else None,
        # Whatever depends on how many epochs there are to be; else more or fewer may follow.
        "epochs": epochs if keep != "best" or own_words else None,
        "own_words": own_words,
        "loss": json_ready(model.loss.get_config()) if isinstance(model.loss, keras.losses.Loss) else None,
        "class_weight": json_ready(class_weight),
        "soft_targets": None if soft_targets is None else hashlib.sha256(soft_targets[0].tobytes()).hexdigest(),
        "adversary": None if adversary is None else adversary.settings(),
        "adversarial": None if adversarial is None else adversarial.settings(),
        "blend": None if blend is None else dict(blend),
        **hidden_settings(model, modalities, train, validation),
        **({"shards": train.settings()} if isinstance(train, Streamed) else {}),
        **workers_of_tables(model),
    }


def hidden_settings(
    model: keras.Model, modalities: Mapping[str, Modality], train: Prepared | Streamed, validation: Prepared
) -> dict[str, Any]:
    """What makes another training of it and is in no argument: the optimiser, and what the data taught."""
    learned = {name: one.learned_state() for name, one in modalities.items()}
    labels = (train.labels, validation.labels)
    return {
        "precision": model.dtype_policy.name,
        "optimizer": without_names(keras.saving.serialize_keras_object(model.optimizer)),
        "learned": hashlib.sha256(json.dumps(learned, sort_keys=True).encode()).hexdigest(),
        "labels": hashlib.sha256(b"".join(np.asarray(one).tobytes() for one in labels)).hexdigest(),
    }


def without_names(config: Any) -> Any:
    """A configuration of Keras, JSON-ready, without what counts the objects that this process made before."""
    if isinstance(config, Mapping):
        return {key: without_names(one) for key, one in config.items() if key not in ("name", "shared_object_id")}
    if isinstance(config, (list, tuple)):
        return [without_names(one) for one in config]
    return config if isinstance(config, (str, int, float, bool, type(None))) else repr(config)
