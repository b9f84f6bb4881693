"""`launch`: another command on several workers, here or as a manifest for a Kubernetes cluster."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.options import PROGRAM, AsJson
from multimodal_zoo.cli.output import Answer
from multimodal_zoo.launch import TrainingJob, indexed_job, manifest_text, run_local_job, tf_job

MANIFESTS = {"kubernetes": indexed_job, "tfjob": tf_job}


def launch(
    command: Annotated[
        list[str], typer.Argument(metavar="-- COMMAND ...", help="Such as `-- train deepfm --data ...`.")
    ],
    workers: Annotated[int, typer.Option(min=1, help="How many processes, or pods.")] = 2,
    restarts: Annotated[
        int | None,
        typer.Option(min=0, help="How often all are started again after one died; they resume. 0, in a cluster 6."),
    ] = None,
    manifest: Annotated[
        str | None,
        typer.Option(metavar="kubernetes|tfjob", help="Start nothing; print what `kubectl apply -f -` takes."),
    ] = None,
    image: Annotated[str | None, typer.Option(help="Of the pods, with this package in it.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the job in the cluster.")] = None,
    namespace: Annotated[str | None, typer.Option(help="Of the cluster; left to kubectl if not given.")] = None,
    claim: Annotated[
        str | None, typer.Option(help="A PersistentVolumeClaim, mounted at /training, where the command starts.")
    ] = None,
    gpus: Annotated[int, typer.Option(min=0, help="NVIDIA GPUs of each pod.")] = 0,
    as_json: AsJson = False,
) -> Answer:
    """Train one model on several workers of this machine.

    The command behind -- runs on each, under --strategy auto. Every line of a worker is shown behind its number. With
    `--json` in the command, stdout is that of the first worker alone. With --manifest nothing runs here.
    """
    if as_json and manifest is None:
        raise WrongUsageError("--json belongs behind the --, to the command that the workers run.")
    if command[0] == "launch":
        raise WrongUsageError("launch runs another command, such as `-- train ...`, and not itself.")
    if manifest is None:
        for option, value in {
            "image": image,
            "name": name,
            "namespace": namespace,
            "claim": claim,
            "gpus": gpus,
        }.items():
            if value:
                raise WrongUsageError(f"--{option} is for --manifest.")
        words = [sys.executable, "-m", "multimodal_zoo", *command]
        raise typer.Exit(run_local_job(words, workers, restarts or 0, plain_stdout="--json" in command))
    if manifest not in MANIFESTS:
        raise WrongUsageError(f"--manifest is one of {', '.join(MANIFESTS)}, got {manifest!r}.")
    if image is None:
        raise WrongUsageError("--manifest needs --image, an image of a container with this package in it.")
    strategy = [] if "--strategy" in command else ["--strategy", "multi_worker"]
    job = TrainingJob(
        command=(PROGRAM, *command, *strategy),
        image=image,
        workers=workers,
        namespace=namespace,
        claim=claim,
        gpus=gpus,
        name=TrainingJob.name if name is None else name,
        restarts=TrainingJob.restarts if restarts is None else restarts,
    )
    documents = MANIFESTS[manifest](job)
    return Answer(documents, [Text(manifest_text(documents).rstrip("\n"))])
