import math

import numpy as np
import pytest

from multimodal_zoo.cli.number_file import UnreadableNumbers, read_numbers


def written(tmp_path, text):
    file = tmp_path / "x.csv"
    file.write_bytes(text.encode("utf-8"))
    return file


def test_a_csv_with_names_gaps_and_blank_lines(tmp_path):
    rows = read_numbers(written(tmp_path, "\ufefft,p\r\n1,2.5\r\n\r\n,-3e2\r\nnan,4\r\n"))
    assert rows[0] == [1.0, 2.5] and rows[1][1] == -300.0 and rows[2][1] == 4.0
    assert math.isnan(rows[1][0]) and math.isnan(rows[2][0]) and len(rows) == 3


def test_a_csv_without_names_and_one_without_rows(tmp_path):
    assert read_numbers(written(tmp_path, "1\n2\n")) == [[1.0], [2.0]]
    assert read_numbers(written(tmp_path, "")) == read_numbers(written(tmp_path, "a,b\n")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2\n3,x\n", "line 2: expected numbers between commas, got '3,x'"),
        ("a,2\n", "line 1"),
        ("a\nb\n1\n", "line 2"),
    ],
)
def test_what_is_no_number_is_named(tmp_path, text, words):
    with pytest.raises(UnreadableNumbers, match=words):
        read_numbers(written(tmp_path, text))


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe1,2")
    with pytest.raises(UnreadableNumbers, match="no CSV file in UTF-8"):
        read_numbers(tmp_path / "x.csv")


def test_an_array(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[1, 2], [3, 4]], "int16"))
    assert read_numbers(tmp_path / "x.npy") == [[1.0, 2.0], [3.0, 4.0]]
    np.save(tmp_path / "flat.npy", np.zeros(3))
    with pytest.raises(UnreadableNumbers, match=r"float64 of the shape \(3,\), expected rows"):
        read_numbers(tmp_path / "flat.npy")
    (tmp_path / "junk.npy").write_bytes(b"junk")
    with pytest.raises(UnreadableNumbers, match="no array of numbers"):
        read_numbers(tmp_path / "junk.npy")
