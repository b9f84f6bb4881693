"""What the results scripts share: runs that are kept when the script is stopped, and a table with mean and spread."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from machine import busy_cores, environment

from multimodal_zoo.quiet_start import load_tensorflow

# Every script of results imports this module first.
load_tensorflow()

RESULTS = Path(__file__).with_name("results")
KEPT = Path("runs/results")


def kept_run(name: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The outcome of a run, from `runs/results/<name>.json` if it was made before.

    Args:
        name: says everything that the outcome depends on.
        run: makes the outcome, JSON-ready.
    """
    file = KEPT / f"{name}.json"
    if file.exists():
        return json.loads(file.read_text())
    started = time.time()
    outcome = run()
    outcome["seconds"] = round(time.time() - started, 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(outcome))
    beside.rename(file)
    print(f"{name}: {outcome['seconds']:.0f} s", flush=True)
    return outcome


def mean_and_spread(values: Iterable[float], scale: float = 1.0, digits: int = 4) -> str:
    """Mean and standard deviation (n - 1) as `0.7801 ± 0.0012`."""
    array = np.array(list(values), "float64") * scale
    spread = f" ± {array.std(ddof=1):.{digits}f}" if len(array) > 1 else ""
    return f"{array.mean():.{digits}f}{spread}"


def write_result(
    name: str,
    title: str,
    protocol: str,
    tables: list[dict[str, Any]],
    samples: dict[str, Any],
    packages: Sequence[str] = (),
    command: str | None = None,
    peers: Path | None = None,
) -> Path:
    """Write `benchmarks/results/<name>.json`, with the day, and what else the machine is doing at the end.

    `packages` are those of extras, or of the folder `peers`, whose version matters; `command` repeats it,
    `make results ONLY=<name>` if None.
    """
    document = {
        "title": title,
        "protocol": protocol,
        "command": command or f"make results ONLY={name}",
        "measured": datetime.now(UTC).date().isoformat(),
        # Nothing of the measurement runs any more: what is busy now is other work, such as a long training.
        "other work, cores": busy_cores(),
        "environment": environment(*packages, peers=peers),
        "tables": tables,
        "samples": samples,
    }
    return write_document(name, document)


def write_document(name: str, document: dict[str, Any]) -> Path:
    """Write `benchmarks/results/<name>.json` in one step."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.rename(file)
    return file
