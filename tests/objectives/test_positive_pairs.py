import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives.positive_pairs import on_the_diagonal, positive_pairs


@pytest.mark.parametrize("groups", [[7.0, 3.0, 7.0], [[7.0], [3.0], [7.0]]])
def test_records_of_one_group_belong_together(groups):
    pairs = ops.convert_to_numpy(positive_pairs(np.array(groups, "float32"), np.zeros((3, 3), "float32")))
    np.testing.assert_array_equal(pairs, [[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def test_a_table_of_pairs_is_taken_as_it_is():
    table = np.array([[0.0, 1.0], [0.0, 1.0]], "float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(positive_pairs(table, np.zeros((2, 2)))), table == 1)


def test_the_diagonal():
    np.testing.assert_array_equal(ops.convert_to_numpy(on_the_diagonal(np.zeros((3, 3)))), np.eye(3) == 1)


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ((3,), (3, 2), r"\(batch, batch\).*received \(3, 2\)"),
        ((3,), (3,), "PairScores"),
        ((2,), (3, 3), r"batch of the scores \(3, 3\); received \(2,\)"),
        ((3, 2), (3, 3), r"received \(3, 2\)"),
        ((3, 3, 1), (3, 3), r"received \(3, 3, 1\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(labels, scores, message):
    with pytest.raises(ValueError, match=message):
        positive_pairs(np.zeros(labels), np.zeros(scores))
