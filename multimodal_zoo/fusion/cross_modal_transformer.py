"""The multimodal Transformer: each modality hears each of the others, step by step, before they are joined."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.present_weights import weighted_sum
from multimodal_zoo.fusion.step_positions import add_step_positions
from multimodal_zoo.fusion.transformer_operator import TransformerFusion


@register_fusion("cross_modal_transformer")
class CrossModalTransformer(TransformerFusion):
    """Cross-modal attention for every ordered pair, self-attention over what was heard, and the last step.

    Z_i = X_i P_i + b_i + positions. For each modality i: a stream for each other modality j starts as Z_i and
    goes through blocks that attend to Z_j; the streams side by side (with a single modality: Z_i) go through
    blocks of self-attention; z_i is the normalised last step that is there. f = sum_i z_i U_i.

    The last step is what the paper reads out; padding may stand behind it.

    Absence: an absent modality gives the streams that listen to it nothing, and has no term in f. With
    everything absent the answer is the zero vector. Where each modality is one step (a vector), attention has
    one thing to attend to: its queries and keys receive no gradient.

    Departs from the paper: the residual path is not normalised (as in the authors' own code), the projection
    sees one step at a time, the feed-forward parts have GELU, the maps of attention no biases, and U stands
    in place of its head. The paper stacks several layers, which pays for long sequences.

    Args:
        dim: width of a stream and of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        layers: blocks of each stream, and blocks of self-attention.
        heads: attention heads; they need not divide the width.
        feed_forward: hidden units of the feed-forward parts; None takes four times their width.
        dropout: share dropped of the attention weights and of what each part of a block adds, in [0, 1).
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fused = fuse("cross_modal_transformer", 40, layers=4)
        >>> joint = fused({"text": words, "audio": frames, "vision": faces}, masks={"text": ids})

    Reference:
        Tsai 2019, arXiv:1906.00295, section 3 (cross-modal attention and Transformers).
    """

    def build_operator(self, widths: dict[str, int]) -> None:
        self.projections = self.built_projections(widths)
        depth = range(1, self.layers + 1)
        joined = self.dim * max(1, len(widths) - 1)
        self.streams = {
            name: {
                other: [self.built_block(f"{name}_hears_{other}_{layer}", self.dim, self.dim) for layer in depth]
                for other in widths
                if other != name
            }
            for name in widths
        }
        self.blocks = {name: [self.built_block(f"{name}_{layer}", joined) for layer in depth] for name in widths}
        self.norms = {name: self.built_norm(f"norm_{name}", joined) for name in widths}
        # Without a bias, so that an absent modality adds nothing.
        self.outputs = {
            name: keras.layers.Dense(self.dim, use_bias=False, dtype=self.dtype_policy, name=f"output_{name}")
            for name in widths
        }
        for output in self.outputs.values():
            output.build((None, joined))

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        tokens = {name: add_step_positions(self.projections[name](tokens[name]), there[name]) for name in tokens}
        terms = [self.outputs[name](self._read(name, tokens, there)) for name in self.modalities]
        return sum(terms[1:], start=terms[0])

    def _read(self, name: str, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        """What a modality has to say after hearing the others, (batch, width of the streams together)."""
        heard = []
        for other, blocks in self.streams[name].items():
            stream = tokens[name]
            for block in blocks:
                stream = block(stream, tokens[other], there[other])
            heard.append(stream)
        joined = ops.concatenate(heard, axis=-1) if heard else tokens[name]
        for block in self.blocks[name]:
            joined = block(joined, there=there[name])
        count = ops.cumsum(ops.cast(there[name], "int32"), axis=1)
        last = ops.logical_and(there[name], ops.equal(count, count[:, -1:]))
        return weighted_sum(last, self.norms[name](joined))
