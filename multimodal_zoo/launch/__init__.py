"""Start a training on several workers: processes of this machine, or pods of Kubernetes. Loads no TensorFlow."""

from multimodal_zoo.launch.local_job import run_local_job
from multimodal_zoo.launch.manifests import TrainingJob, indexed_job, manifest_text, tf_job

__all__ = ["TrainingJob", "indexed_job", "manifest_text", "run_local_job", "tf_job"]
