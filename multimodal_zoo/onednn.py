"""Whether TensorFlow computes with oneDNN: its own choice, or a better one before it is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

SWITCH = "TF_ENABLE_ONEDNN_OPTS"
# With any of these TensorFlow itself takes oneDNN.
TAKEN_BY_TENSORFLOW = ("avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16")


class Choice(NamedTuple):
    """Whether oneDNN is on, None where nothing tells, and why."""

    on: bool | None
    reason: str


def choose(environment: Mapping[str, str], flags: Collection[str], tensorflow_is_here: bool) -> Choice:
    """Whether to compute with oneDNN.

    TensorFlow leaves it off on processors with AVX2 alone. There, training steps of image networks take half the time
    with it, products of matrices half to two thirds; networks of many small operations lose up to a quarter. The
    figures of `make bench-training` are in the README.

    Args:
        environment: variables of the process.
        flags: what the processor can do, by the names of Linux; empty where that is not known.
        tensorflow_is_here: whether TensorFlow is imported already, which fixes it.
    """
    said = environment.get(SWITCH)
    if said is not None:
        return Choice(said.lower() not in ("0", "false"), f"{SWITCH} says so")
    if any(flag in flags for flag in TAKEN_BY_TENSORFLOW):
        return Choice(True, "TensorFlow's choice for this processor")
    if tensorflow_is_here:
        return Choice(None, "TensorFlow was imported before multimodal_zoo, and chose by itself")
    if "avx2" in flags:
        return Choice(True, f"chosen for a processor with AVX2; {SWITCH}=0 turns it off")
    return Choice(None, "TensorFlow's choice for this processor")


def choose_onednn() -> Choice:
    """Turn oneDNN on where that is faster: to be called before TensorFlow is imported."""
    choice = choose(os.environ, processor_flags(), "tensorflow" in sys.modules)
    if choice.on and choice.reason.startswith("chosen"):
        os.environ[SWITCH] = "1"
    return choice


def processor_flags() -> frozenset[str]:
    """What the processor can do, by the names that Linux has for it; empty on other systems."""
    told = Path("/proc/cpuinfo")
    if not told.exists():
        return frozenset()
    for line in told.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("flags"):
            return frozenset(line.split(":", 1)[1].split())
    return frozenset()
