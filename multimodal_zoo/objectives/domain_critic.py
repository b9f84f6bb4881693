"""The critic of adversarial alignment: tells the domain of a representation that tries to hide it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from multimodal_zoo.objectives.gradient_reversal import GradientReversal


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class DomainCritic(keras.Layer):
    """A classifier of domains behind a gradient reversal.

    Trained on the domain's label, it learns to tell the domains apart while the encoder before it unlearns what tells
    them apart. For domains that are the modalities of the network itself see `AdversarialAlignment`.

    Args:
        domains: how many there are, 2 or more.
        hidden: widths of its hidden layers.
        scale: of the gradient reversal, a number or a schedule such as `ReversalSchedule`.
        **kwargs: arguments of `keras.Layer`.

    Called on features `(batch, width)`; returns logits `(batch, domains)` in float32.

    Example:
        >>> hospital = DomainCritic(3, scale=0.1, name="hospital")(model.get_layer("joint").output)
        >>> loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)  # for the output `hospital`

    Reference: Ganin et al. 2016, arXiv:1505.07818, section 4 and figure 1.
    """

    def __init__(self, domains: int, hidden: Sequence[int] = (64,), scale: Any = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if domains < 2:
            raise ValueError(f"A critic tells two or more domains apart; got domains={domains!r}.")
        self.domains, self.hidden = domains, tuple(hidden)
        self.reversal = GradientReversal(scale, dtype=self.dtype_policy, name="reversal")
        self.hidden_layers = [
            keras.layers.Dense(width, activation="relu", dtype=self.dtype_policy, name=f"hidden_{number}")
            for number, width in enumerate(self.hidden)
        ]
        self.logits = keras.layers.Dense(domains, dtype="float32", name="logits")

    def get_config(self) -> dict[str, Any]:
        own = {"domains": self.domains, "hidden": self.hidden, "scale": self.reversal.get_config()["scale"]}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DomainCritic:
        return cls(**{**config, "scale": keras.saving.deserialize_keras_object(config["scale"])})

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 2:
            raise ValueError(f"DomainCritic takes features (batch, width); received the shape {input_shape}.")
        self.reversal.build(input_shape)
        for layer in (*self.hidden_layers, self.logits):
            layer.build(input_shape)
            input_shape = (*input_shape[:-1], layer.units)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        hidden = self.reversal(inputs, training=training)
        for layer in self.hidden_layers:
            hidden = layer(hidden)
        return self.logits(hidden)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.domains)
