"""Where a model trains: on one device, mirrored over several, or over several machines.

The batch size is the global one everywhere: each replica gets its share of it, so that the same batch size means the
same steps on any number of devices. The learning rate is the one that was given: none of these changes it. Who makes
the batch larger because there are more devices can scale it by `scaled_learning_rate`.
"""

from __future__ import annotations

import contextlib
import functools
import os
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.eager import context

from multimodal_zoo.training.cluster import bear_with_slow_workers, cluster_of, join_cluster, worker_count
from multimodal_zoo.training.keras_repairs import repair_trainer
from multimodal_zoo.unknown_name import UnknownName

STRATEGIES = ("auto", "cpu", "gpu", "mirrored", "multi_worker", "tpu", "parameter_server")
NO_PARAMETER_SERVER = (
    "strategy 'parameter_server' is none that Keras 3 can train under: its fit reads the batches and runs the steps "
    "itself, and this strategy gives batches and steps only to a ClusterCoordinator. Use 'multi_worker', which mirrors "
    "all weights on every worker; with sharded tables each of them holds only its share of the rows of large tables."
)


def resolve(name: str = "auto") -> tf.distribute.Strategy:
    """The TensorFlow distribution strategy of that name.

    Args:
        name: "auto" (multi_worker where TF_CONFIG names several workers; otherwise mirrored over the GPUs if there is
            more than one; otherwise the default device), "cpu", "gpu" (the first one), "mirrored" (over all GPUs;
            without any, over two logical CPUs), "multi_worker" (mirrored over the processes that TF_CONFIG, a step of
            Slurm or an indexed Job of Kubernetes names, see `cluster_of`) or "tpu" (the one that TPU_NAME names, or
            the one of this machine). "parameter_server" is refused with the reason.

    Build and fit the model inside `resolve(...).scope()`. The batch size is the global one: each replica gets its
    share of it. The learning rate stays as it is.

    Raises:
        UnknownName: none of these.
        RuntimeError: there is no such device or cluster; "mirrored" without GPUs, or "multi_worker", after TensorFlow
            has started; or one that Keras 3 cannot train under.

    Example:
        >>> with resolve("mirrored").scope():
        ...     model = create_model("deepfm")
    """
    if name not in STRATEGIES:
        raise UnknownName("strategy", name, STRATEGIES)
    if name == "auto":
        name = best_here()
    if name == "default":
        return tf.distribute.get_strategy()
    if name == "cpu":
        return tf.distribute.OneDeviceStrategy("/cpu:0")
    if name == "gpu":
        return one_gpu()
    if name == "tpu":
        return tpu()
    if name == "parameter_server":
        raise RuntimeError(NO_PARAMETER_SERVER)
    strategy = mirrored() if name == "mirrored" else multi_worker()
    repair_trainer(strategy)
    return strategy


def best_here() -> str:
    """What "auto" is on this machine. Slurm and Kubernetes are not asked: their tasks may be separate trainings."""
    config = {"TF_CONFIG": os.environ.get("TF_CONFIG", "")}
    if worker_count(cluster_of(config)) > 1:
        return "multi_worker"
    return "mirrored" if len(tf.config.list_physical_devices("GPU")) > 1 else "default"


def one_gpu() -> tf.distribute.Strategy:
    """The first GPU."""
    if not tf.config.list_physical_devices("GPU"):
        raise RuntimeError("strategy 'gpu': TensorFlow sees no GPU on this machine. Use 'cpu' or 'auto'.")
    return tf.distribute.OneDeviceStrategy("/gpu:0")


def mirrored() -> tf.distribute.Strategy:
    """All GPUs of this machine, or two logical CPUs."""
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.MirroredStrategy(two_logical_cpus())


def two_logical_cpus() -> list[str]:
    """Split the CPU into two logical devices, as far as TensorFlow has not started yet."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    if len(tf.config.get_logical_device_configuration(cpu) or ()) < 2:
        try:
            tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        except RuntimeError:
            raise RuntimeError(
                "strategy 'mirrored' on a machine without GPUs needs two logical CPUs, and TensorFlow has started "
                "with one already. Call strategies.resolve('mirrored') before anything else uses TensorFlow."
            ) from None
    return [device.name for device in tf.config.list_logical_devices("CPU")[:2]]


# A process is a member of one cluster, and joins it once.
@functools.cache
def multi_worker() -> tf.distribute.Strategy:
    """All GPUs of all workers, or one CPU of each, once all of them have come."""
    cluster = join_cluster()
    if context.context()._context_handle is not None:
        raise RuntimeError(
            "strategy 'multi_worker' joins its cluster when TensorFlow starts, and that has started already. Call "
            "strategies.resolve('multi_worker') before anything else uses TensorFlow."
        )
    bear_with_slow_workers(cluster)
    return tf.distribute.MultiWorkerMirroredStrategy()


def tpu() -> tf.distribute.Strategy:
    """The TPU that TPU_NAME names, or the one of this machine. As TensorFlow documents it; not run on one yet."""
    name = os.environ.get("TPU_NAME", "local")
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=name)
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, RuntimeError, OSError, tf.errors.OpError) as error:
        reason = (str(error) or type(error).__name__).split("\n")[0]
        raise RuntimeError(
            f"strategy 'tpu': there is no TPU {name!r} that TensorFlow can reach ({reason}) Run it on a TPU VM, or set "
            "TPU_NAME."
        ) from error
    return tf.distribute.TPUStrategy(resolver)


def require_trainable(model: keras.Model) -> None:
    """Repair Keras where the strategy of a model needs it, and refuse what Keras accepts and then cannot do.

    Raises:
        ValueError: with the reason.
    """
    if (backend := keras.backend.backend()) != "tensorflow":
        raise ValueError(
            f"fit trains on the TensorFlow backend, and Keras runs on {backend!r} here. Set KERAS_BACKEND=tensorflow, "
            "or train by compile() and fit() of the model itself, on what its modalities prepared."
        )
    if keras.distribution.distribution() is not None:
        raise ValueError(
            "keras.distribution runs on the TensorFlow backend and distributes nothing there. Unset it by "
            "keras.distribution.set_distribution(None), and build the model under strategies.resolve(...).scope()."
        )
    strategy = model.distribute_strategy
    if isinstance(strategy, tf.distribute.ParameterServerStrategy):
        raise ValueError(NO_PARAMETER_SERVER)
    repair_trainer(strategy)
    if strategy.num_replicas_in_sync == 1 or not model.compiled or isinstance(strategy, tf.distribute.TPUStrategy):
        return
    if model.steps_per_execution > 1:
        raise ValueError(
            f"steps_per_execution={model.steps_per_execution}: Keras cannot run several steps in one graph over "
            f"{strategy.num_replicas_in_sync} replicas. Compile with steps_per_execution=1."
        )
    if model.jit_compile:
        raise ValueError(
            f"jit_compile=True: XLA cannot compile the exchange between {strategy.num_replicas_in_sync} replicas. "
            "Compile with jit_compile=False."
        )


def scope_of(model: keras.Model) -> contextlib.AbstractContextManager[Any]:
    """The scope of the strategy the model was built under."""
    strategy = getattr(model, "distribute_strategy", None)
    return strategy.scope() if strategy is not None else contextlib.nullcontext()
