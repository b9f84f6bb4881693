"""Records as rows of a fixed width in one file, read by stretches in the order in which `ShardSplit` reads records."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from multimodal_zoo.shards.line_of_readers import line_of, stretch_of

# Nothing here is Python control flow over tensors.
as_it_stands = tf.autograph.experimental.do_not_convert
# Of a chunk, which is read as a whole: so many rows, or fewer where these would be more bytes.
CHUNK_ROWS, CHUNK_BYTES = 64, 2**18
# What a TFRecord has around its content: a length and two check sums.
FRAME = 16
BUFFER = 2**18


@dataclasses.dataclass(frozen=True)
class RowFile:
    """One row for each record of a split, in the order of its shards.

    It is a TFRecord file whose records are chunks of rows, all of the same length, the last one filled up with zeros:
    so each has its check sum, and one can begin to read at any of them. Rows that are read one by one, as the records
    of shards are, take as long as it takes to parse them.

    Args:
        path: of the file.
        counts: records of each shard.
        numbers: int32 numbers of a row.
    """

    path: Path
    counts: tuple[int, ...]
    numbers: int

    @property
    def chunk(self) -> int:
        """Rows of a chunk."""
        return max(1, min(CHUNK_ROWS, CHUNK_BYTES // (4 * self.numbers)))

    @property
    def chunk_bytes(self) -> int:
        """What a chunk takes in the file."""
        return 4 * self.numbers * self.chunk + FRAME

    @property
    def bytes(self) -> int:
        """How long the file is."""
        return -(-sum(self.counts) // self.chunk) * self.chunk_bytes

    def write(self, batches: Iterable[np.ndarray]) -> int:
        """Write the file.

        Args:
            batches: `(batch, numbers)` int32 rows; the batches before the last one are whole chunks.

        Returns:
            How many rows there were.

        Raises:
            OSError, tf.errors.OpError: the disk does not take it.
        """
        count = 0
        with tf.io.TFRecordWriter(str(self.path)) as writer:
            for rows in batches:
                count += len(rows)
                for start in range(0, len(rows), self.chunk):
                    rest = rows[start : start + self.chunk]
                    writer.write(rest.tobytes().ljust(self.chunk_bytes - FRAME, b"\0"))
        return count

    def blocks(
        self,
        parts: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
        *,
        readers: int,
        size: int,
        order: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    ) -> tf.data.Dataset:
        """Blocks `(size, numbers)` of the rows of an epoch, the last one shorter.

        Args:
            parts: of shards, as `segments` gives them.
            readers: parts that are read at a time: a row comes when `interleave` would give its record.
            size: rows of a block.
            order: of a number of rows and the number of their block, how they stand in it.
        """
        shards, begins, takes = parts
        line, count = line_of(takes, readers), tf.reduce_sum(takes)
        starts = tf.gather(tf.constant(np.cumsum([0, *self.counts[:-1]]), tf.int64), shards) + begins

        @as_it_stands
        def block(number: tf.Tensor) -> tf.data.Dataset:
            first = number * size
            found = stretch_of(line, first, tf.minimum(first + size, count))
            rows = tf.gather(starts, found.parts) + found.firsts
            chunks = rows // self.chunk
            lengths = (rows + found.counts - 1) // self.chunk + 1 - chunks
            # Where the rows of each part begin among all that is read, and among those that are asked for.
            read = tf.cumsum(lengths, exclusive=True) * self.chunk + rows % self.chunk
            ahead = tf.repeat(read - tf.cumsum(found.counts, exclusive=True), found.counts)
            chosen = tf.gather(found.order, order(tf.size(found.order), number))
            chosen += tf.cast(tf.gather(ahead, chosen), chosen.dtype)

            @as_it_stands
            def put(pieces: tf.Tensor) -> tf.Tensor:
                return tf.gather(tf.reshape(tf.io.decode_raw(pieces, tf.int32), [-1, self.numbers]), chosen)

            stretches = tf.data.Dataset.from_tensor_slices((chunks, lengths))
            return stretches.flat_map(self._stretch).batch(tf.reduce_sum(lengths)).map(put)

        return tf.data.Dataset.range(-(-count // size)).flat_map(block)

    @as_it_stands
    def _stretch(self, first: tf.Tensor, count: tf.Tensor) -> tf.data.Dataset:
        """Some chunks that stand one behind the other."""
        # `tf.data.TFRecordDataset` reads a file from its beginning alone.
        read = tf.raw_ops.TFRecordDatasetV2(
            filenames=[str(self.path)],
            compression_type="",
            buffer_size=tf.constant(BUFFER, tf.int64),
            byte_offsets=(first * self.chunk_bytes)[None],
        )
        return tf.data.experimental.from_variant(read, tf.TensorSpec((), tf.string)).take(count)
