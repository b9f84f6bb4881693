"""`models.config`: which models the server loads, in which versions, under which labels."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.message import Message

from multimodal_zoo.export.serving_folder.protos import official
from multimodal_zoo.export.serving_folder.served_models import FoundModel
from multimodal_zoo.export.serving_folder.server_flags import MOUNT


def model_server_config(models: Sequence[FoundModel]) -> Message:
    """The `ModelServerConfig` of some models.

    Args:
        models: as found in their folders.

    Returns:
        The message. With labels the versions are listed, for a label may only stand on a version that stays loaded;
        without, the newest `keep` are served as they come.

    Raises:
        ImportError: `tensorflow-serving-api` is not installed.
    """
    config = official("config.model_server_config_pb2").ModelServerConfig()
    for model in models:
        one = config.model_config_list.config.add(
            name=model.name, base_path=f"{MOUNT}/{model.name}", model_platform="tensorflow"
        )
        if model.labels:
            one.model_version_policy.specific.versions.extend(model.versions)
            for label, version in model.labels.items():
                one.version_labels[label] = version
        else:
            one.model_version_policy.latest.num_versions = model.keep
    return config
