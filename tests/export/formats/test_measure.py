import numpy as np

from multimodal_zoo.export.formats.batches_on_disk import write_inputs
from multimodal_zoo.export.formats.measure import TIMED, measure


def test_each_record_is_answered_once_and_a_short_split_is_timed_often_enough(tmp_path):
    write_inputs(tmp_path / "inputs", {"x": np.arange(6, dtype="float32")[:, None]})
    seen = []

    def run(batch):
        seen.append(batch["x"].ravel().tolist())
        return batch["x"] * 10

    predictions, milliseconds = measure(run, tmp_path / "inputs", 2)
    assert predictions.ravel().tolist() == [0, 10, 20, 30, 40, 50]
    assert seen[:4] == [[0, 1], [2, 3], [4, 5], [0, 1]]
    assert len(milliseconds) >= TIMED and (milliseconds >= 0).all()


def test_a_runtime_that_reuses_its_output_is_copied(tmp_path):
    write_inputs(tmp_path / "inputs", {"x": np.arange(3, dtype="float32")[:, None]})
    shared = np.zeros((1, 1), "float32")

    def run(batch):
        shared[:] = batch["x"]
        return shared

    assert measure(run, tmp_path / "inputs", 1)[0].ravel().tolist() == [0, 1, 2]
