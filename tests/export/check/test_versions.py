from pathlib import Path

import pytest

from multimodal_zoo.export.check.versions import previous_version, versions_in


@pytest.fixture
def model(tmp_path):
    for version in ("1", "2", "10", "new"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "saved_model.pb").touch()
    (tmp_path / "9").mkdir()
    return tmp_path


def test_versions_are_numbers_that_hold_a_saved_model(model):
    assert versions_in(model) == {1: model / "1", 2: model / "2", 10: model / "10"}
    assert list(versions_in(model)) == [1, 2, 10]
    assert versions_in(model / "nowhere") == {}


@pytest.mark.parametrize(("name", "previous"), [("10", "2"), ("2", "1"), ("1", None), ("new", None), ("9", "2")])
def test_the_next_lower_one_comes_before(model, name, previous):
    assert previous_version(model / name) == (previous and model / previous)


def test_a_version_named_by_a_dot(model, monkeypatch):
    monkeypatch.chdir(model / "10")
    assert previous_version(Path(".")) == model / "2"
