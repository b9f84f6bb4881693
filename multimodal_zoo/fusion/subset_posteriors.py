"""What is believed of the latent variables from everything there, from each modality alone, and from random subsets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.gaussian_product import gaussian_product


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SubsetPosteriors(keras.Layer):
    """Gaussian posteriors of a record by the product of the experts of each of several subsets of its modalities.

    Each modality has a linear map to a mean and one to the logarithm of a precision, for each latent variable. A
    subset's posterior is their product with the standard normal prior, see `gaussian_product`. The subsets are, in this
    order: everything, each modality alone (where there are several), and `random_subsets` that are drawn anew for every
    record and step of the training; outside training these are empty. Of each only what is there counts.

    Args:
        dim: number of latent variables.
        random_subsets: how many are drawn.
        seed: of the draws; None takes one from Keras' global state.
        **kwargs: arguments of `keras.Layer`.

    Called on a dict of encodings `(batch, width)` and `presence` `(batch, modalities)` or None; returns a dict, all
    float32:

    - `mean` `(batch, dim)`: that of everything there;
    - `means`, `log_variances` `(batch, subsets, dim)`;
    - `samples` `(batch * subsets, dim)`, record after record: drawn from the posteriors in training, else their means;
    - `there` `(batch, subsets, modalities)`: 1 where a modality is in the subset.

    Raises:
        ValueError: a number is out of its range, or the encodings are no vectors.

    Example:
        >>> posteriors = SubsetPosteriors(64)({"audio": audio, "image": image}, presence=presence)

    Reference: Wu and Goodman 2018, arXiv:1802.05335, sections 2.2 and 2.3. The subsets are drawn for each record, there
        for each batch.
    """

    def __init__(self, dim: int, random_subsets: int = 0, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        if dim < 1 or random_subsets < 0:
            raise ValueError(
                "SubsetPosteriors: dim is 1 or more and random_subsets 0 or more; "
                f"received dim={dim!r}, random_subsets={random_subsets!r}."
            )
        self.dim, self.random_subsets, self.seed = int(dim), int(random_subsets), seed
        self.draws = keras.random.SeedGenerator(seed)

    def get_config(self) -> dict[str, Any]:
        own = {"dim": self.dim, "random_subsets": self.random_subsets, "seed": self.seed}
        return {**super().get_config(), **own}

    def build(self, encodings_shape: Mapping[str, tuple], presence_shape: tuple | None = None) -> None:
        shapes = {name: tuple(shape) for name, shape in encodings_shape.items()}
        if any(len(shape) != 2 for shape in shapes.values()):
            raise ValueError(f"SubsetPosteriors takes encodings (batch, width); received {shapes}.")
        self.experts = {}
        for name, shape in shapes.items():
            for part in ("mean", "log_precision"):
                layer = keras.layers.Dense(self.dim, dtype=self.dtype_policy, name=f"{part}_{name}")
                layer.build(shape)
                self.experts[f"{part}_{name}"] = layer

    def call(self, encodings: Mapping[str, Any], presence: Any = None, training: bool = False) -> dict[str, Any]:
        beliefs = [
            ops.stack([self.experts[f"{part}_{name}"](encodings[name]) for name in encodings], axis=-1)
            for part in ("mean", "log_precision")
        ]
        there = self.members(ops.shape(beliefs[0])[0], len(encodings), training)
        if presence is not None:
            there = ops.logical_and(there, ops.expand_dims(presence > 0.5, 1))
        mean, log_precision = (ops.expand_dims(one, 1) for one in beliefs)
        means, log_variances = gaussian_product(mean, log_precision, present=ops.expand_dims(there, 2))
        samples = means
        if training:
            noise = keras.random.normal(ops.shape(means), seed=self.draws)
            samples = means + ops.exp(0.5 * log_variances) * noise
        return {
            "mean": means[:, 0],
            "means": means,
            "log_variances": log_variances,
            "samples": ops.reshape(samples, (-1, self.dim)),
            "there": ops.cast(there, "float32"),
        }

    def fixed_subsets(self, modalities: int) -> int:
        """How many subsets are not drawn."""
        return 1 if modalities == 1 else 1 + modalities

    def members(self, batch: Any, modalities: int, training: bool) -> Any:
        """Which modalities are in which subset of each record, boolean (batch, subsets, modalities)."""
        fixed = ops.concatenate([ops.ones((1, modalities)), ops.eye(modalities)], axis=0)
        fixed = ops.expand_dims(fixed[: self.fixed_subsets(modalities)] > 0.5, 0)
        fixed = ops.repeat(fixed, batch, axis=0)
        if self.random_subsets == 0:
            return fixed
        shape = (batch, self.random_subsets, modalities)
        drawn = keras.random.uniform(shape, seed=self.draws) < 0.5 if training else ops.zeros(shape, "bool")
        return ops.concatenate([fixed, drawn], axis=1)

    def compute_output_spec(
        self, encodings: Mapping[str, Any], presence: Any = None, training: bool = False
    ) -> dict[str, Any]:
        batch = next(iter(encodings.values())).shape[0]
        subsets = self.fixed_subsets(len(encodings)) + self.random_subsets
        shapes = {
            "mean": (batch, self.dim),
            "means": (batch, subsets, self.dim),
            "log_variances": (batch, subsets, self.dim),
            "samples": (None, self.dim),
            "there": (batch, subsets, len(encodings)),
        }
        return {name: keras.KerasTensor(shape, dtype="float32") for name, shape in shapes.items()}
