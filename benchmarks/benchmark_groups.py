"""The groups of the report: what each compares, how it is repeated, and what it does not tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import comparisons
from comparisons import Comparison


@dataclasses.dataclass(frozen=True)
class Group:
    """One results file in the report.

    Args:
        result: its name.
        title: of the section.
        compared: what is, and how.
        not_comparable: what must not be read from it.
        page: where its tables stand in full.
        command: repeats it, for as long as it was never measured: then the results file says it.
        of: the comparisons in its samples; None where it has none.
        tables: beginnings of the titles of those tables that are shown as they are, "" for all.
        asked: the figure that is asked for, where there is one.
    """

    result: str
    title: str
    compared: str
    not_comparable: str
    page: str
    command: str
    of: Callable[[dict[str, Any]], Iterable[Comparison]] | None = None
    tables: tuple[str, ...] = ()
    asked: str = ""

    def comparisons(self, document: dict[str, Any]) -> list[Comparison]:
        """Those of its results file."""
        return list(self.of(document["samples"])) if self.of else []


GROUPS = (
    Group(
        "embeddings",
        "Training: embedding tables",
        "A step of Adam on one table, through `fit` here and in a plain loop in PyTorch. torch sparse: SparseAdam; "
        "fused: `Adam(fused=True)`; dense: `Adam`; keras: `keras.layers.Embedding` and `keras.optimizers.Adam`. "
        "Lookups and LazyAdam here were compiled by `multimodal-zoo compile`; not compiled: TensorFlow's own "
        "operations do both.",
        "Lazy and sparse Adam leave alone the rows that a batch does not hold; dense ones move every row in every "
        "step. They are other algorithms: a step of one is not what a step of another is.",
        "[embedding tables](comparison.md#embedding-tables)",
        "make bench-training",
        comparisons.embeddings,
        asked="The time of a step is not to grow with the rows: the last line says how far that holds.",
    ),
    Group(
        "deepfm",
        "Training: DeepFM",
        "A step of the same DeepFM on batches in memory, with LazyAdam compiled; not compiled: by TensorFlow's own "
        "operations.",
        "Loaders, for which a line of its own stands here where shards were measured. DeepCTR runs on Keras 2.",
        "[DeepFM](comparison.md#deepfm)",
        "make bench-training",
        comparisons.deepfm,
    ),
    Group(
        "pictures",
        "Training: pictures and texts",
        "A step of the same convolutions and LSTM, and of the LSTM alone. oneDNN is on, as this package "
        "chooses it where nothing else is said; TensorFlow without it has lines of its own. Lookups and the steps "
        "of the LSTM were compiled by `multimodal-zoo compile`; not compiled: TensorFlow's own operations do both.",
        "Compiled, the LSTM is one operation, as oneDNN's is for PyTorch; not compiled, each step is a product for "
        "each gate.",
        "[pictures and texts](comparison.md#pictures-and-texts)",
        "make bench-training",
        comparisons.pictures,
    ),
    Group(
        "input-pipeline",
        "Reading pictures",
        "The same JPEGs read, decoded, made smaller and put into batches: from shards, and by PyTorch's DataLoader "
        "with Pillow. Each is held against the other that decodes in the same way, in full or in draft.",
        "Files in a folder and records in shards are not read alike, and a cold disk is not measured.",
        "[shards](shards.md)",
        "python benchmarks/bench_input_pipeline.py",
        comparisons.input_pipeline,
    ),
    Group(
        "waiting",
        "Waiting for input",
        "Trainings that read pictures and reports from memory, or from shards that are decoded anew in each epoch.",
        "Networks of which a step takes less: the smaller the network, the more it waits.",
        "[checkpoints](distributed.md#checkpoints)",
        "make bench",
        tables=("Share",),
        asked="Less than 3 % of the time.",
    ),
    Group(
        "decoding",
        "Safe decoding",
        "The decoder that one broken image cannot break beside TensorFlow's own, alone and before a network.",
        "TensorFlow's own fails the whole batch at the first broken image: it is faster because it does less.",
        "[safe decoding](serving.md#safe-decoding)",
        "make bench",
        comparisons.decoding,
    ),
    Group(
        "retrieval",
        "Retrieval",
        "Search by faiss, which the index is built on, and by usearch: the same HNSW settings, one thread, processor "
        "time.",
        "The two do not find quite the same: the recall of each stands in the full table.",
        "[retrieval](comparison.md#retrieval)",
        "python benchmarks/bench_retrieval.py",
        comparisons.retrieval,
    ),
    Group(
        "serving",
        "Serving",
        "Requests of one record, answered a second, at so many clients. This package: its SavedModel through "
        "TensorFlow's C API, as it is by default. Triton serves the same export over gRPC. ONNX Runtime and OpenVINO "
        "are given tensors by the same preprocessing in Python.",
        "The clients of the C API are threads of a C program, those of the others threads of a Python program, which "
        "is itself a limit, the more so the faster the network. Triton is a server, which the others are not: its "
        "requests cross a socket. In-graph batching has lines of its own: it helps many "
        "clients and delays a single one.",
        "[serving](comparison.md#serving)",
        "make bench-serving",
        comparisons.serving,
        tables=("C API: cold start and memory", "explain, one client", "Soak"),
        asked="`explain` is to take no longer than a pass for each subset of the modalities and one preprocessing: a "
        "ratio of at most 1 in its table.",
    ),
    Group(
        "formats",
        "Other formats",
        "The time of one answer of a converted network beside that of its SavedModel.",
        "Converted networks take tensors, the SavedModel takes raw bytes and strings: what they save is the "
        "preprocessing, too. One run each, so there is no spread.",
        "[formats](serving.md#formats)",
        "make results ONLY=formats",
        comparisons.formats,
        asked="The main figure of a network may fall by a hundredth: a conversion that loses more is refused, "
        "and has no line here.",
    ),
    Group(
        "jit",
        "Steps compiled by XLA",
        "A training step compiled by XLA beside the plain one, in one process.",
        "Accelerators: XLA is measured on a processor here, where it is left off unless it is asked for.",
        "[XLA](distributed.md#xla)",
        "python benchmarks/bench_jit.py",
        comparisons.jit,
        asked='`fit(jit_compile="measure")` takes XLA where it saves five per cent, compiling included.',
    ),
    Group(
        "recompute",
        "Computed again instead of kept",
        "A training step whose blocks keep what the gradient needs beside one that computes it again.",
        "Other networks: only the blocks of Transformers can do so.",
        "[memory](distributed.md#memory)",
        "make bench",
        tables=("A training step",),
    ),
    Group(
        "workers",
        "Several workers",
        "A step with the same batch, shared by several processes of one machine.",
        "More machines: the processes share the cores of one, so this is what the exchange costs.",
        "[several workers](distributed.md#measured)",
        "make bench",
        comparisons.workers,
    ),
    Group(
        "sharded-tables",
        "Sharded tables",
        "A step of two workers, each with its half of a table, beside two that each have it whole.",
        "More machines, where the exchange takes a network. What is saved is memory: see the full table.",
        "[sharded tables](distributed.md#sharded-tables)",
        "make bench",
        comparisons.sharded_tables,
    ),
    Group(
        "tuners",
        "Search for settings",
        "Two libraries, and drawing at random, on one table of trainings.",
        "Spaces of other sizes: this one has so few combinations that chance finds the best ones often.",
        "[settings](tuning.md)",
        "python benchmarks/bench_tuners.py",
        tables=("",),
    ),
    Group(
        "growth",
        "How time and memory grow",
        "The same step at four or more sizes of one quantity.",
        "Single points of different curves: each curve has a network of its own.",
        "[the measured curves](scale.md#the-measured-curves)",
        "make bench-growth",
    ),
    Group(
        "mutated-requests",
        "Broken requests",
        "Ten thousand requests with one mutated value to each artefact.",
        "Other servers: none was sent these requests.",
        "[mutated requests](serving.md#mutated-requests)",
        "make faults",
        tables=("Mutated requests",),
        asked="No crash, and no difference of more than a millionth in the valid records beside the broken one: either "
        "would have ended the run without a table.",
    ),
)
