"""Where the folder stands in the container, what its files are called, and the flags that name them to the server."""

from __future__ import annotations

from collections.abc import Collection

MOUNT = "/models"
GRPC_PORT, REST_PORT = 8500, 8501
IMAGE = "tensorflow/serving:2.20.0"

MODELS = "models.config"
BATCHING = "batching.config"
MONITORING = "monitoring.config"
PLATFORM = "platform.config"


def session_flags(files: Collection[str]) -> list[str]:
    """The flags of metrics, batching and sessions, for whichever of their files are there.

    Args:
        files: names of the files written.

    Returns:
        The flags.

    Example:
        >>> session_flags(["models.config", "monitoring.config"])
        ['--monitoring_config_file=/models/monitoring.config']
    """
    flags = []
    if MONITORING in files:
        flags.append(f"--monitoring_config_file={MOUNT}/{MONITORING}")
    if PLATFORM in files:
        flags.append(f"--platform_config_file={MOUNT}/{PLATFORM}")
    elif BATCHING in files:
        flags += ["--enable_batching=true", f"--batching_parameters_file={MOUNT}/{BATCHING}"]
    return flags


def server_flags(files: Collection[str], labels: bool) -> list[str]:
    """The flags of a server that serves the whole folder.

    Args:
        files: names of the files written.
        labels: whether a version has a label. A server that starts has no version loaded yet and refuses labels
            unless it is told otherwise.

    Returns:
        The flags. The server looks for a new `models.config` once a minute.
    """
    flags = [f"--model_config_file={MOUNT}/{MODELS}", "--model_config_file_poll_wait_seconds=60"]
    if labels:
        flags.append("--allow_version_labels_for_unavailable_models=true")
    return flags + session_flags(files)
