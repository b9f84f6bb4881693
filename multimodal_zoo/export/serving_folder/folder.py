"""The serving folder: beside exported models, everything that serves and watches them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from multimodal_zoo.export.serving_folder import server_flags
from multimodal_zoo.export.serving_folder.alerts import DEFAULT_LIMITS, AlertLimits, alert_rules
from multimodal_zoo.export.serving_folder.autoscaling import adapter_rules, autoscaler
from multimodal_zoo.export.serving_folder.batching import (
    DEFAULT_BATCHING,
    Batching,
    batching_parameters,
    require_equal_shapes,
    require_one_batcher,
)
from multimodal_zoo.export.serving_folder.compose import compose_file
from multimodal_zoo.export.serving_folder.kserve import inference_services
from multimodal_zoo.export.serving_folder.kubernetes import DEFAULT_CLUSTER, Cluster, deployment, service
from multimodal_zoo.export.serving_folder.model_config import model_server_config
from multimodal_zoo.export.serving_folder.monitoring import monitoring_config, service_monitor
from multimodal_zoo.export.serving_folder.platform_config import Sessions, platform_config_map
from multimodal_zoo.export.serving_folder.protos import INSTALL, text_of
from multimodal_zoo.export.serving_folder.served_models import ServedModel, find_models, model_versions
from multimodal_zoo.export.serving_folder.written_files import write_files


def write_serving_folder(
    root: str | os.PathLike[str],
    models: Sequence[str | ServedModel],
    *,
    batching: Batching | None = DEFAULT_BATCHING,
    sessions: Sessions | None = None,
    cluster: Cluster = DEFAULT_CLUSTER,
    limits: AlertLimits = DEFAULT_LIMITS,
) -> tuple[Path, ...]:
    """Write beside exported models what TensorFlow Serving, docker compose, Kubernetes and KServe need to serve them.

    Args:
        root: the folder that holds `<name>/<version>/` for each model. It is what gets mounted at `/models`.
        models: names, or `ServedModel`s that say which versions and labels.
        batching: how the server puts requests together; None where the models batch inside their graph.
        sessions: threads and GPU memory of the server; None leaves them to it. With them `platform.config` is written
            and carries the batching, too, in place of `batching.config`.
        cluster: how the server stands in a Kubernetes cluster.
        limits: above what an alert fires.

    Returns:
        The files: `models.config`, `monitoring.config`, `batching.config` or `platform.config`, `docker-compose.yaml`,
        `kubernetes/` (`deployment`, `service`, `autoscaler`, `service-monitor`, `alerts` and, for the adapter that
        feeds the autoscaler, `prometheus-adapter-values`) and `kserve/inference-services.yaml`. Each is written beside
        and renamed; files of an earlier call are replaced, or removed where they no longer belong.

    Raises:
        ServingFolderError: a model or a version is not there, a label names a missing version, a setting is out of
            range, requests cannot be batched or are batched in a model's graph already, or a file is in the way that is
            not from here.
        ImportError: the extra `serving` is not installed.

    Example:
        >>> write_serving_folder("saved_models", ["deepfm", ServedModel("lstnet_diagnosis", labels={"stable": 1})])
    """
    root = Path(root)
    found = find_models(root, models)
    names = [model.name for model in found]
    if batching is not None:
        folders = {model.name: model_versions(root, model.name) for model in found}
        served = {model.name: [folders[model.name][version] for version in model.versions] for model in found}
        require_equal_shapes(served, batching)
        require_one_batcher(served)

    texts = {
        server_flags.MODELS: text_of(model_server_config(found)),
        server_flags.MONITORING: text_of(monitoring_config()),
    }
    if sessions is not None:
        texts[server_flags.PLATFORM] = text_of(platform_config_map(sessions, batching))
    elif batching is not None:
        texts[server_flags.BATCHING] = text_of(batching_parameters(batching))
    flags = server_flags.server_flags(texts, labels=any(model.labels for model in found))
    documents = {
        "docker-compose.yaml": [compose_file(cluster.image, flags, names)],
        "kubernetes/deployment.yaml": [deployment(cluster, flags, names[0])],
        "kubernetes/service.yaml": [service(cluster)],
        "kubernetes/autoscaler.yaml": [autoscaler(cluster)],
        "kubernetes/service-monitor.yaml": [service_monitor(cluster)],
        "kubernetes/alerts.yaml": [alert_rules(cluster, limits)],
        "kubernetes/prometheus-adapter-values.yaml": [adapter_rules()],
        "kserve/inference-services.yaml": inference_services(cluster, names, tuple(texts)),
    }
    texts.update({name: yaml_text(manifests) for name, manifests in documents.items()})
    return write_files(root, texts, {server_flags.PLATFORM, server_flags.BATCHING} - set(texts))


def yaml_text(documents: Sequence[dict[str, Any]]) -> str:
    """YAML documents, their keys in the order given.

    Raises:
        ImportError: PyYAML is not installed.
    """
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise ImportError(f"The serving folder needs the package PyYAML: {INSTALL}.") from error

    class Plain(yaml.SafeDumper):
        """Writes what stands in two places twice: people read these files, and not all tools know references."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump_all(documents, Dumper=Plain, sort_keys=False, width=120)
