"""Uncertainty weighting: the losses of several tasks, balanced by learned noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

KINDS = {"regression": 0.5, "classification": 1.0}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class UncertaintyWeighting(keras.Layer):
    """Weighs the loss of each task by the variance sigma^2 of its noise, which is learned.

        total = sum_k c_k / sigma_k^2 * L_k + log sigma_k;   c_k = 1/2 for regression, 1 for classification

    What is learned is log sigma^2, which may take any value. L_k is a squared error or a cross-entropy. The total may
    become negative. At its best sigma_k^2 is 2 c_k times the loss of the task.

    Args:
        tasks: name to "regression" or "classification".
        **kwargs: arguments of `keras.Layer`.

    Called on a dict of losses by the same names, scalars or `(batch,)`; adds the total to the loss of the network, and
    returns it: either let `compile(loss=None)` use what was added, or take the returned scalar in a loop of your own.

    Raises:
        ValueError: if there is no task, a kind does not exist, or the losses are not those of the tasks.

    Example:
        >>> balance = UncertaintyWeighting({"rating": "regression", "like": "classification"})
        >>> float(balance({"rating": ops.array(2.0), "like": ops.array(0.5)}))  # 2/2 + 0.5 while sigma is 1
        1.5

    Reference: Kendall et al. 2018, arXiv:1705.07115, section 3.2 (multi-task likelihoods).
    """

    def __init__(self, tasks: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        wrong = {name: kind for name, kind in tasks.items() if kind not in KINDS}
        if not tasks or wrong:
            raise ValueError(f"Each task must be one of {sorted(KINDS)}, and there must be one; got {dict(tasks)}.")
        self.tasks = dict(tasks)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "tasks": self.tasks}

    def build(self, input_shape: Any = None) -> None:
        self.log_variance = {
            name: self.add_weight(
                shape=(), initializer="zeros", dtype="float32", autocast=False, name=f"log_variance_{name}"
            )
            for name in self.tasks
        }

    def call(self, losses: Mapping[str, Any]) -> Any:
        if set(losses) != set(self.tasks):
            raise ValueError(f"The losses of {sorted(self.tasks)} are needed; received {sorted(losses)}.")
        total = 0.0
        for name, kind in self.tasks.items():
            log_variance = ops.convert_to_tensor(self.log_variance[name])
            loss = ops.mean(ops.cast(losses[name], "float32"))
            total = total + KINDS[kind] * ops.exp(-log_variance) * loss + 0.5 * log_variance
        self.add_loss(total)
        return total

    def compute_output_spec(self, losses: Mapping[str, Any]) -> Any:
        return keras.KerasTensor((), dtype="float32")
