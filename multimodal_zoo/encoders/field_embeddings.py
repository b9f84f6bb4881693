"""Fields of a recommender as vectors of one width: ids, several ids, histories, words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from multimodal_zoo.encoders.hashed_embedding import hashed_embedding
from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.encoders.mixed_dimensions import mixed_dimensions
from multimodal_zoo.encoders.quotient_remainder import quotient_remainder
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.unknown_name import UnknownName

ID_KINDS = ("categorical", "multi_categorical", "id_sequence", "text")
# How the ids of a field become vectors, where a row for each would be too many.
SMALLER_TABLES = ("hashed", "quotient_remainder", "mixed_dimensions")


def field_embeddings(
    modalities: Mapping[str, Any], dim: int, l2: float = 0.0, tables: Mapping[str, str] | None = None
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Makes one vector for each field.

    An id is a row of the field's table; several ids, a history or the words of a text are the mean of their
    rows; a number is its value times a learned vector. Nothing there (id 0 everywhere) is the zero vector
    exactly.

    Args:
        modalities: the fields by name: Categorical, MultiCategorical, IdSequence, Text or Numeric.
        dim: width of the vectors.
        l2: penalty on the squares of all the tables and vectors, at least 0. It makes a training step touch
            every row.
        tables: field of ids -> a smaller table for it, without the penalty: "hashed" (a tenth of the rows, which ids
            share), "quotient_remainder" (two tables of about the root of the rows) or "mixed_dimensions" (of ids in
            order of frequency, the first hundredth has full width, the next tenth a quarter of it, the rest a
            sixteenth).

    Returns:
        A callable that maps the dict of the fields' tensors to a dict of (batch, dim), in the order of
        `modalities`.

    Raises:
        UnknownName: if a field is of another kind, or there is no such table, or no such field.
        ValueError: if a tensor is missing, or a field without ids is to have a table.

    Example:
        >>> vectors = field_embeddings({"user": Categorical(1000), "age": Numeric(1)}, 16)(inputs)

    Reference:
        Guo 2017, arXiv:1703.04247, section 2.1 (the embedding layer).
    """
    return _field_vectors(modalities, dim, l2, "embedding", tables or {})


def linear_fields(modalities: Mapping[str, Any], l2: float = 0.0) -> Callable[[Mapping[str, Any]], Any]:
    """Makes the first-order term: the sum of one weight for each id and one for each number, times its value.

    There is no bias: with every field absent the term is zero.

    Args:
        modalities: the fields by name: Categorical, MultiCategorical, IdSequence, Text or Numeric.
        l2: penalty on the squares of all the weights, at least 0.

    Returns:
        A callable that maps the dict of the fields' tensors to (batch, 1).

    Raises:
        UnknownName: if a field is of another kind.
        ValueError: if a tensor is missing.

    Example:
        >>> logit = linear_fields({"user": Categorical(1000), "age": Numeric(1)})(inputs)

    Reference:
        Rendle 2010, equation 1 (the linear term); Guo 2017, arXiv:1703.04247, equation 2. The bias is the
        head's.
    """
    weigh = _field_vectors(modalities, 1, l2, "linear", {})
    add = keras.layers.Add(name="linear_fields", dtype="float32")

    def call(inputs: Mapping[str, Any]) -> Any:
        terms = list(weigh(inputs).values())
        return add(terms if len(terms) > 1 else [*terms, keras.ops.zeros_like(terms[0])])

    return call


def _field_vectors(
    modalities: Mapping[str, Any], dim: int, l2: float, part: str, tables: Mapping[str, str]
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    if not modalities:
        raise ValueError("At least one field is needed; received none.")
    if dim < 1 or l2 < 0:
        raise ValueError(f"dim must be positive and l2 not negative; received dim={dim!r}, l2={l2!r}.")
    for name in tables:
        if name not in modalities:
            raise UnknownName("field", name, list(modalities))
    regularizer = keras.regularizers.L2(l2) if l2 else None
    encoders = {
        name: smaller_table(tables[name], name, modality, dim, f"{name}_{part}")
        if name in tables
        else _field_vector(name, modality, dim, regularizer, f"{name}_{part}")
        for name, modality in modalities.items()
    }

    def call(inputs: Mapping[str, Any]) -> dict[str, Any]:
        missing = [name for name in encoders if name not in inputs]
        if missing:
            raise ValueError(f"The fields {missing} have no tensor; received tensors for {list(inputs)}.")
        return {name: encode(inputs[name]) for name, encode in encoders.items()}

    return call


def _field_vector(name: str, modality: Any, dim: int, regularizer: Any, layer_name: str) -> Callable[[Any], Any]:
    if modality.kind == "numeric":
        return keras.layers.Dense(dim, use_bias=False, kernel_regularizer=regularizer, name=layer_name)
    if modality.kind not in ID_KINDS:
        raise UnknownName(f"kind of field for {name!r}", modality.kind, (*ID_KINDS, "numeric"))
    embed = WordEmbedding(modality.vocabulary_size, dim, embeddings_regularizer=regularizer, name=layer_name)
    if modality.kind == "categorical":
        # The mean of one row, which is zero already where the id is 0.
        one_row = keras.layers.Reshape((dim,), name=f"{layer_name}_mean")
        return lambda ids: one_row(embed(ids))
    average = MaskedMean(name=f"{layer_name}_mean")

    def encode(ids: Any) -> Any:
        return average(embed(ids), ids)

    return encode


def smaller_table(table: str, name: str, modality: Any, dim: int, layer_name: str) -> Callable[[Any], Any]:
    """The encoder of a field that has no row for each id; see `field_embeddings`."""
    if modality.kind not in ID_KINDS:
        raise ValueError(f"The field {name!r} is {modality.kind} and has no ids: leave it out of tables.")
    size = modality.vocabulary_size
    if table == "hashed":
        return hashed_embedding(max(2, size // 10), dim, name=layer_name)
    if table == "quotient_remainder":
        return quotient_remainder(size, dim, name=layer_name)
    if table == "mixed_dimensions":
        blocks = [edge for edge in (max(2, size // 100), max(3, size // 10)) if edge < size]
        return mixed_dimensions(size, dim, blocks, name=layer_name)
    raise UnknownName(f"table for {name!r}", table, SMALLER_TABLES)
