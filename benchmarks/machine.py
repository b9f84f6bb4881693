"""What machine and software a figure was measured with."""

from __future__ import annotations

import os
import platform
import resource
import time
from importlib.metadata import distributions, version
from pathlib import Path

PACKAGES = ("tensorflow", "keras", "keras-hub", "tensorflow-text", "numpy", "scikit-learn")


def environment(*more: str, peers: Path | None = None) -> dict[str, object]:
    """Processor, cores, system and versions of the packages.

    Args:
        more: further packages.
        peers: a folder where these further ones may lie.
    """
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
        **{name: version(name) for name in PACKAGES},
        **{name: version_in(peers, name) for name in more},
    }


def version_in(folder: Path | None, name: str) -> str:
    """The version of a package in a folder, or else in this environment.

    Raises:
        PackageNotFoundError: it is nowhere.
    """
    found = next(iter(distributions(name=name, path=[str(folder)])), None) if folder else None
    return found.version if found else version(name)


def peak_memory_mb() -> float:
    """Largest resident memory of this process or of one of its ended children so far, in MB."""
    scale = 1024 if platform.system() != "Darwin" else 1024 * 1024
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / scale


def processor_seconds() -> tuple[float, float]:
    """Seconds that all cores of this machine were busy since its start, and seconds that they were idle.

    Raises:
        OSError: the system does not say so.
    """
    # user, nice, system, idle, waiting for disks, interrupts, stolen by other machines on the same hardware.
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
    ticks = [int(one) / os.sysconf("SC_CLK_TCK") for one in first]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, idle


def busy_cores(seconds: float = 1.0) -> float | None:
    """How many cores are busy while this program waits for so long: work of others; None where nothing tells."""
    try:
        before = processor_seconds()
        time.sleep(seconds)
        after = processor_seconds()
    except OSError:
        return None
    busy, idle = (late - early for early, late in zip(before, after, strict=True))
    return round(busy / max(busy + idle, 1e-9) * (os.cpu_count() or 1), 2)
