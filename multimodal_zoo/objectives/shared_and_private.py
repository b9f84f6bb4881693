"""What all modalities say, and what each says alone: two representations of each, and the losses that part them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.central_moment_discrepancy import central_moment_discrepancy
from multimodal_zoo.objectives.orthogonality import orthogonality


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SharedAndPrivate(keras.Layer):
    """Encodes each modality u_m twice, as c_m by one encoder for all and as p_m by its own, and adds three losses.

        c_m = sigmoid(W_c u_m + b_c);   p_m = sigmoid(W_m u_m + b_m)
        similarity      mean over pairs of modalities of the central moment discrepancy of c_m and c_n
        difference      orthogonality of c_m and p_m summed over modalities, of p_m and p_n over pairs of modalities
        reconstruction  mean over modalities of the mean squared error of W_d (c_m + p_m) + b_d from u_m

    The shared representations are to have one distribution, the private ones to say what these do not, and both
    together to say all of the modality. What is absent does not count.

    Args:
        similarity, difference, reconstruction: how much each counts.
        **kwargs: arguments of `keras.Layer`.

    Called on a dict of encodings `(batch, width)`, all of one width, and `presence` `(batch, modalities)` or None;
    returns a dict with `NAME_shared` of every modality, then `NAME_private`, each of that width.

    Raises:
        ValueError: if the encodings are not vectors of one width.

    Example:
        >>> parts = SharedAndPrivate()({"text": text, "audio": audio}, presence=presence)
        >>> list(parts)
        ['text_shared', 'audio_shared', 'text_private', 'audio_private']

    Reference: Hazarika et al. 2020 (MISA), arXiv:2005.03545, sections 3.3 and 3.5.
    """

    def __init__(
        self, similarity: float = 1.0, difference: float = 0.3, reconstruction: float = 1.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.similarity, self.difference = float(similarity), float(difference)
        self.reconstruction = float(reconstruction)

    def get_config(self) -> dict[str, Any]:
        own = {
            "similarity": self.similarity,
            "difference": self.difference,
            "reconstruction": self.reconstruction,
        }
        return {**super().get_config(), **own}

    def build(self, encodings_shape: Mapping[str, tuple], presence_shape: tuple | None = None) -> None:
        shapes = {name: tuple(shape) for name, shape in encodings_shape.items()}
        if any(len(shape) != 2 for shape in shapes.values()) or len({shape[1] for shape in shapes.values()}) != 1:
            raise ValueError(f"SharedAndPrivate takes encodings (batch, width), all of one width; received {shapes}.")
        width = next(iter(shapes.values()))[1]

        def dense(name: str, activation: str | None) -> keras.layers.Dense:
            layer = keras.layers.Dense(width, activation=activation, dtype=self.dtype_policy, name=name)
            layer.build((None, width))
            return layer

        self.shared = dense("shared", "sigmoid")
        self.private = {name: dense(f"private_{name}", "sigmoid") for name in shapes}
        self.decoder = dense("decoder", None)

    def call(self, encodings: Mapping[str, Any], presence: Any = None) -> dict[str, Any]:
        names = list(encodings)
        encodings = {name: ops.cast(encodings[name], self.compute_dtype) for name in names}
        there: dict[str, Any] = {
            name: None if presence is None else presence[:, column] > 0.5 for column, name in enumerate(names)
        }
        if presence is not None:
            # By selection, before the encoders: a NaN in what is absent would come back in the gradient.
            encodings = {
                name: ops.where(there[name][:, None], one, ops.zeros_like(one)) for name, one in encodings.items()
            }
        shared = {name: self.shared(encodings[name]) for name in names}
        private = {name: self.private[name](encodings[name]) for name in names}

        similar, different, off = 0.0, 0.0, 0.0
        for name in names:
            different += orthogonality(shared[name], private[name], there=there[name])
            decoded = self.decoder(shared[name] + private[name])
            off += mean_squared_error(encodings[name], decoded, there[name]) / len(names)
        pairs = list(itertools.combinations(names, 2))
        for one, other in pairs:
            both = None if presence is None else ops.logical_and(there[one], there[other])
            similar += central_moment_discrepancy(shared[one], shared[other], there=both) / len(pairs)
            different += orthogonality(private[one], private[other], there=both)
        self.add_loss(self.similarity * similar + self.difference * different + self.reconstruction * off)
        return named(shared, private)

    def compute_output_spec(self, encodings: Mapping[str, Any], presence: Any = None) -> dict[str, Any]:
        specs = {name: keras.KerasTensor(one.shape, dtype=self.compute_dtype) for name, one in encodings.items()}
        return named(specs, specs)


def named(shared: Mapping[str, Any], private: Mapping[str, Any]) -> dict[str, Any]:
    """The shared ones, then the private ones, under names that say which they are."""
    return {
        **{f"{name}_shared": one for name, one in shared.items()},
        **{f"{name}_private": one for name, one in private.items()},
    }


def mean_squared_error(wanted: Any, got: Any, there: Any) -> Any:
    """Mean squared error of the rows that are there (None: all), in float32; 0 where none is."""
    errors = ops.mean(ops.square(ops.cast(wanted, "float32") - ops.cast(got, "float32")), axis=1)
    if there is None:
        return ops.mean(errors)
    counted = ops.sum(ops.where(there, errors, ops.zeros_like(errors)))
    return counted / ops.maximum(ops.sum(ops.cast(there, "float32")), 1.0)
