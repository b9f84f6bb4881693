"""The two splits of a training as tensors: those in memory, and the training split of shards, which is streamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from multimodal_zoo.modalities import Modality
from multimodal_zoo.shards import ShardSplit
from multimodal_zoo.training.pipeline import Prepared, prepare
from multimodal_zoo.training.splits import require_visible
from multimodal_zoo.training.streamed import Streamed, refuse_in_stream


def prepared_splits(
    train: Any,
    validation: Any,
    modalities: Mapping[str, Modality],
    *,
    with_presence: bool,
    replicas: int,
    on_undecodable: str,
    **in_memory_alone: Any,
) -> tuple[Prepared | Streamed, Prepared]:
    """The training and the validation split as a network reads them.

    Args:
        train, validation: of what `fit` was given.
        modalities: fitted modalities by name.
        with_presence: whether the network is told what is missing. If not, a missing picture or sound is an error.
        replicas: among which each batch is shared.
        on_undecodable: "absent" or "skip", see `pipeline.prepare`.
        in_memory_alone: arguments of `fit` that shards are refused with, unless they are None.

    Raises:
        ValueError: the network would not see that something is missing, or shards are refused.
    """

    def in_memory(split: Any) -> Prepared:
        return require_visible(prepare(split, modalities, on_undecodable), modalities, with_presence)

    if not isinstance(train, ShardSplit):
        return in_memory(train), in_memory(validation)
    skipping = on_undecodable if on_undecodable != "absent" else None
    refuse_in_stream(**in_memory_alone, on_undecodable=skipping)
    return Streamed(train, modalities, with_presence, replicas), in_memory(validation)
