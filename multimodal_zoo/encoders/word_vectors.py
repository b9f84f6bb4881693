"""Ready-made word vectors from a word2vec or GloVe file, for the vocabulary of a text."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FIRST_KNOWN = 2


class WordVectors(NamedTuple):
    """Rows for an embedding, `matrix` (vocabulary_size, dim) float32, and which words of the vocabulary had none.

    `coverage` is the share of the vocabulary that the file has, 0 to 1.
    """

    matrix: np.ndarray
    coverage: float
    missing: tuple[str, ...]


def load_word_vectors(path: str | os.PathLike, text: Any, binary: bool | None = None, seed: int = 0) -> WordVectors:
    """Reads the vectors of the words of a text from a file.

    Ids are those of the text: row 0 (padding) is zeros; row 1 (unknown) and the words that the file does not have are
    drawn at random, with mean and standard deviation of those it has, number by number. A word that the file has only
    in another case is taken as that (the first of several).

    Args:
        path: word2vec's text format (with or without its first line "words dim", so GloVe's as well) or its binary
            one; compressed where the name ends in `.gz`.
        text: a `Text` with its vocabulary.
        binary: whether the format is binary; None tells by the name: `.bin` or `.bin.gz`.
        seed: of the random rows.

    Returns:
        The matrix, the share of the vocabulary that was found, and the words that were not.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the text has no vocabulary, the file breaks off or is of another format, or has none of the
            words.

    Example:
        >>> vectors = load_word_vectors("GoogleNews-vectors-negative300.bin.gz", text)
        >>> model.get_layer("report_embedding").embeddings.assign(vectors.matrix)

    Reference:
        Mikolov 2013, arXiv:1301.3781; Pennington 2014, doi:10.3115/v1/D14-1162 (GloVe).
    """
    if not text.vocabulary:
        raise ValueError("load_word_vectors needs a text with a vocabulary: fit it with `text = text.adapt(values)`.")
    path = Path(path)
    if binary is None:
        binary = path.name.removesuffix(".gz").endswith(".bin")
    wanted = set(text.vocabulary)
    exact: dict[str, np.ndarray] = {}
    in_another_case: dict[str, np.ndarray] = {}
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        for word, vector in (_binary_vectors if binary else _text_vectors)(file, path, wanted):
            if word in wanted:
                exact[word] = vector
            else:
                in_another_case.setdefault(word.lower(), vector)
    found = {**in_another_case, **exact}
    if not found:
        raise ValueError(f"{path} has none of the {len(wanted)} words of the vocabulary; is it of another language?")

    known = np.stack(list(found.values()))
    draws = np.random.default_rng(seed).normal(size=(text.vocabulary_size, known.shape[1]))
    matrix = (known.mean(axis=0) + known.std(axis=0) * draws).astype("float32")
    matrix[0] = 0
    for row, word in enumerate(text.vocabulary, FIRST_KNOWN):
        if word in found:
            matrix[row] = found[word]
    missing = tuple(word for word in text.vocabulary if word not in found)
    return WordVectors(matrix, 1 - len(missing) / len(text.vocabulary), missing)


def _text_vectors(file: io.BufferedIOBase, path: Path, wanted: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    dim = None
    for number, line in enumerate(file, 1):
        parts = line.decode("utf-8", errors="replace").rstrip().split(" ")
        if number == 1 and len(parts) == 2 and all(part.isdigit() for part in parts):
            dim = int(parts[1])
            continue
        dim = dim or len(parts) - 1
        # A word may have blanks in it: the vector is what stands last.
        if len(parts) < dim + 1 or dim < 1:
            raise ValueError(f"{path}, line {number}: expected a word and {dim} numbers, received {len(parts)} parts.")
        word = " ".join(parts[:-dim])
        if word in wanted or word.lower() in wanted:
            try:
                yield word, np.array(parts[-dim:], "float32")
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: the vector of {word!r} is no {dim} numbers.") from error


def _binary_vectors(file: io.BufferedIOBase, path: Path, wanted: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    header = file.readline(100).split()
    if len(header) != 2 or not all(part.isdigit() for part in header):
        raise ValueError(
            f"{path} does not begin with the number of words and of dimensions, as the binary format does; "
            "pass binary=False if it is text."
        )
    words, dim = map(int, header)
    for number in range(words):
        word = bytearray()
        while (character := file.read(1)) not in (b" ", b""):
            word += character
        vector = file.read(4 * dim)
        if len(vector) < 4 * dim:
            raise ValueError(f"{path} breaks off after {number} of {words} words.")
        # Some writers end a vector with a line break, which then stands before the next word.
        name = word.decode("utf-8", errors="replace").lstrip("\n")
        if name in wanted or name.lower() in wanted:
            yield name, np.frombuffer(vector, "<f4")
