import pytest

from multimodal_zoo.export.serving_folder import ServingFolderError
from multimodal_zoo.export.serving_folder.written_files import MARK, write_files


def test_own_files_are_replaced_and_removed_where_they_no_longer_belong(tmp_path):
    write_files(tmp_path, {"a.config": "1\n", "below/b.yaml": "x: 1\n"})
    written = write_files(tmp_path, {"below/b.yaml": "x: 2\n"}, ["a.config", "never.config"])
    assert written == (tmp_path / "below" / "b.yaml",)
    assert written[0].read_text() == f"{MARK}\nx: 2\n"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["b.yaml", "below"]


@pytest.mark.parametrize("foreign", ["text", "folder", "dangling link"])
def test_a_foreign_file_stops_everything_before_the_first_is_written(tmp_path, foreign):
    path = tmp_path / "b.yaml"
    if foreign == "text":
        path.write_text("mine: 1\n")
    elif foreign == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ServingFolderError, match=r"b\.yaml exists and was not written by multimodal_zoo"):
        write_files(tmp_path, {"a.config": "1\n", "b.yaml": "x: 1\n"})
    assert [one.name for one in tmp_path.iterdir()] == ["b.yaml"]


def test_a_foreign_file_that_would_no_longer_belong_is_left_alone(tmp_path):
    (tmp_path / "a.config").write_text("mine")
    write_files(tmp_path, {"b.config": ""}, ["a.config"])
    assert (tmp_path / "a.config").read_text() == "mine"


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path):
    write_files(tmp_path, {"a.config": "old\n"})
    with pytest.raises(UnicodeEncodeError):
        write_files(tmp_path, {"a.config": "\ud800"})
    assert (tmp_path / "a.config").read_text() == f"{MARK}\nold\n"
    assert [one.name for one in tmp_path.iterdir()] == ["a.config"]
