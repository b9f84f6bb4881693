"""Where a model trains: on one device, or mirrored over several."""

from __future__ import annotations

import tensorflow as tf

from multimodal_zoo.unknown_name import UnknownName

STRATEGIES = ("auto", "cpu", "mirrored")


def resolve(name: str = "auto") -> tf.distribute.Strategy:
    """The TensorFlow distribution strategy of that name.

    Args:
        name: "auto" (mirrored over the GPUs if there is more than one, otherwise the default device), "cpu", or
            "mirrored" (over all GPUs; without any, over two logical CPUs).

    Build and fit the model inside `resolve(...).scope()`. The batch size is the global one: each replica gets its
    share of it.

    Raises:
        UnknownName: none of these.
        RuntimeError: "mirrored" without GPUs after TensorFlow has started with one logical CPU.
    """
    if name not in STRATEGIES:
        raise UnknownName("strategy", name, STRATEGIES)
    gpus = tf.config.list_physical_devices("GPU")
    if name == "cpu":
        return tf.distribute.OneDeviceStrategy("/cpu:0")
    if name == "auto":
        return tf.distribute.MirroredStrategy() if len(gpus) > 1 else tf.distribute.get_strategy()
    if gpus:
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
