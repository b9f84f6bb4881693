"""A record of numbers and ids by a Transformer: each field is a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.class_token import PlacesAndClassToken
from multimodal_zoo.encoders.factorization_machine import StackFields
from multimodal_zoo.encoders.field_embeddings import field_embeddings
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.transformer_block import TransformerBlock


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class NumberTokens(keras.Layer):
    """Turns each number into its value times a learned vector of its own.

    Args:
        dim: width of a vector.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> NumberTokens(32)(numbers)    # (batch, numbers) -> (batch, numbers, 32)
    """

    def __init__(self, dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.dim = int(dim)

    def build(self, numbers_shape: tuple) -> None:
        limit = self.dim**-0.5
        self.vectors = self.add_weight(
            shape=(numbers_shape[-1], self.dim),
            initializer=keras.initializers.RandomUniform(-limit, limit),
            name="vectors",
        )

    def call(self, numbers: Any) -> Any:
        return ops.expand_dims(numbers, -1) * self.vectors

    def compute_output_shape(self, numbers_shape: tuple) -> tuple:
        return (*numbers_shape, self.dim)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dim": self.dim}


def ft_transformer(
    modalities: Mapping[str, Any],
    dim: int = 32,
    heads: int = 4,
    layers: int = 2,
    feed_forward: int = 43,
    dropout: float = 0.0,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[[Mapping[str, Any]], Any]:
    """Makes the FT-Transformer: every number and every id becomes a token, a Transformer reads them.

    A number is its value times a vector, an id the row of a table (see `field_embeddings`), either plus a bias of its
    field. An absent id, or a number at its mean, is the bias alone.

    Args:
        modalities: the fields by name: Numeric (a token for each of its numbers), Categorical, MultiCategorical,
            IdSequence or Text (a token each).
        dim: width of a token and of the answer, a multiple of `heads`.
        heads: attention heads.
        layers: number of blocks.
        feed_forward: hidden units (ReGLU) of the feed-forward parts; the paper takes 4/3 of `dim`.
        dropout: share dropped of the attention weights and of what each part adds, 0 to 1.
        return_sequence: whether to answer with the tokens of the fields instead of the class token.
        name: prefix of the layers' names.

    Returns:
        A callable that maps the dict of the fields' tensors to (batch, dim), which a linear layer may follow as in
        the paper; with `return_sequence` to (batch, tokens, dim), the numbers first.

    Raises:
        UnknownName: if a field is of another kind.
        ValueError: if there is no field, a tensor is missing, or `dim` is no multiple of `heads`.

    Example:
        >>> ft_transformer({"user": Categorical(1000), "age": Numeric(1)})(inputs).shape
        (None, 32)

    Reference:
        Gorishniy 2021, arXiv:2106.11959, section 3.3 (as there, the first block does not normalise what it attends
        to).
    """
    if not modalities:
        raise ValueError("ft_transformer needs at least one field; received none.")
    if dim % heads:
        raise ValueError(f"dim must be a multiple of heads; received dim={dim}, heads={heads}.")
    numeric = [field for field, modality in modalities.items() if modality.kind == "numeric"]
    others = {field: modality for field, modality in modalities.items() if field not in numeric}
    weigh = {field: NumberTokens(dim, name=prefixed(name, f"{field}_tokens")) for field in numeric}
    embed = field_embeddings(others, dim) if others else None
    stack = StackFields(name=prefixed(name, "ids"))
    complete = PlacesAndClassToken(name=prefixed(name, "tokens"))
    blocks = [
        TransformerBlock(
            heads,
            feed_forward,
            dropout,
            activation="reglu",
            norm_first=index > 1,
            attention_bias=True,
            name=prefixed(name, f"block_{index}"),
        )
        for index in range(1, layers + 1)
    ]
    normalize = keras.layers.LayerNormalization(name=prefixed(name, "norm"))
    rectify = keras.layers.ReLU(name=prefixed(name, "relu"))

    def call(inputs: Mapping[str, Any]) -> Any:
        missing = [field for field in modalities if field not in inputs]
        if missing:
            raise ValueError(f"The fields {missing} have no tensor; received tensors for {list(inputs)}.")
        tokens = [weigh[field](inputs[field]) for field in numeric]
        if embed is not None:
            tokens.append(stack(list(embed(inputs).values())))
        joined = tokens[0] if len(tokens) == 1 else ops.concatenate(tokens, axis=1)
        vectors = complete(joined)
        for block in blocks:
            vectors = block(vectors)
        vectors = rectify(normalize(vectors))
        return vectors[:, 1:] if return_sequence else vectors[:, 0]

    return call
