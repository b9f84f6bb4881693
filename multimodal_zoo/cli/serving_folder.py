"""`serving-folder`: what TensorFlow Serving, docker compose, Kubernetes and KServe need to serve exported models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError, named_words
from multimodal_zoo.cli.options import AsJson
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.quiet_start import load_tensorflow

if TYPE_CHECKING:
    from multimodal_zoo.export.serving_folder import Batching, Cluster

LABEL = re.compile(r"(?P<model>[^:=]+):(?P<label>[^:=]+)=(?P<version>[0-9]+)")


def serving_folder(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The folder that holds, or will hold, NAME/VERSION/.")],
    model: Annotated[
        list[str],
        typer.Option(
            "--model",
            metavar="NAME[=DIR]",
            help="A model to serve; may be repeated. With DIR, a bundle or an exported version, that is put into "
            "ROOT/NAME as the next version first, unless it is there already.",
        ),
    ],
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label",
            metavar="NAME:LABEL=VERSION",
            help="A label on a version; may be repeated. By default the newest two are `stable` and `canary`.",
        ),
    ] = None,
    no_labels: Annotated[
        bool, typer.Option("--no-labels", help="Set none: the server then takes up new versions by itself.")
    ] = False,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest versions are served.")] = 2,
    max_batch_size: Annotated[
        int | None, typer.Option(min=1, help="Most records that the server puts into one batch; 32 if not given.")
    ] = None,
    no_batching: Annotated[bool, typer.Option("--no-batching", help="The server batches nothing.")] = False,
    equal_shapes: Annotated[
        bool,
        typer.Option("--equal-shapes", help="Clients fill lists of ids up to one length, so they can be batched."),
    ] = False,
    namespace: Annotated[str | None, typer.Option(help="Of Kubernetes; left to kubectl if not given.")] = None,
    image: Annotated[str | None, typer.Option(help="Of the model server.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """Write what serves exported models.

    And put new versions of them into the folder. An exported version is only taken in if `check` would let it pass.
    """
    sources = models_asked_for(model)
    labels = labels_asked_for(label or [], sources)
    if labels and no_labels:
        raise WrongUsageError("--no-labels and --label exclude each other.")
    if no_batching and (max_batch_size is not None or equal_shapes):
        raise WrongUsageError("--no-batching excludes --max-batch-size and --equal-shapes.")
    load_tensorflow()

    from multimodal_zoo.export.serving_folder import ServedModel, write_serving_folder
    from multimodal_zoo.export.serving_folder.put_version import versions_put
    from multimodal_zoo.export.serving_folder.served_models import find_models

    served = [ServedModel(name, keep, {} if no_labels else labels.get(name)) for name in sources]
    batching = None if no_batching else batching_for(max_batch_size, equal_shapes)
    given = {name: source for name, source in sources.items() if source is not None}
    with versions_put(root, given) as put:
        files = write_serving_folder(root, served, batching=batching, cluster=cluster_for(namespace, image))
        found = find_models(root, served)
    document = {
        "root": str(root),
        "models": [
            {
                "name": one.name,
                "versions": list(one.versions),
                "labels": one.labels,
                "put": str(put[one.name]) if one.name in put else None,
            }
            for one in found
        ],
        "files": [str(path) for path in files],
    }
    rows = [
        [one.name, list(one.versions), [f"{name}={version}" for name, version in one.labels.items()]] for one in found
    ]
    written = table_of(("file",), [[path] for path in files])
    return Answer(document, [table_of(("model", "versions", "labels"), rows), written, Text(f"Serving folder: {root}")])


def models_asked_for(words: list[str]) -> dict[str, Path | None]:
    """The folder to put in, or None, by name of the model."""
    sources: dict[str, Path | None] = {}
    for name, source in named_words("--model", words, "NAME or NAME=DIR").items():
        if source is not None and not Path(source).is_dir():
            raise WrongUsageError(f"--model {name}={source}: there is no folder {source}.")
        sources[name] = None if source is None else Path(source)
    return sources


def labels_asked_for(words: list[str], models: dict[str, Path | None]) -> dict[str, dict[str, int]]:
    """Version by label, by name of the model."""
    labels: dict[str, dict[str, int]] = {}
    for word in words:
        parts = LABEL.fullmatch(word)
        if parts is None:
            raise WrongUsageError(f"--label takes NAME:LABEL=VERSION, such as deepfm:stable=3, got {word!r}.")
        if parts["model"] not in models:
            raise WrongUsageError(f"--label {word}: {parts['model']} is none of the models: {', '.join(models)}.")
        labels.setdefault(parts["model"], {})[parts["label"]] = int(parts["version"])
    return labels


def batching_for(max_batch_size: int | None, equal_shapes: bool) -> Batching:
    """The library's batching, with what was asked for."""
    from multimodal_zoo.export.serving_folder import Batching

    if max_batch_size is None:
        return Batching(equal_shapes=equal_shapes)
    doubled = [2**power for power in range(max_batch_size.bit_length()) if 2**power < max_batch_size]
    sizes = (*doubled, max_batch_size)
    return Batching(max_batch_size, allowed_batch_sizes=sizes, equal_shapes=equal_shapes)


def cluster_for(namespace: str | None, image: str | None) -> Cluster:
    """The library's cluster, with what was asked for."""
    from multimodal_zoo.export.serving_folder import Cluster

    return Cluster(namespace=namespace, image=image or Cluster.image)
