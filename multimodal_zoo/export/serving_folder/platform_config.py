"""`platform.config`: threads and GPU memory of the server's sessions, which no single flag can set."""

from __future__ import annotations

import dataclasses

from google.protobuf.message import Message

from multimodal_zoo.export.serving_folder.batching import Batching, batching_parameters
from multimodal_zoo.export.serving_folder.protos import declared, official
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError


@dataclasses.dataclass(frozen=True)
class Sessions:
    """What the sessions of the server may use.

    Args:
        intra_op_threads: threads within an operation; 0 leaves it to TensorFlow.
        inter_op_threads: operations at a time; 0 leaves it to TensorFlow.
        gpu_memory_fraction: share of a GPU's memory, in [0, 1]; 0 leaves it to TensorFlow.

    Example:
        >>> Sessions(intra_op_threads=2, inter_op_threads=2)
    """

    intra_op_threads: int = 0
    inter_op_threads: int = 0
    gpu_memory_fraction: float = 0.0

    def __post_init__(self) -> None:
        for name in ("intra_op_threads", "inter_op_threads"):
            if getattr(self, name) < 0:
                raise ServingFolderError(f"{name} has to be at least 0, got {getattr(self, name)}.")
        if not 0 <= self.gpu_memory_fraction <= 1:
            raise ServingFolderError(f"gpu_memory_fraction has to be in [0, 1], got {self.gpu_memory_fraction}.")


def platform_config_map(sessions: Sessions, batching: Batching | None) -> Message:
    """The `PlatformConfigMap` of the platform `tensorflow`.

    Args:
        sessions: what the sessions may use.
        batching: how requests are put together, None for not at all. It stands in here because the server ignores its
            batching flags, its warm-up flag and its tags once it is given a platform file.

    Returns:
        The message.

    Raises:
        ImportError: `tensorflow-serving-api` is not installed.
    """
    adapter = declared("SavedModelBundleSourceAdapterConfig")()
    bundle = adapter.legacy_config
    bundle.saved_model_tags.append("serve")
    bundle.enable_model_warmup = True
    if batching is not None:
        bundle.batching_parameters.CopyFrom(batching_parameters(batching))
    bundle.session_config.intra_op_parallelism_threads = sessions.intra_op_threads
    bundle.session_config.inter_op_parallelism_threads = sessions.inter_op_threads
    bundle.session_config.gpu_options.per_process_gpu_memory_fraction = sessions.gpu_memory_fraction
    platforms = official("config.platform_config_pb2").PlatformConfigMap()
    platforms.platform_configs["tensorflow"].source_adapter_config.Pack(adapter)
    return platforms
