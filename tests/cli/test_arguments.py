"""How words become values: literals of `--set`, raw records of `predict`."""

import pytest

from multimodal_zoo import Audio, Categorical, IdSequence, Image, MultiCategorical, Numeric, Points, Series, Text, Video
from multimodal_zoo.cli.arguments import WrongUsageError, literal, record_from_options
from multimodal_zoo.cli.output import plain

MODALITIES = {
    "image": Image(8, 8, 1),
    "voice": Audio(8000, 1.0),
    "plot": Text(100, 10),
    "user": Categorical(10),
    "genres": MultiCategorical(10, 4),
    "seen_items": IdSequence(10, 4),
    "age": Numeric(1),
    "position": Numeric(2),
    "sensors": Series(2, 5),
    "radar": Points(3, 5),
    "clip": Video(2, 4, 4),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("(64, 128)", (64, 128)),
        ("[1, 2]", [1, 2]),
        ("True", True),
        ("true", True),
        ("FALSE", False),
        ("None", None),
        ("null", None),
        ("gated", "gated"),
        ("'3'", "3"),
        ("a b(", "a b("),
        ("", ""),
    ],
)
def test_literal(text, value):
    assert literal(text) == value
    assert type(literal(text)) is type(value)


@pytest.mark.parametrize(
    ("words", "record"),
    [
        (["--user", "196"], {"user": "196"}),
        (["--genres", "Comedy,Drama"], {"genres": ["Comedy", "Drama"]}),
        (["--genres", "Comedy", "--genres", " Drama , "], {"genres": ["Comedy", "Drama"]}),
        (["--genres", ""], {"genres": []}),
        (["--seen-items", "5,6"], {"seen_items": ["5", "6"]}),
        (["--seen_items=5"], {"seen_items": ["5"]}),
        (["--age", "-4.5"], {"age": [-4.5]}),
        (["--position", "1,2"], {"position": [1.0, 2.0]}),
        (["--position", "1", "--position", "2"], {"position": [1.0, 2.0]}),
        (["--plot", "--a dash=b"], {"plot": "--a dash=b"}),
        (["--plot=a=b"], {"plot": "a=b"}),
        (["--plot", "@@home"], {"plot": "@home"}),
        (["--image", ""], {"image": b""}),
        ([], {}),
    ],
)
def test_record(words, record):
    assert record_from_options(words, MODALITIES) == record


def test_files_are_read(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF\x00")
    (tmp_path / "a.txt").write_text("Zoë\n", encoding="utf-8")
    words = ["--voice", str(tmp_path / "a.wav"), "--plot", f"@{tmp_path / 'a.txt'}"]
    assert record_from_options(words, MODALITIES) == {"voice": b"RIFF\x00", "plot": "Zoë\n"}


def test_rows_of_numbers_come_from_files_and_frames_from_files_and_folders(tmp_path):
    (tmp_path / "sensors.csv").write_text("a,b\n1,2\n3,4\n")
    frames = tmp_path / "frames"
    frames.mkdir()
    for name in ("2.png", "1.png"):
        (frames / name).write_bytes(name.encode())
    (tmp_path / "a.gif").write_bytes(b"GIF8")
    words = ["--sensors", str(tmp_path / "sensors.csv"), "--clip", str(frames), "--clip", str(tmp_path / "a.gif")]
    record = {"sensors": [[1.0, 2.0], [3.0, 4.0]], "clip": [b"1.png", b"2.png", b"GIF8"]}
    assert record_from_options(words, MODALITIES) == record
    assert record_from_options(["--clip", "", "--sensors", ""], MODALITIES) == {"clip": [], "sensors": []}
    with pytest.raises(WrongUsageError, match="--radar takes rows of 3 number.s., got 2 in row 1 of .*sensors.csv"):
        record_from_options(["--radar", str(tmp_path / "sensors.csv")], MODALITIES)
    with pytest.raises(WrongUsageError, match="--radar: .*1.png, line 1: expected numbers"):
        (frames / "1.png").write_text("1,x")
        record_from_options(["--radar", str(frames / "1.png")], MODALITIES)
    with pytest.raises(WrongUsageError, match="--sensors: nowhere.csv does not exist. Leave --sensors out"):
        record_from_options(["--sensors", "nowhere.csv"], MODALITIES)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongUsageError, match="empty is empty. Leave --clip out"):
        record_from_options(["--clip", str(tmp_path / "empty")], MODALITIES)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--age", "old"], "--age takes numbers separated by commas, got 'old'."),
        (["--age", ""], "--age takes numbers separated by commas, got ''."),
        (["--position", "1"], "--position takes 2 number(s), got 1."),
        (["--user", "1", "--user", "2"], "--user was given 2 times; it takes one value."),
        (["--age"], "--age needs a value."),
    ],
)
def test_wrong_values(words, message):
    with pytest.raises(WrongUsageError) as error:
        record_from_options(words, MODALITIES)
    assert str(error.value) == message


def test_a_binary_file_given_as_text(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongUsageError, match="a.bin is no UTF-8 text file"):
        record_from_options(["--plot", f"@{tmp_path / 'a.bin'}"], MODALITIES)


def test_plain_is_what_json_can_hold():
    import numpy as np

    value = {
        1: np.float32(0.5),
        "nan": float("nan"),
        "inf": [float("-inf")],
        "shape": (None, np.int64(3)),
        "raw": b"x",
    }
    assert plain(value) == {"1": 0.5, "nan": None, "inf": [None], "shape": [None, 3], "raw": "b'x'"}
