"""Soft parameter sharing: each task has its own weights, and they are kept close to those of the others."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

NORMS = ("l2", "last_axis_flattening", "tucker", "tensor_train")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SoftSharing(keras.regularizers.Regularizer):
    """A penalty on the weights of several tasks, stacked as W `(tasks, ...)`.

        "l2":                   weight * sum over pairs s < t of |W_s - W_t|_F^2
        "last_axis_flattening": weight * |W_(tasks)|_*, the sum of the singular values of W as (rest, tasks)
        "tucker":               weight * sum over the axes k of |W_(k)|_*, W with axis k against all others
        "tensor_train":         weight * sum over k of |W_[k]|_*, W with the first k axes against the others

    "l2" pulls the tasks together; the trace norms make them combinations of few common factors, without saying which
    tasks are alike. The paper puts the tasks on the last axis; here they are moved there.

    Args:
        weight: how much it counts.
        norm: one of the four.

    Example:
        >>> tasks = keras.layers.EinsumDense("bi,tio->bto", (3, 16), kernel_regularizer=SoftSharing(1e-3, "tucker"))
        >>> tasks(shared).shape  # (batch, 3 tasks, 16)

    Reference: l2: Duong et al. 2015, Low resource dependency parsing, ACL, section 4. Trace norms: Yang and Hospedales
        2017, arXiv:1606.04038, section 2 (all factors gamma_k are 1 here).
    """

    def __init__(self, weight: float = 1e-3, norm: str = "l2") -> None:
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {list(NORMS)}, got {norm!r}.")
        self.weight, self.norm = float(weight), norm

    def get_config(self) -> dict[str, Any]:
        return {"weight": self.weight, "norm": self.norm}

    def __call__(self, weights: Any) -> Any:
        if len(weights.shape) < 2:
            raise ValueError(f"SoftSharing takes stacked weights (tasks, ...); received the shape {weights.shape}.")
        weights = ops.cast(weights, "float32")
        if self.norm == "l2":
            tasks = weights.shape[0]
            # sum over pairs |W_s - W_t|^2 = T sum |W_t - mean|^2
            return self.weight * tasks * ops.sum(ops.square(weights - ops.mean(weights, axis=0)))
        weights = ops.moveaxis(weights, 0, -1)
        return self.weight * sum(trace_norm(matrix) for matrix in self.unfoldings(weights))

    def unfoldings(self, weights: Any) -> list[Any]:
        """The matrices whose trace norms are summed; the tasks are on the last axis."""
        axes, shape = len(weights.shape), weights.shape
        if self.norm == "last_axis_flattening":
            return [ops.reshape(weights, (-1, shape[-1]))]
        if self.norm == "tucker":
            return [ops.reshape(ops.moveaxis(weights, axis, 0), (shape[axis], -1)) for axis in range(axes)]
        return [ops.reshape(weights, (math.prod(shape[:split]), -1)) for split in range(1, axes)]


def trace_norm(matrix: Any) -> Any:
    """Sum of the singular values."""
    return ops.sum(ops.svd(matrix, full_matrices=False, compute_uv=False))


def soft_sharing_penalty(weights: list[Any], weight: float = 1e-3, norm: str = "l2") -> Any:
    """`SoftSharing` of weights that are separate variables, for a training loop of your own.

    Args:
        weights: one tensor or variable for each task, all of one shape.
        weight: how much it counts.
        norm: see `SoftSharing`.

    Returns:
        A scalar.

    Raises:
        ValueError: if there are fewer than two, or their shapes differ.

    Example:
        >>> float(soft_sharing_penalty([ops.zeros((2, 2)), ops.ones((2, 2))], weight=1.0))
        4.0
    """
    shapes = [tuple(one.shape) for one in weights]
    if len(shapes) < 2 or len(set(shapes)) > 1:
        raise ValueError(f"Soft sharing needs the weights of two or more tasks, all of one shape; received {shapes}.")
    return SoftSharing(weight, norm)(ops.stack([ops.convert_to_tensor(one) for one in weights]))
