"""The bottleneck Transformer: modalities speak to each other through a few shared tokens alone."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.fusion.learned_tokens import SMALL, for_each_row
from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.sequence_operator import mean_over_present, present_modalities
from multimodal_zoo.fusion.step_positions import add_step_positions
from multimodal_zoo.fusion.transformer_operator import TransformerFusion


@register_fusion("attention_bottleneck")
class AttentionBottleneck(TransformerFusion):
    """Runs a Transformer for each modality; in every layer all of them read and write the same few tokens.

    Z_i = [c_i; X_i P_i + b_i + positions], c_i a learned class token. In each layer
    [Z_i; F_i] = block_i([Z_i; F]) for every modality, then F = mean_i F_i. f = mean_i norm(c_i).

    Means run over the modalities that are there, so removing a modality gives what the same weights give for
    the others alone. With everything absent the answer is the zero vector. Averaging the class tokens equals
    averaging the logits of a shared linear head, which is what the paper does. All layers here are fusion
    layers: the paper's layers before them belong to the encoders.

    Args:
        dim: width of a token and of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        bottlenecks: number of the shared tokens F.
        layers: at least 2, since what is written in one layer is read in the next.
        heads: attention heads; they need not divide the width.
        feed_forward: hidden units of the feed-forward parts; None takes four times `dim`.
        dropout: share dropped of the attention weights and of what each part of a block adds, in [0, 1).
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if there are no bottlenecks, or fewer than 2 layers.

    Example:
        >>> fuse("attention_bottleneck", 64)({"audio": frames, "image": patches}, presence=presence)

    Reference:
        Nagrani 2021, arXiv:2107.00135, section 3.2.3 (fusion through bottlenecks) and section 3.4 (the head).
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        bottlenecks: int = 4,
        layers: int = 2,
        heads: int = 4,
        feed_forward: int | None = None,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, layers, heads, feed_forward, dropout, **kwargs)
        if bottlenecks < 1:
            raise ValueError(f"bottlenecks must be positive; received bottlenecks={bottlenecks!r}.")
        if layers < 2:
            raise ValueError(
                f"layers must be at least 2, since what is written in one layer is read in the next; received "
                f"layers={layers!r}."
            )
        self.bottlenecks = int(bottlenecks)

    def build_operator(self, widths: dict[str, int]) -> None:
        self.projections = self.built_projections(widths)
        self.class_tokens = {
            name: self.add_weight(shape=(1, self.dim), initializer=SMALL, name=f"class_token_{name}") for name in widths
        }
        self.shared_tokens = self.add_weight(
            shape=(self.bottlenecks, self.dim), initializer=SMALL, name="bottleneck_tokens"
        )
        self.blocks = [
            {name: self.built_block(f"{name}_{layer}", self.dim) for name in widths}
            for layer in range(1, self.layers + 1)
        ]
        self.norm = self.built_norm("norm", self.dim)

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        present = present_modalities(there)
        batch = ops.shape(present)[0]
        streams, known = {}, {}
        for name in self.modalities:
            content = add_step_positions(self.projections[name](tokens[name]), there[name])
            streams[name] = ops.concatenate([for_each_row(self.class_tokens[name], batch), content], axis=1)
            # The class token and the bottlenecks are always there.
            always = ops.ones((batch, 1), "bool"), ops.ones((batch, self.bottlenecks), "bool")
            known[name] = ops.concatenate([always[0], there[name], always[1]], axis=1)
        shared = for_each_row(self.shared_tokens, batch)
        for blocks in self.blocks:
            written = []
            for name, block in blocks.items():
                both = block(ops.concatenate([streams[name], shared], axis=1), there=known[name])
                streams[name] = both[:, : -self.bottlenecks]
                written.append(ops.reshape(both[:, -self.bottlenecks :], (-1, self.bottlenecks * self.dim)))
            mean = mean_over_present(ops.stack(written, axis=1), present)
            shared = ops.reshape(mean, (-1, self.bottlenecks, self.dim))
        answers = ops.stack([streams[name][:, 0] for name in self.modalities], axis=1)
        return mean_over_present(self.norm(answers), present)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bottlenecks": self.bottlenecks}
