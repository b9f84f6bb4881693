"""Repeat the published figures: every results script, or those named. Finished runs in `runs/results` are kept.

python benchmarks/results.py                 all
python benchmarks/results.py ml-100k         one
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = {
    "rows": "results_rows.py",
    "ml-100k": "results_ml_100k.py",
    "spoken-digits": "results_spoken_digits.py",
    "covid-cxr": "results_covid_cxr.py",
    "generation": "results_generation.py",
    "mosi": "results_mosi.py",
    "cmapss": "results_cmapss.py",
    "fusion-operators": "fusion_operators.py",
    "formats": "results_formats.py",
    "run": "run_flagships.py",
}


def main() -> None:
    """Run the scripts one after the other, each in a process of its own."""
    chosen = sys.argv[1:] or list(SCRIPTS)
    unknown = [name for name in chosen if name not in SCRIPTS]
    if unknown:
        raise SystemExit(f"Unknown result {unknown[0]!r}. Known: {', '.join(SCRIPTS)}.")
    here = Path(__file__).parent
    for name in chosen:
        extra = ["--result", here / "results" / "run.json"] if name == "run" else []
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, here / SCRIPTS[name], *extra], check=True)


if __name__ == "__main__":
    main()
