"""Which checkpoint the workers go on from, each with its own on its own disk."""

import numpy as np
import pytest
from training.table_parts.parts_in_process import network_with_part

from multimodal_zoo.training.state_file import write_state
from multimodal_zoo.training.table_parts import part_checkpoints


def with_epochs(folder, *epochs):
    """A folder with whole checkpoints after these epochs."""
    for epoch in epochs:
        write_state(folder / f"{epoch:06d}-000000000.state", {}, [np.zeros(1)])
    return folder


def left(folder):
    return sorted(int(path.name.split("-")[0]) for path in folder.iterdir())


class Exchange:
    """In place of that of the workers: what this one tells, and what the other has."""

    def __init__(self):
        self.told, self.others = [], []

    def __call__(self, part, own):
        self.told = list(own)
        return [list(own), self.others]


@pytest.fixture
def exchange(monkeypatch):
    one = Exchange()
    monkeypatch.setattr(part_checkpoints, "epochs_of_all", one)
    return one


def test_what_is_newer_than_the_newest_of_all_goes(tmp_path, exchange):
    exchange.others = [3, 4]
    part_checkpoints.keep_common(with_epochs(tmp_path, 4, 5), network_with_part())
    assert left(tmp_path) == [4]


def test_a_torn_one_does_not_count(tmp_path, exchange):
    exchange.others = [3, 4]
    with_epochs(tmp_path, 3, 4)
    torn = tmp_path / "000004-000000000.state"
    torn.write_bytes(torn.read_bytes()[:-5])
    part_checkpoints.keep_common(tmp_path, network_with_part())
    assert exchange.told == [3]
    # `restore` tells of the torn one and removes it.
    assert left(tmp_path) == [3, 4]


def test_without_any_a_training_begins_anew(tmp_path, exchange):
    part_checkpoints.keep_common(tmp_path, network_with_part())
    assert left(tmp_path) == []


def test_where_one_worker_has_lost_its_part_nothing_goes_on(tmp_path, exchange):
    with pytest.raises(RuntimeError, match=r"worker 0: \[4, 5\]; worker 1: none.*bring back the folders"):
        part_checkpoints.keep_common(with_epochs(tmp_path, 4, 5), network_with_part())
    assert left(tmp_path) == [4, 5]
