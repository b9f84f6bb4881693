"""`batching.config`: how the server puts the requests of several clients into one batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from google.protobuf.message import Message

from multimodal_zoo.export.serving_folder.protos import declared
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError
from multimodal_zoo.export.serving_folder.signatures import batches_in_graph, read_signatures


@dataclasses.dataclass(frozen=True)
class Batching:
    """How requests are put together.

    Args:
        max_batch_size: most rows in a batch, at least 1. A request with more rows is refused by the server.
        batch_timeout_micros: microseconds that a request waits for others, at least 0.
        max_enqueued_batches: batches that wait before the server answers that it is unavailable, at least 1.
        num_batch_threads: batches computed at a time, at least 1; about the number of cores.
        allowed_batch_sizes: sizes that a batch is filled up to, ascending, `max_batch_size` last; empty for any size.
        equal_shapes: whether clients send inputs of no fixed length (lists of ids) with the same length every time.
            The server does not batch tensors of different shape; the padding it offers repeats a tensor's first value
            and is therefore never switched on.

    Example:
        >>> Batching(max_batch_size=8, allowed_batch_sizes=(1, 2, 4, 8))
    """

    max_batch_size: int = 32
    batch_timeout_micros: int = 2000
    max_enqueued_batches: int = 100
    num_batch_threads: int = 4
    allowed_batch_sizes: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    equal_shapes: bool = False

    def __post_init__(self) -> None:
        at_least = {
            "max_batch_size": 1,
            "batch_timeout_micros": 0,
            "max_enqueued_batches": 1,
            "num_batch_threads": 1,
        }
        for name, least in at_least.items():
            if getattr(self, name) < least:
                raise ServingFolderError(f"{name} has to be at least {least}, got {getattr(self, name)}.")
        sizes = self.allowed_batch_sizes
        ascending = all(low < high for low, high in zip(sizes, sizes[1:], strict=False))
        if sizes and not (ascending and sizes[0] >= 1 and sizes[-1] == self.max_batch_size):
            raise ServingFolderError(
                f"allowed_batch_sizes has to ascend from at least 1 to max_batch_size ({self.max_batch_size}), got "
                f"{sizes}. Give such sizes, or () for any size."
            )


DEFAULT_BATCHING = Batching()


def batching_parameters(batching: Batching) -> Message:
    """The `BatchingParameters` of the server.

    Args:
        batching: how requests are put together.

    Returns:
        The message.
    """
    parameters = declared("BatchingParameters")(allowed_batch_sizes=batching.allowed_batch_sizes)
    for name in ("max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads"):
        getattr(parameters, name).value = getattr(batching, name)
    return parameters


def require_equal_shapes(versions: Mapping[str, list[Path]], batching: Batching) -> None:
    """Refuse to batch models whose requests may differ in shape.

    Args:
        versions: folders of the served versions by model.
        batching: how requests are put together.

    Raises:
        ServingFolderError: an input has a dimension of no fixed size besides the batch.
    """
    if batching.equal_shapes:
        return
    for model, folders in versions.items():
        for folder in folders:
            for signature, inputs in read_signatures(folder).items():
                for name, one in inputs.items():
                    if None in one.shape[1:]:
                        raise ServingFolderError(
                            f"The input {name!r} of {model}, version {folder.name}, signature {signature!r}, has the "
                            f"shape {one.shape}: two requests of different length would fail in one batch. Use "
                            "Batching(equal_shapes=True), on the command line --equal-shapes, when every client fills "
                            "it up to the same length, else batching=None, --no-batching."
                        )


def require_one_batcher(versions: Mapping[str, list[Path]]) -> None:
    """Refuse to batch models that batch by themselves: a request would wait twice, for batches of batches.

    Args:
        versions: folders of the served versions by model.

    Raises:
        ServingFolderError: a model was exported with `InGraphBatching`.
    """
    for model, folders in versions.items():
        for folder in folders:
            if batches_in_graph(folder):
                raise ServingFolderError(
                    f"{model}, version {folder.name}, batches inside its graph, and the server's batching is on or off "
                    "for all its models. Use batching=None, or export it without in_graph_batching."
                )
