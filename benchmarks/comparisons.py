"""What is compared in each results file: two ways of doing one thing, from the raw samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from alternate import NOT_COMPILED
from ratios import Ratio, ratios_of_times

ZOO = "multimodal_zoo"
# The readers and the search library that compare with one another; of the rest each has one peer.
READERS = {"shards": "PyTorch, Pillow", "shards, draft": "PyTorch, Pillow's draft"}
SEARCH, OTHER_SEARCH = "faiss-cpu", "usearch"
PLAIN, BATCHING = "C API", "C API, in-graph batching"
SERVING_PEERS = ("Triton, gRPC", "ONNX Runtime, preprocessing in Python", "OpenVINO, preprocessing in Python")
NETWORKS = {"both": "picture and text", "text": "text alone"}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two ways of doing one thing.

    Args:
        what: is done.
        way, other: their names; ratios above 1 mean that `way` is the faster one.
        figure, other_figure: what each reached, with its unit.
        ratio: how many times as fast `way` is.
        peer: whether the other way is that of another library, and not one of this package.
    """

    what: str
    way: str
    other: str
    figure: str
    other_figure: str
    ratio: Ratio
    peer: bool = True


def short(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def milliseconds(rounds: Sequence[float | Sequence[float]]) -> str:
    """The median of everything that was timed, in ms."""
    return f"{short(1e3 * float(np.median(np.concatenate([np.atleast_1d(one) for one in rounds]))))} ms"


def timed(what: str, way: str, other: str, ours: Sequence[Any], others: Sequence[Any], peer: bool = True) -> Comparison:
    """A comparison of seconds, by round."""
    figures = milliseconds(ours), milliseconds(others)
    return Comparison(what, way, other, *figures, Ratio.of(ratios_of_times(ours, others)), peer)


def rated(what: str, way: str, other: str, ours: Sequence[float], others: Sequence[float], unit: str) -> Comparison:
    """A comparison of rates, by round."""
    ratio = Ratio.of(np.divide(ours, others))
    return Comparison(what, way, other, *(f"{short(float(np.median(one)))} {unit}" for one in (ours, others)), ratio)


def embeddings(samples: dict[str, Any]) -> Iterable[Comparison]:
    """A step on tables, beside each other way, and with ten times the rows."""
    for name, pair in samples.items():
        if name == "growth":
            (small, fewer), (large, more) = pair.items()
            yield timed("LazyAdam", f"{int(large):,} rows", f"{int(small):,} rows", more, fewer, peer=False)
            continue
        rows, other = name.split(" ", 1)
        is_peer = not other.startswith(NOT_COMPILED)
        yield timed(f"{int(rows):,} rows", ZOO, other, pair[ZOO], pair[other], is_peer)


def deepfm(samples: dict[str, Any]) -> Iterable[Comparison]:
    """A step of DeepFM, beside each peer, and with batches from shards."""
    for name, pair in samples.items():
        if ZOO in pair:
            yield timed("DeepFM", ZOO, name, pair[ZOO], pair[name], name != NOT_COMPILED)
        else:
            yield timed("DeepFM", name, "in memory", pair[name], pair["in memory"], peer=False)


def pictures(samples: dict[str, Any]) -> Iterable[Comparison]:
    """A step on pictures and texts, beside PyTorch, without oneDNN, and not compiled."""
    for name, ways in samples.items():
        what = NETWORKS[name]
        yield timed(what, ZOO, "torch, channels last", ways[ZOO], ways["torch"])
        yield timed(what, "oneDNN on", "oneDNN off", ways[ZOO], ways["oneDNN off"], peer=False)
        yield timed(what, "compiled", NOT_COMPILED, ways[ZOO], ways[NOT_COMPILED], peer=False)


def input_pipeline(samples: dict[str, Any]) -> Iterable[Comparison]:
    """Pictures read and decoded."""
    for side, rates in samples.items():
        for way, other in READERS.items():
            if other in rates:
                what = f"JPEGs of {side} px"
                yield rated(what, f"{ZOO}, {way}", other, rates[way], rates[other], "a second")


def retrieval(samples: dict[str, Any]) -> Iterable[Comparison]:
    """Search and build of an index by the library that is used and another."""
    builds = samples["build_cpu_seconds"]
    yield timed("building", f"{ZOO}: {SEARCH}", OTHER_SEARCH, builds[SEARCH], builds[OTHER_SEARCH])
    for width, times in samples["search_cpu_seconds"].items():
        what = f"1000 queries, width {width}"
        yield timed(what, f"{ZOO}: {SEARCH}", OTHER_SEARCH, times[SEARCH], times[OTHER_SEARCH])


def decoding(samples: dict[str, Any]) -> Iterable[Comparison]:
    """The decoder that one broken image cannot break, beside TensorFlow's alone."""
    for title, batches in samples.items():
        kind = "decoding" if title.startswith("Decoding") else "whole answer"
        for size, pairs in batches.items():
            safe, plain = np.transpose(pairs)
            yield timed(f"{kind}, {size} a batch", "safe", "plain", safe, plain, peer=False)


def serving(samples: dict[str, Any]) -> Iterable[Comparison]:
    """Requests a second by the C API beside each peer, batching beside none, `explain` beside all passes."""
    for network, measured in samples.items():
        load = measured["load"]
        variants = dict.fromkeys(one["variant"] for one in load)
        for clients in dict.fromkeys(one["clients"] for one in load):
            what = f"{network}, {clients} client{'s' * (clients > 1)}"
            plain = of_load(load, PLAIN, clients)
            for other in SERVING_PEERS:
                if other in variants:
                    yield rated(what, ZOO, other, plain, of_load(load, other, clients), "a second")
            batched = rated(what, "in-graph batching", "none", of_load(load, BATCHING, clients), plain, "a second")
            yield dataclasses.replace(batched, peer=False)


def of_load(load: Sequence[dict[str, Any]], variant: str, clients: int, figure: str = "rate") -> list[float]:
    """A figure of a variant at so many clients, round by round."""
    chosen = [one for one in load if (one["variant"], one["clients"]) == (variant, clients)]
    return [one[figure] for one in sorted(chosen, key=lambda one: one["round"])]


def jit(samples: dict[str, Any]) -> Iterable[Comparison]:
    """Steps compiled by XLA beside plain ones."""
    for network, ways in samples.items():
        yield timed(network, "by XLA", "plain", ways["xla"], ways["plain"], peer=False)


def formats(samples: dict[str, Any]) -> Iterable[Comparison]:
    """An answer of each converted network beside the SavedModel; none where converting failed, or the gate refused."""
    for run in samples.values():
        if "converted" not in run or "problem" in run:
            continue
        way = f"{run['format']}, {(run['quantize'] or 'float').replace('_', ' ')}"
        ours, other = (run[one]["median_ms"] / 1e3 for one in ("converted", "float"))
        yield timed(run["model"], way, "SavedModel", [ours], [other], peer=False)


def workers(samples: dict[str, Any]) -> Iterable[Comparison]:
    """A step shared by several processes of one machine beside one process."""
    for title, by_count in samples.items():
        (first, single), *more = by_count.items()
        for count, rounds in more:
            yield timed(title.replace("`", ""), f"{count} workers", f"{first} worker", rounds, single, peer=False)


def sharded_tables(samples: dict[str, Any]) -> Iterable[Comparison]:
    """A step of two workers that share a table beside one where each has it whole."""
    for name in samples:
        way, rows = name.split()
        if way == "sharded":
            ours, others = (
                [np.concatenate([one["seconds"] for one in of_round]) for of_round in samples[f"{one} {rows}"]]
                for one in ("sharded", "mirrored")
            )
            yield timed(f"{int(rows):,} rows", "sharded", "mirrored", ours, others, peer=False)
