"""Imports go one way along the data: the contracts of pyproject.toml, and proof that they catch breaches."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in SETTINGS["contracts"]}
PARTS = ("modalities", "encoders", "fusion", "heads", "objectives", "metrics", "retrieval")

# For each contract one import that breaks it: (file, imported module).
VIOLATIONS = {
    "keras-only": ("encoders", "tensorflow"),
    "parts": ("modalities", "multimodal_zoo.models"),
    "models": ("models", "multimodal_zoo.training"),
    "datasets": ("datasets", "multimodal_zoo.models"),
    "tasks": ("tasks", "multimodal_zoo.training"),
    "monitoring": ("monitoring", "multimodal_zoo.training"),
    "launch": ("launch", "multimodal_zoo.training"),
    "command-line": ("training", "multimodal_zoo.cli"),
    "demo": ("training", "multimodal_zoo.demo"),
    "explain": ("training", "multimodal_zoo.explain"),
    "recipes": ("training", "multimodal_zoo.recipes"),
}


def lint_imports(folder):
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_package_keeps_the_contracts():
    run = lint_imports(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in run.stdout


def test_every_part_is_under_the_contracts():
    there = [f"multimodal_zoo.{part}" for part in PARTS if (ROOT / "multimodal_zoo" / part / "__init__.py").exists()]
    assert set(CONTRACTS["parts"]["source_modules"]) == set(there)
    networks = {part for part in there if part != "multimodal_zoo.modalities"} | {"multimodal_zoo.models"}
    assert set(CONTRACTS["keras-only"]["source_modules"]) == networks


def test_every_contract_has_its_violation():
    assert set(VIOLATIONS) == set(CONTRACTS)


@pytest.mark.parametrize("broken", sorted(VIOLATIONS))
def test_a_forbidden_import_is_caught(tmp_path, broken):
    """A skeleton of the package with one import too many breaks the one contract that forbids it."""
    package = tmp_path / "multimodal_zoo"
    for path in sorted((ROOT / "multimodal_zoo").iterdir()):
        if (path / "__init__.py").exists():
            (package / path.name).mkdir(parents=True)
            (package / path.name / "__init__.py").touch()
        elif path.suffix == ".py":
            package.mkdir(exist_ok=True)
            (package / path.name).touch()
    importer, imported = VIOLATIONS[broken]
    (package / importer / "__init__.py").write_text(f"import {imported}\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())

    run = lint_imports(tmp_path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{CONTRACTS[broken]['name']} BROKEN" in run.stdout
    assert f"{len(CONTRACTS) - 1} kept, 1 broken" in run.stdout
