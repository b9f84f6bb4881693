"""Repeat the published figures: every results script, or those named. Finished runs in `runs/results` are kept.

python benchmarks/results.py                 what two hours on two cores are enough for
python benchmarks/results.py --all           everything
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
    "few-shot": "results_few_shot.py",
    "mosi": "results_mosi.py",
    "cmapss": "results_cmapss.py",
    "trust": "results_trust.py",
    "fusion-operators": "fusion_operators.py",
    "formats": "results_formats.py",
    "run": "run_flagships.py",
}
# Half an hour or more each.
LONG = ("spoken-digits", "covid-cxr", "generation", "few-shot", "trust", "fusion-operators", "formats")


def main() -> None:
    """Run the scripts one after the other, each in a process of its own."""
    everything = sys.argv[1:] == ["--all"]
    named = [] if everything else sys.argv[1:]
    unknown = [name for name in named if name not in SCRIPTS]
    if unknown:
        raise SystemExit(f"Unknown result {unknown[0]!r}. Known: {', '.join(SCRIPTS)}.")
    here = Path(__file__).parent
    for name in named or [name for name in SCRIPTS if everything or name not in LONG]:
        extra = {"run": ["--result", here / "results" / "run.json"], "rows": ["--all"] if everything else []}
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, here / SCRIPTS[name], *extra.get(name, [])], check=True)


if __name__ == "__main__":
    main()
