"""The wheel and the source archive: what is in them, and that the wheel works where it is installed.

With all it needs from the package index: `make wheel-test`.
"""

import email
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import multimodal_zoo as mz
from tests.distribution.try_wheel import interpreter, site_packages, try_installed, without_python_settings

ROOT = Path(__file__).parents[2]
# Beside the package, what must not come along: all of it lies there when the archives are made.
OTHERS = ("tests", "docs", "notebooks", "benchmarks", "saved_models")
FILES = ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "CHANGELOG.md", "constraints.txt")
NAME = f"multimodal_zoo-{mz.__version__}"
LEFT_BY_PYTHON = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache")


def build(sources, what, to):
    """Make `sdist`, `wheel` or `editable` by the hook of the back end, as every front end does; the file's name."""
    code = "import sys; from setuptools import build_meta; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"
    words = [sys.executable, "-c", code, f"build_{what}", str(to)]
    done = subprocess.run(words, cwd=sources, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return to / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A copy: building leaves files beside the sources, and a later build takes them for sources."""
    copy = tmp_path_factory.mktemp("sources")
    for folder in ("multimodal_zoo", *OTHERS):
        shutil.copytree(ROOT / folder, copy / folder, ignore=LEFT_BY_PYTHON)
    for file in FILES:
        shutil.copy(ROOT / file, copy / file)
    return copy


@pytest.fixture(scope="module")
def archive(sources, tmp_path_factory):
    return build(sources, "sdist", tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def wheel(sources, archive, tmp_path_factory):
    """From the tree, after the archive: with what that one left there."""
    return build(sources, "wheel", tmp_path_factory.mktemp("wheel"))


def checksums(wheel):
    """Of the content of each file."""
    with zipfile.ZipFile(wheel) as opened:
        return {file.filename: file.CRC for file in opened.infolist()}


def package_files():
    """Every file of the package."""
    files = (path for path in (ROOT / "multimodal_zoo").rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}


def test_the_wheel_has_the_package_and_nothing_else(wheel):
    about = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "LICENSE"}
    with zipfile.ZipFile(wheel) as opened:
        # A back end older than the one that `make wheel` fetches has no folder for licences.
        names = {name.replace("dist-info/licenses/", "dist-info/") for name in opened.namelist()}
        metadata = email.message_from_bytes(opened.read(f"{NAME}.dist-info/METADATA"))
    assert names == package_files() | {f"{NAME}.dist-info/{name}" for name in about}
    assert {"multimodal_zoo/py.typed", "multimodal_zoo/demo/page/index.html"} <= names
    assert wheel.name == f"{NAME}-py3-none-any.whl"
    assert (metadata["License-Expression"] or metadata["License"]) == "Apache-2.0"
    assert metadata["Requires-Python"] == "<3.14,>=3.11"
    needed = {Requirement(one) for one in metadata.get_all("Requires-Dist")}
    assert {Requirement("tensorflow>=2.21,<2.22"), Requirement("keras>=3.15,<4")} <= needed


def test_the_source_archive_has_what_makes_the_wheel_and_nothing_else(archive):
    with tarfile.open(archive) as opened:
        # The folder around them is named with `-` or `_`, by the age of the back end.
        names = {member.name.partition("/")[2] for member in opened if member.isfile()}
    by_setuptools = {name for name in names if name == "PKG-INFO" or name.startswith("multimodal_zoo.egg-info/")}
    assert names - by_setuptools == package_files() | set(FILES)


def test_the_source_archive_makes_the_same_wheel(archive, wheel, tmp_path):
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    (tmp_path / "wheel").mkdir()
    again = build(unpacked, "wheel", tmp_path / "wheel")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {file.filename: file.CRC for file in other.infolist()} == {
            file.filename: file.CRC for file in one.infolist()
        }


def installed(wheel, environment):
    """Install the wheel alone into a new environment.

    What it needs is that of the tests, seen through a `.pth` file; the editable install there is not.
    """
    venv.create(environment)
    pip = [sys.executable, "-m", "pip", "--python", str(interpreter(environment)), "install"]
    words = [*pip, "-qq", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run(words, env=without_python_settings(), check=True)
    # Only now: pip would take the package for installed.
    (site_packages(environment) / "of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")


def test_the_installed_wheel_is_imported_and_answers(wheel, tmp_path):
    environment = tmp_path / "environment"
    installed(wheel, environment)
    told = try_installed(environment, tmp_path)
    assert told.startswith(f"multimodal_zoo {mz.__version__} of {site_packages(environment).resolve()} answers ")


def test_a_clone_named_as_the_package_is_not_taken_for_it(sources, tmp_path):
    """By a program that lies beside the clone, which is installed editable."""
    (tmp_path / "multimodal_zoo").symlink_to(sources)
    environment = tmp_path / "environment"
    installed(build(sources, "editable", tmp_path), environment)
    (tmp_path / "program.py").write_text(
        "import importlib.util\nprint(importlib.util.find_spec('multimodal_zoo').origin)\n"
    )
    words = [interpreter(environment), "program.py"]
    settings = without_python_settings()
    told = subprocess.run(words, cwd=tmp_path, env=settings, capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(sources / "multimodal_zoo" / "__init__.py")
