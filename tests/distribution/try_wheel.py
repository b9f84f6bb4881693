"""Install a wheel with all it needs into an empty environment, and try it: what `make wheel-test` does.

python tests/distribution/try_wheel.py dist/multimodal_zoo-0.1.0-py3-none-any.whl --constraints constraints.txt
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sysconfig
import tempfile
import time
import venv
from pathlib import Path

INSTALLED_WHEEL = Path(__file__).with_name("installed_wheel.py").resolve()


def site_packages(environment: Path) -> Path:
    """The folder that packages are installed to in a virtual environment."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(environment)}))


def interpreter(environment: Path) -> Path:
    """The Python of a virtual environment."""
    return environment / "bin" / "python"


def without_python_settings() -> dict[str, str]:
    """The variables of this process but those of Python: a PYTHONPATH would show the sources."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def try_installed(environment: Path, elsewhere: Path) -> str:
    """Run `installed_wheel.py` in an environment, in a folder from which the sources are not found.

    Returns:
        What it prints.

    Raises:
        subprocess.CalledProcessError: something did not work.
    """
    words = [interpreter(environment), INSTALLED_WHEEL, site_packages(environment)]
    settings = without_python_settings()
    return subprocess.run(words, cwd=elsewhere, env=settings, stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> None:
    """Make the environment, install, try, and tell how long it took and how much it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--constraints", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        environment = Path(scratch) / "environment"
        venv.create(environment, with_pip=True)
        started = time.time()
        install = [interpreter(environment), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run(
            [*install, "-c", arguments.constraints, arguments.wheel], env=without_python_settings(), check=True
        )
        installed = time.time()
        print(try_installed(environment, Path(scratch)), end="")
        size = sum(path.lstat().st_size for path in environment.rglob("*") if path.is_file())
        print(
            f"{installed - started:.0f} s to install, {size / 1e9:.1f} GB; {time.time() - installed:.0f} s to try it."
        )


if __name__ == "__main__":
    main()
