"""The metadata of the package agree with what is in it."""

import ast
import configparser
import re
import subprocess
import sys
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path

import pytest

import multimodal_zoo

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "multimodal_zoo"
# `export/triton_model.py` is copied into Triton, whose Python backend has this module.
THERE_IN_TRITON = "triton_python_backend_utils"


@pytest.fixture(scope="module")
def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def names_of(requirements):
    """Distribution names in a block of requirements, spelled as pip compares them."""
    lines = [line for line in requirements.strip().splitlines() if not line.startswith("#")]
    return {canonical(re.match(r"[\w.-]+", line.strip()).group()) for line in lines}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def is_run_apart(node):
    """Whether a statement holds what is not run when its module is imported."""
    for_types = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return for_types or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def test_one_version(setup):
    assert multimodal_zoo.__version__ == version("multimodal-zoo") == setup["metadata"]["version"]
    assert f"## {multimodal_zoo.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_command_is_installed():
    (command,) = entry_points(group="console_scripts", name="multimodal-zoo")
    assert command.value == "multimodal_zoo.cli:main"


def test_every_folder_of_code_is_a_package():
    without = {path.parent for path in PACKAGE.rglob("*.py") if not (path.parent / "__init__.py").exists()}
    assert not without, f"setuptools leaves these out of the package: {sorted(map(str, without))}"


def test_the_types_are_published(setup):
    assert (PACKAGE / "py.typed").exists()
    assert setup["options.package_data"]["multimodal_zoo"] == "py.typed"


def test_every_import_is_a_declared_dependency(setup):
    required = names_of(setup["options"]["install_requires"])
    # What a function imports for itself, or only a checker of types reads, may come with an extra.
    optional = required.union(*(names_of(extra) for extra in setup["options.extras_require"].values()))
    owners = packages_distributions()
    undeclared = {}
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        apart = [node for node in ast.walk(tree) if is_run_apart(node)]
        within = {id(node) for outer in apart for node in ast.walk(outer)}
        for node in ast.walk(tree):
            declared = optional if id(node) in within else required
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            else:
                continue
            for top in {module.partition(".")[0] for module in modules}:
                known = top in sys.stdlib_module_names or top in ("multimodal_zoo", THERE_IN_TRITON)
                if not known and not {canonical(owner) for owner in owners.get(top, [top])} & declared:
                    undeclared.setdefault(top, str(path.relative_to(ROOT)))
    assert not undeclared, f"imported, but not in install_requires (or, within functions, in an extra): {undeclared}"


def test_constraints_pin_every_dependency_and_nothing_local(setup):
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+", pin) for pin in pins)
    extras = setup["options.extras_require"]
    needed = names_of(setup["options"]["install_requires"]) | names_of(extras["test"]) | names_of(extras["lint"])
    # Each Python brings its own setuptools; a pin would replace the one that came with the environment.
    assert needed - {"setuptools"} <= {canonical(pin.partition("==")[0]) for pin in pins}


def test_the_licence_is_the_declared_one(setup):
    assert setup["metadata"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert text.count("\n") == 202


def test_the_public_names_exist():
    missing = [name for name in multimodal_zoo.__all__ if not hasattr(multimodal_zoo, name)]
    assert not missing
    assert len(set(multimodal_zoo.__all__)) == len(multimodal_zoo.__all__)


def test_help_loads_neither_tensorflow_nor_keras():
    """`--help` answers at once because nothing heavy is loaded for it."""
    code = (
        "import sys; from multimodal_zoo.cli import main; main(['--help']); main(['train', '--help']);"
        "print([name for name in ('tensorflow', 'keras', 'sklearn') if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert "train" in run.stdout
    assert run.stderr.strip() == "[]"
