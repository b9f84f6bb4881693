"""The Perceiver: a few learned latents read the steps of all modalities at once."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.fusion.learned_tokens import SMALL, for_each_row
from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.step_positions import add_step_positions
from multimodal_zoo.fusion.transformer_operator import TransformerFusion


@register_fusion("perceiver")
class Perceiver(TransformerFusion):
    """Lets learned latents attend to all the tokens there are, then to each other, and averages them.

    Y = all rows x_i P_i + m_i + positions, m_i a learned vector that tells the modality. Latents L, learned,
    go `layers` times through a block of cross-attention to Y and a block of self-attention.
    f = mean over the rows of norm(L). The cost grows with the number of tokens, not with its square.

    Removing a modality gives what the same weights give for the others alone. With everything absent the
    answer is that of the latents that have seen nothing: finite, learned, the same for every record.

    Departs from the paper: positions and m_i are added, not appended, the positions are those of the step,
    the layers share no weights, and the maps of attention have no biases.

    Args:
        dim: width of a latent and of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        latents: number of latents, at least 1.
        layers: how many times the latents read the tokens.
        heads: attention heads; they need not divide the width.
        feed_forward: hidden units of the feed-forward parts; None takes four times `dim`.
        dropout: share dropped of the attention weights and of what each part of a block adds, in [0, 1).
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("perceiver", 64, latents=16)({"audio": frames, "image": patches}, presence=presence)

    Reference:
        Jaegle 2021, arXiv:2103.03206, sections 3.1 and 3.2.
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        latents: int = 8,
        layers: int = 1,
        heads: int = 4,
        feed_forward: int | None = None,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, layers, heads, feed_forward, dropout, **kwargs)
        if latents < 1:
            raise ValueError(f"latents must be positive; received latents={latents!r}.")
        self.latents = int(latents)

    def build_operator(self, widths: dict[str, int]) -> None:
        # The vector of the modality is the bias of its projection.
        self.projections = self.built_projections(widths, use_bias=False)
        self.modality_vectors = {
            name: self.add_weight(shape=(self.dim,), initializer=SMALL, name=f"modality_{name}") for name in widths
        }
        self.latent_tokens = self.add_weight(shape=(self.latents, self.dim), initializer=SMALL, name="latents")
        depth = range(1, self.layers + 1)
        self.readers = [self.built_block(f"read_{layer}", self.dim, self.dim) for layer in depth]
        self.thinkers = [self.built_block(f"think_{layer}", self.dim) for layer in depth]
        self.norm = self.built_norm("norm", self.dim)

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        content = [
            add_step_positions(self.projections[name](tokens[name]) + self.modality_vectors[name], there[name])
            for name in self.modalities
        ]
        content = ops.concatenate(content, axis=1)
        known = ops.concatenate(list(there.values()), axis=1)
        latents = for_each_row(self.latent_tokens, ops.shape(known)[0])
        for read, think in zip(self.readers, self.thinkers, strict=True):
            latents = think(read(latents, content, known))
        return ops.mean(self.norm(latents), axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "latents": self.latents}
