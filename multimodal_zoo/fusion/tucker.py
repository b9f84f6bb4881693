"""Tucker: a bilinear map through a small core tensor."""

from __future__ import annotations

from typing import Any

from multimodal_zoo.fusion.block import Block
from multimodal_zoo.fusion.operator import register_fusion


@register_fusion("tucker")
class Tucker(Block):
    """Joins projected encodings by one core tensor: f = W_o (D x1 q_1 x2 q_2) + b, q_i = W_i f_i + b_i.

    The Tucker decomposition of a full bilinear map, with a core of (units, units, units): `block` with a single
    block. Three or more modalities, a single one and absence are as there: with everything absent the answer is that of
    the learned vectors.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width of q_i and of what the core gives.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `units` is not positive.

    Example:
        >>> fuse("tucker", 64, units=32)({"image": image, "question": question}, presence=presence)

    Reference:
        Ben-younes 2017, arXiv:1705.06676, section 3.1 (Tucker decomposition).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], units: int = 32, **kwargs: Any):
        super().__init__(dim, modalities, blocks=1, units=units, **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["blocks"]
        return config
