"""Files and folders that are whole or not there, whatever happens while they are written."""

import errno
import os
import resource
import signal
import subprocess
from pathlib import Path

import keras
import pytest
from training.interrupted import stopped
from training.numbers_model import differences, numbers, numbers_model, weights_of

from multimodal_zoo.training import fit, storage
from multimodal_zoo.training.bundle import verify_manifest
from multimodal_zoo.training.state_file import read_state
from multimodal_zoo.training.storage import StorageError, clear_write_errors, written_beside, written_whole

SETTINGS = {"epochs": 3, "patience": 9, "batch_size": 16, "verbose": 0}


def train(out, **settings):
    keras.utils.set_random_seed(1)
    return fit(numbers_model(), (numbers(72, 0), numbers(32, 1)), out=out, **{**SETTINGS, **settings})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A bundle, and where it lies."""
    folder = tmp_path_factory.mktemp("trained") / "bundle"
    return train(folder), folder


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own of one mebibyte; only the super-user may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("this process may not mount a disk")
    yield folder
    # TensorFlow keeps the logs of a training that failed open.
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def no_large_files():
    """No file may grow over so many bytes: what a full disk is to whoever writes, with another number."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def begin(most):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))

    yield begin
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


def fill(folder: Path, left: int) -> None:
    """Leave so many bytes of a disk."""
    free = os.statvfs(folder)
    (folder / "filling").write_bytes(bytes(free.f_bavail * free.f_bsize - left))


def test_a_full_disk_stops_a_training_and_the_last_checkpoint_is_whole(small_disk):
    work = small_disk / "bundle-training"
    stopped(train, small_disk / "bundle", 1)
    fill(small_disk, 4096)
    # Before the checkpoint, the logs do not fit.
    message = f"{work} could not be written: No space left on device. Make room.*whole: the same call goes on from the"
    with pytest.raises(StorageError, match=message):
        train(small_disk / "bundle")
    (only,) = (work / "checkpoint").iterdir()
    assert read_state(only)[0]["epoch"] == 1
    (small_disk / "filling").unlink()
    assert not differences(weights_of(train(small_disk / "bundle")), weights_of(train(None)))


def test_a_disk_too_full_for_the_bundle_leaves_the_earlier_one_and_the_checkpoint(small_disk, trained):
    bundle, _ = trained
    folder = bundle.save(small_disk / "bundle")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def filled(finished):
        fill(small_disk, 8192)
        return finished

    with pytest.raises(StorageError, match=f"{folder} could not be written: No space left on device. Make room"):
        train(folder, finish=filled)
    verify_manifest(folder)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {path.name for path in small_disk.iterdir()} == {"bundle", "bundle-training", "filling"}
    newest = sorted((small_disk / "bundle-training" / "checkpoint").iterdir())[-1]
    assert read_state(newest)[0]["epoch"] == 3


def test_a_write_that_the_system_refuses_leaves_all_as_it_was(tmp_path, trained, no_large_files):
    bundle, _ = trained
    folder = bundle.save(tmp_path / "bundle")
    no_large_files(2000)
    with pytest.raises(StorageError, match=f"{folder} could not be written: File too large. Make room"):
        bundle.save(folder)
    verify_manifest(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_checkpoint_that_the_system_refuses_leaves_the_one_before(tmp_path, no_large_files):
    stopped(train, tmp_path / "bundle", 1)
    no_large_files((tmp_path / "bundle-training" / "settings.json").stat().st_size)
    with pytest.raises(StorageError, match="checkpoint could not be written: File too large"):
        train(tmp_path / "bundle")
    (only,) = (tmp_path / "bundle-training" / "checkpoint").glob("*.state")
    assert read_state(only)[0]["epoch"] == 1


def test_a_folder_that_cannot_be_is_told_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file/bundle-training could not be written: Not a directory. Choose ano"):
        train(tmp_path / "file" / "bundle")


def test_a_disk_that_is_only_to_be_read_is_told_before_the_training(small_disk, trained):
    bundle, _ = trained
    folder = bundle.save(small_disk / "bundle")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    message = "bundle-training could not be written: Read-only file system. Choose a folder that may be written"
    with pytest.raises(StorageError, match=message):
        train(folder)
    with pytest.raises(StorageError, match="bundle could not be written: Read-only file system.*before is whole"):
        bundle.save(folder)
    verify_manifest(folder)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_folder_that_may_not_be_written_is_told_with_what_to_do(tmp_path, number):
    with pytest.raises(StorageError, match=f"{tmp_path} could not be written: .* Choose a folder that may be written"):
        with clear_write_errors(tmp_path):
            raise OSError(number, os.strerror(number), str(tmp_path / "one"))
    # What is read elsewhere is another matter.
    with pytest.raises(PermissionError, match="/elsewhere"), clear_write_errors(tmp_path / "folder"):
        raise PermissionError(errno.EACCES, "no", "/elsewhere")


def test_a_file_keeps_its_old_content_until_the_new_is_whole(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="died"), written_whole(path) as file:
        file.write(b"ne")
        raise RuntimeError("died")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with written_whole(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_folder_is_exchanged_whole(tmp_path, monkeypatch, in_one_step):
    if not in_one_step:
        # As on a file system that cannot.
        monkeypatch.setattr(storage, "RENAME_EXCHANGE", -1)
    folder = tmp_path / "folder"
    for content in ("old", "new"):
        with written_beside(folder) as new:
            (new / "file").write_text(content)
            assert not folder.exists() or (folder / "file").read_text() == "old"
    assert (folder / "file").read_text() == "new" and list(tmp_path.iterdir()) == [folder]


def test_what_killed_processes_left_is_taken_up(tmp_path):
    folder, old, new, living = (tmp_path / name for name in ("one", ".one-old-a", ".one-new-b", ".one-new-c"))
    for path in (old, new, living):
        path.mkdir()
        (path / "file").write_text(path.name)
    with storage.locked(living):
        # Killed between the two steps: the old one has lost its name, and gets it back.
        with pytest.raises(RuntimeError, match="died"), written_beside(folder):
            assert (folder / "file").read_text() == ".one-old-a"
            raise RuntimeError("died")
        assert {path.name for path in tmp_path.iterdir()} == {"one", ".one-new-c"}
    with written_beside(folder) as new:
        (new / "file").write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["one"] and (folder / "file").read_text() == "new"
