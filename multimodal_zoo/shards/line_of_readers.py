"""Which record stands where in the line that several readers make, computed instead of read.

`tf.data.Dataset.interleave` takes one record from each reader in turn. A reader that has come to the end of its part
misses that turn and begins the next part at its turn in the round after it. So each record has its round and its
reader, and the line is sorted by the two: any stretch of it can be found without what is before it.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Line(NamedTuple):
    """A line of records that stand in parts, each read from its beginning to its end.

    `rounds`, `readers` and `takes` are `(parts,)`: when the first record of a part is read, by which reader, and how
    many there are. `turns` and `before`, `(2 * parts,)`: the rounds in which a part begins or is over, in order, and
    how many records are read before each; `growing`: how many in each round from there on. All are int64.
    """

    rounds: tf.Tensor
    readers: tf.Tensor
    takes: tf.Tensor
    turns: tf.Tensor
    before: tf.Tensor
    growing: tf.Tensor
    count_of_readers: int


class Stretch(NamedTuple):
    """Some records that stand one behind the other in a line, as they are found in its parts.

    `parts`, `firsts` and `counts`, one number for each part of which something is read: the part, the first record in
    it, and how many. `order`: where each record of the stretch is among those, read part after part.
    """

    parts: tf.Tensor
    firsts: tf.Tensor
    counts: tf.Tensor
    order: tf.Tensor


def line_of(takes: tf.Tensor, readers: int) -> Line:
    """The line that `interleave` makes of parts.

    Args:
        takes: `(parts,)` int64 records of each part, one at least.
        readers: `cycle_length` of `interleave`, with blocks of one record.

    Example:
        >>> line = line_of(tf.constant([2, 1, 1], tf.int64), readers=2)
        >>> stretch_of(line, tf.constant(0, tf.int64), tf.constant(4, tf.int64)).order.numpy().tolist()
        [0, 2, 1, 3]
    """
    parts = tf.size(takes)
    numbers = tf.range(readers, dtype=tf.int64)

    def next_part(
        part: tf.Tensor, free: tf.Tensor, rounds: tf.TensorArray, found: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray, tf.TensorArray]:
        # Who is free first; of several the first in turn.
        reader = tf.argmin(free * readers + numbers)
        begin = free[reader]
        over = begin + takes[part] + 1
        return (
            part + 1,
            tf.where(numbers == reader, over, free),
            rounds.write(part, begin),
            found.write(part, reader),
        )

    _, _, begun, found = tf.while_loop(
        lambda part, *_: part < parts,
        next_part,
        (
            tf.constant(0),
            tf.zeros(readers, tf.int64),
            tf.TensorArray(tf.int64, parts, element_shape=()),
            tf.TensorArray(tf.int64, parts, element_shape=()),
        ),
    )
    rounds = begun.stack()
    turns = tf.concat([rounds, rounds + takes], 0)
    order = tf.argsort(turns)
    turns = tf.gather(turns, order)
    growing = tf.cumsum(tf.where(order < parts, tf.constant(1, tf.int64), tf.constant(-1, tf.int64)))
    before = tf.concat([tf.zeros(1, tf.int64), tf.cumsum(growing[:-1] * (turns[1:] - turns[:-1]))], 0)
    return Line(rounds, found.stack(), takes, turns, before, growing, readers)


def stretch_of(line: Line, first: tf.Tensor, stop: tf.Tensor) -> Stretch:
    """Where the records `first` up to `stop` of a line are."""
    first_round, before = round_of(line, first)
    last_round, _ = round_of(line, stop - 1)
    parts = tf.where((line.rounds <= last_round) & (line.rounds + line.takes > first_round))[:, 0]
    rounds, takes = tf.gather(line.rounds, parts), tf.gather(line.takes, parts)
    firsts = tf.maximum(first_round - rounds, 0)
    counts = tf.minimum(last_round + 1 - rounds, takes) - firsts
    read = tf.ragged.range(firsts, firsts + counts)
    # One moment for each reader in each round, most of them with one record.
    readers = line.count_of_readers
    part = read.value_rowids()
    moments = (read.values + tf.gather(rounds - first_round, part)) * readers
    moments += tf.gather(tf.gather(line.readers, parts), part)
    numbers = tf.range(1, tf.size(moments) + 1)
    at_moments = tf.scatter_nd(moments[:, None], numbers, ((last_round + 1 - first_round) * readers)[None])
    # The first round and the last may belong to the stretches before and behind, too.
    order = tf.boolean_mask(at_moments, at_moments > 0)[first - before :][: stop - first] - 1
    return Stretch(parts, firsts, counts, order)


def round_of(line: Line, place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The round in which the record at a place of the line is read, and how many records are read before that round."""
    turn = tf.searchsorted(line.before, place[None], side="right")[0] - 1
    growing = line.growing[turn]
    rounds = (place - line.before[turn]) // growing
    return line.turns[turn] + rounds, line.before[turn] + rounds * growing
