"""Word vectors from files written by hand, in all the formats."""

import gzip

import numpy as np
import pytest

from multimodal_zoo.encoders import load_word_vectors
from multimodal_zoo.modalities import Text

TEXT = Text(vocabulary_size=8, length=4, vocabulary=("lungs", "clear", "xray", "opacity"))
VECTORS = {"clear": [1.0, 2.0, 3.0], "heart": [7.0, 7.0, 7.0], "Xray": [-1.0, 0.5, 0.25], "lungs": [0.0, 1.0, 0.0]}


def as_text(header):
    lines = [f"{word} {' '.join(map(str, vector))}" for word, vector in VECTORS.items()]
    return "\n".join([f"{len(VECTORS)} 3"] * header + lines).encode() + b"\n"


def as_binary(line_break=b""):
    entries = [word.encode() + b" " + np.float32(vector).tobytes() + line_break for word, vector in VECTORS.items()]
    return f"{len(VECTORS)} 3\n".encode() + b"".join(entries)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vectors.txt", as_text(header=True)),
        ("glove.txt", as_text(header=False)),
        ("vectors.txt.gz", gzip.compress(as_text(header=True))),
        ("vectors.bin", as_binary()),
        ("vectors.bin.gz", gzip.compress(as_binary(b"\n"))),
    ],
    # Not the content: what gzip makes holds the time.
    ids=lambda value: value if isinstance(value, str) else "content",
)
def test_each_word_of_the_vocabulary_has_its_row_in_every_format(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    found = load_word_vectors(tmp_path / name, TEXT)
    assert found.matrix.shape == (8, 3) and found.matrix.dtype == "float32"
    assert not found.matrix[0].any()
    np.testing.assert_array_equal(found.matrix[2:5], [VECTORS["lungs"], VECTORS["clear"], VECTORS["Xray"]])
    assert found.coverage == 0.75 and found.missing == ("opacity",)


def test_words_that_are_missing_are_drawn_as_wide_as_those_there_are(tmp_path):
    random = np.random.default_rng(0)
    words = tuple(f"word{number}" for number in range(400))
    vectors = random.normal([3.0, -1.0], [0.5, 2.0], size=(400, 2))
    lines = [f"{word} {a:.5f} {b:.5f}" for word, (a, b) in zip(words, vectors, strict=True)]
    (tmp_path / "v.txt").write_text("\n".join(lines))
    text = Text(vocabulary_size=1002, length=4, vocabulary=(*words, *(f"other{number}" for number in range(600))))
    found = load_word_vectors(tmp_path / "v.txt", text, seed=1)
    drawn = found.matrix[402:]
    np.testing.assert_allclose(drawn.mean(axis=0), [3.0, -1.0], atol=0.3)
    np.testing.assert_allclose(drawn.std(axis=0), [0.5, 2.0], rtol=0.15)
    np.testing.assert_array_equal(drawn, load_word_vectors(tmp_path / "v.txt", text, seed=1).matrix[402:])
    assert found.coverage == 0.4


def test_the_exact_word_goes_before_another_case_and_words_may_have_blanks(tmp_path):
    (tmp_path / "v.txt").write_text("Clear 1 1\nclear 2 2\nCLEAR 3 3\nnew york 4 4\nLungs 5 5\nLUNGS 6 6\n")
    text = Text(vocabulary_size=5, length=4, vocabulary=("clear", "lungs", "new york"))
    np.testing.assert_array_equal(load_word_vectors(tmp_path / "v.txt", text).matrix[2:], [[2, 2], [5, 5], [4, 4]])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("v.txt", b"clear 1 2 3\nlungs 1 2\n", "line 2: expected a word and 3 numbers, received 3 parts"),
        ("v.txt", b"clear 1 2 3\nlungs 1 x 3\n", "line 2: the vector of 'lungs' is no 3 numbers"),
        ("v.txt", b"haus 1 2 3\n", "none of the 4 words"),
        ("v.bin", as_binary()[:-5], "breaks off after 3 of 4 words"),
        ("v.bin", as_text(header=False), "pass binary=False"),
    ],
)
def test_files_it_refuses(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words):
        load_word_vectors(tmp_path / name, TEXT)


def test_what_else_it_refuses(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_word_vectors(tmp_path / "missing.txt", TEXT)
    with pytest.raises(ValueError, match="fit it with"):
        load_word_vectors(tmp_path / "missing.txt", Text(vocabulary_size=8, length=4))
