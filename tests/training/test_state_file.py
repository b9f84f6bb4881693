"""The file of a training's state: what is read is what was written, to the bit, or it is refused."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training.numbers_model import same

from multimodal_zoo.training.state_file import TornState, read_state, write_state

ARRAYS = [
    np.array(3, "int64"),
    np.zeros((0, 4), "float32"),
    np.arange(6, dtype="float64").reshape(2, 3).T,
    np.array([1.5, np.nan, np.inf], "float32"),
    np.array([0.1, 2.0]).astype(ml_dtypes.bfloat16),
    np.array([7, 2**32 - 1], "uint32"),
    np.array([True, False]),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "one.state"
    write_state(path, {"epoch": 3, "value": 0.1 + 0.2, "names": ["ä"]}, ARRAYS)
    return path


def test_what_is_read_is_what_was_written(path):
    document, arrays = read_state(path)
    assert document == {"epoch": 3, "value": 0.1 + 0.2, "names": ["ä"]}
    assert len(arrays) == len(ARRAYS) and all(same(one, other) for one, other in zip(arrays, ARRAYS, strict=True))


@settings(deadline=None)
@given(data=st.data())
def test_a_file_that_was_cut_off_or_changed_anywhere_is_refused(path, data):
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    for spoilt in (whole[:place], changed, whole + b"x"):
        other = path.with_name("other.state")
        other.write_bytes(spoilt)
        with pytest.raises(TornState, match="other.state is not whole"):
            read_state(other)
