"""What serves exported models: the files of TensorFlow Serving, docker compose, Kubernetes and KServe."""

from multimodal_zoo.export.serving_folder.alerts import AlertLimits
from multimodal_zoo.export.serving_folder.batching import Batching
from multimodal_zoo.export.serving_folder.folder import write_serving_folder
from multimodal_zoo.export.serving_folder.kubernetes import Cluster
from multimodal_zoo.export.serving_folder.platform_config import Sessions
from multimodal_zoo.export.serving_folder.served_models import ServedModel
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError
from multimodal_zoo.export.serving_folder.warm_up import write_warm_up

__all__ = [
    "AlertLimits",
    "Batching",
    "Cluster",
    "ServedModel",
    "ServingFolderError",
    "Sessions",
    "write_serving_folder",
    "write_warm_up",
]
