"""The step of LazyAdam on the rows of a table as one operation in C++, for who compiles it on their machine."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.ops import control_flow_util

from multimodal_zoo.datasets.find import cache_folder
from multimodal_zoo.onednn import processor_flags

SOURCE = Path(__file__).with_name("lazy_adam.cc")
OPTIONS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC", "-w")
_LOADED: dict[str, Any] = {}


class CompilerError(RuntimeError):
    """There is no C++ compiler, or it did not accept the operation; nothing was changed."""


def compile_lazy_adam() -> Path:
    """Compile the operation for this machine and this TensorFlow, unless it is there: some 20 seconds.

    `LazyAdam` takes it from then on, in processes begun later too. The numbers are those of TensorFlow's own operations
    but for rounding. It is for float32 tables on a processor; on GPUs, under XLA and on other backends nothing changes.

    Returns:
        The compiled file, in `compiled` of the cache folder (`MULTIMODAL_ZOO_CACHE`, or `multimodal_zoo` in the user's
        cache).

    Raises:
        CompilerError: there is no compiler (`CXX`, or else `c++` or `g++`), or it fails.
        OSError: the cache folder cannot be written.

    Example:
        >>> compile_lazy_adam()
        PosixPath('/home/user/.cache/multimodal_zoo/compiled/lazy_adam-2.21.0-3f1c9b6a2d70.so')
    """
    compiled = compiled_file()
    if compiled.exists():
        return compiled
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    if not compiler:
        raise CompilerError("There is no C++ compiler: install one (on Debian: apt install g++), or name it by CXX.")
    compiled.parent.mkdir(parents=True, exist_ok=True)
    # Several processes may compile at once: each for itself, and the last one stays.
    unfinished = compiled.with_suffix(f".{os.getpid()}")
    words = [compiler, *OPTIONS, *tf.sysconfig.get_compile_flags(), str(SOURCE), *tf.sysconfig.get_link_flags()]
    try:
        done = subprocess.run([*words, "-o", str(unfinished)], capture_output=True, text=True)
        if done.returncode:
            raise CompilerError(f"{compiler} did not compile {SOURCE}:\n{done.stderr.strip()}")
        unfinished.replace(compiled)
    except FileNotFoundError:
        raise CompilerError(f"There is no compiler {compiler!r}: CXX has to name one.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return compiled


def compiled_file() -> Path:
    """Where the operation of this package lies or would lie, for this TensorFlow and this kind of processor."""
    return cache_folder() / "compiled" / f"lazy_adam-{tf.__version__}-{_fingerprint()}.so"


def compiled_update(variables: tuple[Any, Any, Any], gradient: tf.IndexedSlices) -> Any:
    """The compiled operation, if it can update these variables where they are.

    Args:
        variables: the table and its two moments.
        gradient: that of a lookup.

    Returns:
        A function of `keep, rate, beta_1, beta_2, epsilon` that does so, or None where it was not compiled or is not
        for them: then TensorFlow's own operations are to do it.
    """
    compiled = compiled_file()
    if not compiled.exists() or gradient.values.dtype != tf.float32 or _under_xla():
        return None
    here = [_held_here(variable) for variable in variables]
    if not all(hasattr(one, "handle") and one.dtype == tf.float32 and _on_processor(one) for one in here):
        return None
    library = _library(compiled)
    if library is None:
        return None
    return functools.partial(
        library.multimodal_zoo_lazy_adam, *(one.handle for one in here), gradient.indices, gradient.values
    )


@functools.cache
def _fingerprint() -> str:
    about = [SOURCE.read_text(encoding="utf-8"), *OPTIONS, *sorted(processor_flags())]
    return hashlib.sha256("\n".join(about).encode()).hexdigest()[:12]


def _library(compiled: Path) -> Any:
    # A process knows an operation once, wherever it was loaded from.
    if compiled.name not in _LOADED:
        try:
            _LOADED[compiled.name] = tf.load_op_library(str(compiled))
        except tf.errors.OpError as error:
            warnings.warn(f"{compiled} cannot be loaded and is not used: {error.message}. Delete it.", stacklevel=2)
            return None
    return _LOADED[compiled.name]


def _held_here(variable: Any) -> Any:
    """Of a variable that several replicas have, the one of this replica."""
    held = variable.value if isinstance(variable, keras.Variable) else variable
    return held._get() if hasattr(held, "_get") else held


def _on_processor(variable: Any) -> bool:
    # Nothing is said of variables that lie where TensorFlow puts them by itself.
    return "CPU" in variable.device or not (variable.device or tf.config.list_logical_devices("GPU"))


def _under_xla() -> bool:
    return bool(control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()))
