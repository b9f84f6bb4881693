import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multimodal_zoo.training.table_parts.table_layout import TableLayout

LAYOUTS = st.builds(TableLayout, rows=st.integers(1, 60), workers=st.integers(1, 7))


def table_of(layout):
    """Every number another."""
    return np.arange(1, layout.rows * 3 + 1, dtype="float32").reshape(layout.rows, 3)


def test_rows_go_round_the_workers():
    layout = TableLayout(rows=7, workers=3)
    assert [list(layout.rows_of(worker)) for worker in range(3)] == [[0, 3, 6], [1, 4], [2, 5]]
    assert layout.rows_here == 3
    np.testing.assert_array_equal(layout.owner(np.array([0, 4, 5, 6])), [0, 1, 2, 0])
    np.testing.assert_array_equal(layout.place(np.array([0, 4, 5, 6])), [0, 1, 1, 2])


@given(LAYOUTS)
def test_each_row_is_where_its_owner_and_place_say(layout):
    table = table_of(layout)
    parts = [layout.part_of(table, worker) for worker in range(layout.workers)]
    assert {part.shape for part in parts} == {(layout.rows_here, 3)}
    for row in range(layout.rows):
        np.testing.assert_array_equal(parts[layout.owner(row)][layout.place(row)], table[row])
    # Beside the rows of the table there is nothing.
    assert sum(part.any(axis=1).sum() for part in parts) == layout.rows


@given(LAYOUTS, st.integers(1, 20))
def test_blocks_of_the_parts_make_the_table_again(layout, length):
    table = table_of(layout)
    parts = [layout.part_of(table, worker) for worker in range(layout.workers)]
    blocks = [
        layout.whole_block([part[first : first + length] for part in parts], first)
        for first in range(0, layout.rows_here, length)
    ]
    np.testing.assert_array_equal(np.concatenate(blocks), table)


@given(LAYOUTS, st.integers(1, 20))
def test_the_own_rows_of_each_block_are_the_part(layout, length):
    table = table_of(layout)
    for worker in range(layout.workers):
        own = [
            table[start : start + length][layout.own_of_block(worker, start, min(start + length, layout.rows))]
            for start in range(0, layout.rows, length)
        ]
        np.testing.assert_array_equal(np.concatenate(own), table[list(layout.rows_of(worker))])


@pytest.mark.parametrize("workers", [2, 4])
def test_frequent_ids_are_shared_evenly(workers):
    """Ids in order of frequency, the r-th asked for about 1 / r as often as the first."""
    layout = TableLayout(rows=10_000, workers=workers)
    weights = 1 / np.arange(1, layout.rows + 1)
    # The first id alone is a tenth of all; in ranges the first worker would have over four fifths.
    loads = [weights[list(layout.rows_of(worker))].sum() / weights.sum() for worker in range(workers)]
    assert max(loads) < 1 / workers + 0.12
    assert weights[: layout.rows_here].sum() / weights.sum() > 0.8
