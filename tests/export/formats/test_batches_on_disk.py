import numpy as np
import pytest

from multimodal_zoo.export.formats.batches_on_disk import read_batches, write_inputs


@pytest.mark.parametrize(("batch_size", "batches"), [(1, 5), (2, 3), (5, 1), (12, 1)])
def test_every_batch_is_full_and_the_records_keep_their_order(tmp_path, batch_size, batches):
    inputs = {"x": np.arange(10, dtype="float32").reshape(5, 2), "ids": np.arange(5, dtype="int32")}
    write_inputs(tmp_path / "inputs", inputs)
    read = list(read_batches(tmp_path / "inputs", batch_size))
    assert len(read) == batches
    assert all(len(batch["x"]) == batch_size for batch in read)
    for name, values in inputs.items():
        together = np.concatenate([batch[name] for batch in read])
        assert together.dtype == values.dtype
        np.testing.assert_array_equal(together[:5], values)
        np.testing.assert_array_equal(together[5:], values[np.arange(5, len(together)) % 5])
