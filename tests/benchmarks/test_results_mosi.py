import numpy as np
from results_mosi import last_rows


def test_the_utterance_itself_is_the_last_row_that_is_there():
    series = np.zeros((3, 4, 3), "float32")
    for row, count in enumerate((4, 1, 2)):
        series[row, :count, -1] = 1
        series[row, :count, 0] = np.arange(1, count + 1)
        series[row, :count, 1] = row
    np.testing.assert_array_equal(last_rows(series), [[4, 0], [1, 1], [2, 2]])
