"""Optimisers for large embedding tables."""

from multimodal_zoo.training.optimizers.lazy_adagrad import LazyAdagrad
from multimodal_zoo.training.optimizers.lazy_adam import LazyAdam
from multimodal_zoo.training.optimizers.lazy_ftrl import LazyFtrl
from multimodal_zoo.training.optimizers.optimizer_named import OPTIMIZERS, optimizer_named
from multimodal_zoo.training.optimizers.tables_apart import tables_apart

__all__ = [
    "OPTIMIZERS",
    "LazyAdagrad",
    "LazyAdam",
    "LazyFtrl",
    "optimizer_named",
    "tables_apart",
]
