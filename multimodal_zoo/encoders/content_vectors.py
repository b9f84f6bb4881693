"""What an item says and looks like as vectors of one width, beside those of its ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.image_cnn import image_cnn
from multimodal_zoo.encoders.text_cnn import text_cnn
from multimodal_zoo.unknown_name import UnknownName


def content_vectors(
    modalities: Mapping[str, Any],
    dim: int,
    text_channels: int = 32,
    image_filters: Sequence[int] = (16, 32, 64),
    dropout: float = 0.0,
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Makes one vector for each text and each image: a small CNN and a linear map without bias.

    Args:
        modalities: Text and Image by name.
        dim: width of the vectors.
        text_channels: channels of each of the convolutions over one, two and three words.
        image_filters: channels of the convolutions over the image.
        dropout: share dropped of what the linear map reads, in [0, 1).

    Returns:
        A callable that maps the dict of the tensors to a dict of (batch, dim), in the order of `modalities`. A text
        without words is the zero vector; a black image is not.

    Raises:
        UnknownName: if a modality is of another kind.

    Example:
        >>> vectors = content_vectors({"plot": Text(4000, 60), "poster": Image(64, 64, 3)}, 16)(inputs)

    Reference:
        He and McAuley 2016, arXiv:1510.01784, equation 4 (the embedding of content beside that of the id).
    """

    def encoder(name: str, modality: Any) -> Callable[[Any], Any]:
        if modality.kind == "text":
            read = text_cnn(modality.vocabulary_size, dim, text_channels, (1, 2, 3), dropout, name=name)
        elif modality.kind == "image":
            read = image_cnn(image_filters, dropout=dropout, name=name)
        else:
            raise UnknownName(f"kind of content for {name!r}", modality.kind, ("text", "image"))
        project = keras.layers.Dense(dim, use_bias=False, name=f"{name}_content")
        return lambda tensor: project(read(tensor))

    encoders = {name: encoder(name, modality) for name, modality in modalities.items()}

    def call(inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {name: encode(inputs[name]) for name, encode in encoders.items()}

    return call
