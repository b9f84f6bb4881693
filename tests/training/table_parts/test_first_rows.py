import keras
import numpy as np
import pytest

from multimodal_zoo.training.table_parts import first_rows
from multimodal_zoo.training.table_parts.first_rows import FirstRows
from multimodal_zoo.training.table_parts.table_layout import TableLayout

KINDS = {
    "uniform": keras.initializers.RandomUniform(-0.05, 0.05, seed=3),
    "normal": keras.initializers.RandomNormal(seed=3),
    "truncated": keras.initializers.TruncatedNormal(seed=3),
    "constant": keras.initializers.Constant(2.5),
    "zeros": keras.initializers.Zeros(),
    "ones": keras.initializers.Ones(),
}


def whole(initializer, rows, workers, dim=4):
    """The table out of the parts of all workers."""
    layout = TableLayout(rows, workers)
    parts = [FirstRows(initializer, layout, worker)((layout.rows_here, dim), "float32") for worker in range(workers)]
    return layout.whole_block(parts, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_table_begins_as_it_does_in_one_piece(kind):
    expected = keras.ops.convert_to_numpy(KINDS[kind]((11, 4), "float32"))
    for workers in (1, 2, 3):
        np.testing.assert_array_equal(whole(KINDS[kind], 11, workers), expected)


def test_a_large_table_is_the_same_for_any_number_of_workers_and_no_block_repeats(monkeypatch):
    monkeypatch.setattr(first_rows, "BLOCK", 5)
    tables = [whole(KINDS["uniform"], 23, workers) for workers in (1, 2, 3)]
    np.testing.assert_array_equal(tables[0], tables[1])
    np.testing.assert_array_equal(tables[0], tables[2])
    assert len(np.unique(tables[0])) > 85
    assert -0.05 <= tables[0].min() < -0.04 and 0.04 < tables[0].max() <= 0.05


def test_an_initialiser_that_depends_on_the_number_of_rows_is_refused():
    with pytest.raises(ValueError, match="gives each row alike .*RandomUniform.*got GlorotUniform"):
        FirstRows(keras.initializers.GlorotUniform(), TableLayout(10, 2), 0)
