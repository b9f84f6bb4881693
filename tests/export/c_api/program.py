"""Compile the C programs against the TensorFlow libraries of the installed wheel, or those of another runtime."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
SHARED = ("signature.c", "request.c", "served_model.c")


def installed_runtime() -> Path:
    """The folder of the installed wheel, found without importing TensorFlow."""
    return Path(importlib.util.find_spec("tensorflow").origin).parent


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which("gcc")


def compile_program(source: Path, to: Path, runtime: Path | None = None, options: Iterable[str] = ()) -> Path:
    """Compile and link one program.

    Args:
        source: the file with `main`.
        to: the program.
        runtime: folder of `libtensorflow_cc.so.2` and `libtensorflow_framework.so.2`; the installed wheel without it.
        options: further options of gcc.

    Raises:
        RuntimeError: the compiler refused; its messages.
    """
    runtime = runtime or installed_runtime()
    command = [
        compiler(),
        *("-std=c11", "-O2", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", *options),
        f"-I{HERE}",
        # System headers: what TensorFlow's own would be warned about is not for us to mend.
        *("-isystem", str(installed_runtime() / "include")),
        *("-o", str(to), str(source), *(str(HERE / name) for name in SHARED)),
        *(str(runtime / library) for library in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")),
        *(f"-Wl,-rpath,{runtime}", "-lm"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
    return to
