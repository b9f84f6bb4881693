"""The runs of a results script, seed by seed, or the one that `--only` names."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Outcome = dict[str, Any]


def seed_by_seed(
    description: str,
    what: str,
    names: Sequence[str],
    seeds: Iterable[int],
    run: Callable[[str, int], Outcome],
    left_out: Sequence[str] = (),
) -> dict[str, list[Outcome]] | None:
    """Run everything, or with `--only NAME SEED` on the command line one run alone.

    Args:
        description: what `--help` says, of which the first line counts.
        what: what a name is the name of, such as "network".
        names: what there is to run.
        seeds: of each.
        run: name and seed to outcome; it keeps what it made.
        left_out: names that are run by `--only` alone.

    Returns:
        The outcomes of each name, or None where one alone was asked for.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--only", nargs=2, metavar=(what.upper(), "SEED"), help="train and keep this run alone")
    only = parser.parse_args().only
    if only:
        name, seed = only
        if name not in names or not seed.isdecimal():
            known = ("; " if any("," in one for one in names) else ", ").join(names)
            parser.error(f"--only takes one of {known} and a seed, got {' '.join(only)}.")
        run(name, int(seed))
        return None
    # Seed by seed, so that a run that is stopped leaves whole comparisons.
    chosen = [name for name in names if name not in left_out]
    every = [{name: run(name, seed) for name in chosen} for seed in seeds]
    return {name: [one[name] for one in every] for name in chosen}
