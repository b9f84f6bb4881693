"""The operations of training in C++, for who compiles them on their machine."""

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

from multimodal_zoo.cache_folder import cache_folder
from multimodal_zoo.onednn import processor_flags

SOURCES = sorted(Path(__file__).parent.glob("*.cc"))
OPTIONS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC", "-w")
_LOADED: dict[str, Any] = {}


class CompilerError(RuntimeError):
    """There is no C++ compiler, or it did not accept the operations; nothing was changed."""


def compile_operations() -> Path:
    """Compile them for this machine and this TensorFlow, unless they are there: some 30 seconds.

    `LazyAdam`, the lookups of `WordEmbedding` and `LSTM` take them from then on when they train, in processes begun
    later too. The numbers are those of TensorFlow's own operations but for rounding. They are for float32 on a
    processor; on GPUs, under XLA and on other backends nothing changes. No export contains them.

    Returns:
        The compiled file, in `compiled` of the cache folder (`MULTIMODAL_ZOO_CACHE`, or `multimodal_zoo` in the user's
        cache).

    Raises:
        CompilerError: there is no compiler (`CXX`, or else `c++` or `g++`), or it fails.
        OSError: the cache folder cannot be written.

    Example:
        >>> compile_operations()
        PosixPath('/home/user/.cache/multimodal_zoo/compiled/training-2.21.0-3f1c9b6a2d70.so')
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
    flags, libraries = tf.sysconfig.get_compile_flags(), tf.sysconfig.get_link_flags()
    # As one text: TensorFlow's headers take longer than all that is in the sources.
    words = [compiler, *OPTIONS, *flags, "-x", "c++", "-", "-x", "none", *libraries, "-o", str(unfinished)]
    text = "".join(f'#include "{source}"\n' for source in SOURCES)
    try:
        done = subprocess.run(words, input=text, capture_output=True, text=True)
        if done.returncode:
            raise CompilerError(f"{compiler} did not compile {SOURCES[0].parent}:\n{done.stderr.strip()}")
        unfinished.replace(compiled)
    except FileNotFoundError:
        raise CompilerError(f"There is no compiler {compiler!r}: CXX has to name one.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return compiled


def compiled_file() -> Path:
    """Where the operations of this package lie or would lie, for this TensorFlow and this kind of processor."""
    return cache_folder() / "compiled" / f"training-{tf.__version__}-{_fingerprint()}.so"


def compiled_operations() -> Any | None:
    """The compiled operations, or None where they were not compiled or do not work: under XLA, on other backends."""
    if keras.backend.backend() != "tensorflow":
        return None
    compiled = compiled_file()
    if not compiled.exists() or _under_xla():
        return None
    # A process knows an operation once, wherever it was loaded from.
    if compiled.name not in _LOADED:
        try:
            _LOADED[compiled.name] = tf.load_op_library(str(compiled))
        except tf.errors.OpError as error:
            warnings.warn(f"{compiled} cannot be loaded and is not used: {error.message}. Delete it.", stacklevel=2)
            return None
    return _LOADED[compiled.name]


def loaded_operations() -> Any:
    """The operations, for the gradient of one of them."""
    return _LOADED[compiled_file().name]


def held_here(variable: Any) -> Any:
    """The variable of TensorFlow that the operations can read and write where it is, or None.

    Of one that several replicas have, it is that of this replica. What is not float32, lies on a GPU or has parts in
    several processes is none.
    """
    held = variable.value if isinstance(variable, keras.Variable) else variable
    held = held._get() if hasattr(held, "_get") else held
    whole = hasattr(held, "handle") and not hasattr(held, "rows_of_all")
    return held if whole and held.dtype == tf.float32 and _on_processor(held) else None


@functools.cache
def _fingerprint() -> str:
    about = [*(source.read_text(encoding="utf-8") for source in SOURCES), *OPTIONS, *sorted(processor_flags())]
    return hashlib.sha256("\n".join(about).encode()).hexdigest()[:12]


def _on_processor(variable: Any) -> bool:
    # Nothing is said of variables that lie where TensorFlow puts them by itself.
    return "CPU" in variable.device or not (variable.device or tf.config.list_logical_devices("GPU"))


def _under_xla() -> bool:
    return bool(control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()))
