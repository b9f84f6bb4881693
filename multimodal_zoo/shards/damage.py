"""What is broken in a shard, record by record, and which records of it are intact."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from multimodal_zoo.modalities import Modality
from multimodal_zoo.shards.labelled_example import that_parse
from multimodal_zoo.shards.shard_index import Label

# A record of a TFRecord file: length (8 bytes), check sum of the length (4), content, check sum of the content (4).
LENGTH, CHECK = 8, 4


@dataclasses.dataclass(frozen=True)
class Fault:
    """Records of a file that cannot be read: the first of them, how many, and why."""

    file: str
    record: int
    records: int
    reason: str

    def __str__(self) -> str:
        which = f"record {self.record}" if self.records == 1 else f"records {self.record} and on ({self.records})"
        return f"{self.file}, {which}: {self.reason}."


def faults_of(path: Path, count: int, modalities: Mapping[str, Modality], label: Label) -> list[Fault]:
    """What is broken in a file that should hold `count` records; [] where it is whole."""
    return look_through(path, count, modalities, label)[1]


def look_through(
    path: Path, count: int, modalities: Mapping[str, Modality], label: Label
) -> tuple[list[bytes], list[Fault]]:
    """The intact records of a file in order, and its faults.

    A record counts as intact where both its check sums hold and it parses as an Example of these modalities and label.
    Behind a broken length nobody can tell where the next record begins: the rest of the file is lost.
    """
    frames, end = framed(path.read_bytes())
    faults: list[Fault] = []

    def broken(record: int, reason: str, records: int = 1) -> None:
        faults.append(Fault(str(path), record, records, reason))

    contents = readable(frames[:count])
    there = {number: content for number, content in enumerate(contents) if content is not None}
    parses = dict(zip(there, that_parse(modalities, label, there.values()), strict=True))
    for number, content in enumerate(contents):
        if content is None:
            broken(number, "its check sum is wrong")
        elif not parses[number]:
            broken(number, "it is no Example with the features that the index tells")
    if len(frames) < count:
        broken(len(frames), end or "the file ends before", count - len(frames))
    elif len(frames) > count or end:
        broken(count, f"the index tells of {count} records, and there is more behind them", max(1, len(frames) - count))
    return [content for number, content in there.items() if parses[number]], faults


def framed(content: bytes) -> tuple[list[bytes], str | None]:
    """The pieces of a file that say to be one record each, and why there are no more if it does not end there."""
    frames: list[bytes] = []
    place = 0
    while place < len(content):
        head = content[place : place + LENGTH]
        if len(content) < place + LENGTH + CHECK:
            return frames, "the file was cut off"
        if masked_crc32c(head) != int.from_bytes(content[place + LENGTH : place + LENGTH + CHECK], "little"):
            return frames, "the check sum of its length is wrong"
        end = place + LENGTH + CHECK + int.from_bytes(head, "little") + CHECK
        if end > len(content):
            return frames, "the file was cut off"
        frames.append(content[place:end])
        place = end
    return frames, None


def readable(frames: list[bytes]) -> list[bytes | None]:
    """The content of each piece, None where its check sum is wrong. TensorFlow's reader stops at the first such one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frames"

        def read(pieces: list[bytes]) -> list[bytes | None]:
            file.write_bytes(b"".join(pieces))
            try:
                return list(tf.data.TFRecordDataset(str(file)).as_numpy_iterator())
            except tf.errors.DataLossError:
                if len(pieces) == 1:
                    return [None]
                middle = len(pieces) // 2
                return read(pieces[:middle]) + read(pieces[middle:])

        return read(frames) if frames else []


def crc_table() -> list[int]:
    """CRC-32C of each byte."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = crc_table()


def masked_crc32c(content: bytes) -> int:
    """The check sum that TFRecord files use, of a few bytes.

    Example:
        >>> masked_crc32c(b"123456789") == ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8) % 2**32
        True
    """
    crc = 0xFFFFFFFF
    for byte in content:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32
