"""What machine and software a figure was measured with."""

from __future__ import annotations

import os
import platform
import resource
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("tensorflow", "keras", "keras-hub", "tensorflow-text", "numpy", "scikit-learn")


def environment(*more: str) -> dict[str, object]:
    """Processor, cores, system and versions of the packages, `more` named ones among them."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in (*PACKAGES, *more)},
    }


def peak_memory_mb() -> float:
    """Largest resident memory of this process or of one of its ended children so far, in MB."""
    scale = 1024 if platform.system() != "Darwin" else 1024 * 1024
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / scale
