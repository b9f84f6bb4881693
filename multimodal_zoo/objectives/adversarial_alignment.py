"""Adversarial alignment of modalities: a critic is not to tell which modality a representation came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.domain_critic import DomainCritic


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AdversarialAlignment(keras.Layer):
    """Adds the critic's cross-entropy over the modalities to the loss, and hands the encodings on unchanged.

    With M modalities, the critic's probability D_m of modality m, and f_im the encoding of modality m of record i:

        loss = -weight * mean over i, m of log D_m(f_im)

    which the critic makes small and, through the gradient reversal, the encoders make large: it ends near log M where
    the modalities have one distribution. What is absent does not count.

    Args:
        weight: how much it counts.
        hidden: widths of the critic's hidden layers.
        scale: of the gradient reversal, a number or a schedule such as `ReversalSchedule`.
        **kwargs: arguments of `keras.Layer`.

    Called on a dict of encodings `(batch, width)`, all of one width, and `presence` `(batch, modalities)` or None;
    returns the dict.

    Raises:
        ValueError: if there are fewer than two encodings, or their widths differ.

    Example:
        >>> encodings = AdversarialAlignment(weight=0.1)({"image": image, "report": report}, presence=presence)

    Reference: Wang et al. 2017, Adversarial cross-modal retrieval, ACM MM, section 3.2, with the reversal of Ganin et
        al. 2016, arXiv:1505.07818.
    """

    def __init__(self, weight: float = 1.0, hidden: Sequence[int] = (64,), scale: Any = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight, self.hidden, self.scale = float(weight), tuple(hidden), scale

    def get_config(self) -> dict[str, Any]:
        number = isinstance(self.scale, int | float)
        scale = self.scale if number else keras.saving.serialize_keras_object(self.scale)
        return {**super().get_config(), "weight": self.weight, "hidden": self.hidden, "scale": scale}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> AdversarialAlignment:
        return cls(**{**config, "scale": keras.saving.deserialize_keras_object(config["scale"])})

    def build(self, encodings_shape: Mapping[str, tuple], presence_shape: tuple | None = None) -> None:
        shapes = {name: tuple(shape) for name, shape in encodings_shape.items()}
        if len(shapes) < 2 or any(len(shape) != 2 for shape in shapes.values()):
            raise ValueError(f"AdversarialAlignment takes two or more encodings (batch, width); received {shapes}.")
        if len({shape[1] for shape in shapes.values()}) > 1:
            raise ValueError(
                f"One critic reads all the encodings: they must have one width; received {shapes}. Project them first."
            )
        self.critic = DomainCritic(len(shapes), self.hidden, self.scale, dtype=self.dtype_policy, name="critic")
        self.critic.build(next(iter(shapes.values())))

    def call(self, encodings: Mapping[str, Any], presence: Any = None, training: bool | None = None) -> Any:
        together = ops.concatenate(list(encodings.values()), axis=0)
        there = None
        if presence is not None:
            there = ops.reshape(ops.transpose(presence > 0.5), (-1,))
            # By selection, before the critic: a NaN in what is absent would come back in the gradient.
            together = ops.where(there[:, None], together, ops.zeros_like(together))
        logits = self.critic(together, training=training)
        records = ops.shape(logits)[0] // len(encodings)
        modality = ops.repeat(ops.arange(len(encodings)), records)
        losses = keras.losses.sparse_categorical_crossentropy(modality, logits, from_logits=True)
        if there is None:
            loss = ops.mean(losses)
        else:
            counts = ops.cast(there, losses.dtype)
            loss = ops.sum(counts * losses) / ops.maximum(ops.sum(counts), 1.0)
        self.add_loss(self.weight * loss)
        return dict(encodings)

    def compute_output_spec(self, encodings: Mapping[str, Any], presence: Any = None, training: Any = None) -> Any:
        return {name: keras.KerasTensor(value.shape, dtype=value.dtype) for name, value in encodings.items()}
