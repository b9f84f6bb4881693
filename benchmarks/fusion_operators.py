"""Every fusion operator in the same network, with the same budget, on made-up and on real data.

python benchmarks/fusion_operators.py                      all operators, then the results file, the tables, the picture
python benchmarks/fusion_operators.py --only mosi concat   trains and keeps these alone; tasks and operators by name
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
from collections.abc import Sequence
from typing import Any

from experiment import kept_run, write_result  # first: it imports TensorFlow, quietly
from fusion_tables import Outcomes, alone, figures_of, synthetic_tables, task_table
from fusion_tasks import TASKS, Task
from parts import Part
from plot_fusion_operators import PICTURE, plot_operators
from plotting import plotting
from repeated_training import RepeatedTraining, use_one_thread

from multimodal_zoo.fusion import list_fusions

SEEDS = range(5)


def train(task: Task, fusion: str, modalities: Sequence[str]) -> dict[str, Any]:
    """Train and test one operator, or one modality alone, with all variants and seeds.

    Returns:
        `parameters`, and for each variant and seed how the training went and `scores`: of every test row (or
        utterance) 1 if it was right, or for AUC the probability of class 1; `without MODALITY` likewise.
    """
    trained: RepeatedTraining | None = None
    variants: dict[str, list[dict[str, Any]]] = {variant: [] for variant in task.variants}
    for variant, runs in variants.items():
        for seed in SEEDS:
            parts = task.parts(variant, seed)
            if trained is None:
                widths = {name: parts["train"].inputs[name].shape[-1] for name in modalities}
                classes = int(parts["train"].labels.max()) + 1
                build = functools.partial(task.network, widths, classes, fusion)
                trained = RepeatedTraining(build, modalities, task.budget)
            learned = trained.run(seed, parts["train"], parts["validation"], task.vary)
            run = {**dataclasses.asdict(learned), "scores": scores_of(task, trained, parts["test"])}
            if len(modalities) > 1:
                run |= {f"without {name}": scores_of(task, trained, parts["test"], name) for name in modalities}
            runs.append(run)
    assert trained is not None
    return {"parameters": trained.parameters, "variants": variants}


def scores_of(task: Task, trained: RepeatedTraining, part: Part, without: str | None = None) -> list[float]:
    """What is kept of the answers to the test rows, see `train`."""
    probabilities = trained.predict(part, without)
    if task.auc:
        return probabilities[:, 1].astype(float).round(5).tolist()
    right = probabilities.argmax(axis=-1) == part.labels
    return right[part.counts > 0].astype(int).tolist()


def outcomes_of(name: str, wanted: Sequence[str]) -> Outcomes:
    """The outcome of each modality alone and of each operator on a task; `wanted` names those rows, none means all."""
    task = TASKS[name]
    rows = {alone(modality): ("concat", (modality,)) for modality in task.modalities}
    rows |= {fusion: (fusion, task.modalities) for fusion in list_fusions()}
    return {
        label: kept_run(
            f"fusion-operators-{name}-{label.replace(' ', '_')}", functools.partial(train, task, *arguments)
        )
        for label, arguments in rows.items()
        if not wanted or label in wanted
    }


def main() -> None:
    """Run what is not there yet and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="tasks and operators, or '... alone'")
    only = parser.parse_args().only
    plotting("fusion operators")
    use_one_thread()
    chosen = [name for name in TASKS if name in only] or list(TASKS)
    outcomes = {name: outcomes_of(name, [one for one in only if one not in TASKS]) for name in chosen}
    if only:
        return
    tables = [*synthetic_tables(TASKS["synthetic"], outcomes["synthetic"])]
    tables += [task_table(task, outcomes[name]) for name, task in TASKS.items() if name != "synthetic"]
    samples = {name: figures_of(TASKS[name], outcomes[name]) for name in TASKS}
    protocol = (
        f"all {len(list_fusions())} operators with their defaults and {len(SEEDS)} seeds; the same encoders, modality "
        "dropout and training budget for all, the epoch chosen on validation; one thread"
    )
    file = write_result("fusion-operators", "Fusion operators", protocol, tables, samples)
    plot_operators(json.loads(file.read_text(encoding="utf-8")), PICTURE)


if __name__ == "__main__":
    main()
