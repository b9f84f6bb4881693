"""Which library searches embeddings best: recall against exact search, time to build and to ask, and size.

The libraries use one thread and the same HNSW settings, and are asked in turns. Times are of the processor, not of the
clock: other work on the machine counts little. `make bench` installs usearch. ScaNN (1.4.2) is left out: its wheel
loads beside TensorFlow 2.20 alone.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from experiment import write_result  # noqa: E402

from multimodal_zoo.retrieval import exact_search  # noqa: E402

ITEMS, QUERIES, WIDTH, CLUSTERS, K = 20_000, 1_000, 64, 200, 10
CONNECTIVITY, BUILD_WIDTH = 16, 128
SEARCH_WIDTHS = (16, 32, 64, 128)
BUILDS, ROUNDS = 2, 5


def embeddings() -> tuple[np.ndarray, np.ndarray]:
    """Clustered unit vectors, as a trained network gives: (items, queries)."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(CLUSTERS, WIDTH))
    vectors = centres[random.integers(0, CLUSTERS, ITEMS + QUERIES)] + random.normal(size=(ITEMS + QUERIES, WIDTH))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("float32")
    return vectors[:ITEMS], vectors[ITEMS:]


def faiss_index(items: np.ndarray) -> Callable[[np.ndarray, int], np.ndarray]:
    """The search function of a new index."""
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexHNSWFlat(WIDTH, CONNECTIVITY)
    index.hnsw.efConstruction = BUILD_WIDTH
    index.add(items)

    def search(queries: np.ndarray, width: int) -> np.ndarray:
        index.hnsw.efSearch = width
        return index.search(queries, K)[1]

    return search


def usearch_index(items: np.ndarray) -> Callable[[np.ndarray, int], np.ndarray]:
    """The search function of a new index."""
    from usearch.index import Index

    index = Index(ndim=WIDTH, metric="l2sq", dtype="f32", connectivity=CONNECTIVITY, expansion_add=BUILD_WIDTH)
    index.add(np.arange(len(items)), items, threads=1)

    def search(queries: np.ndarray, width: int) -> np.ndarray:
        index.expansion_search = width
        return index.search(queries, K, threads=1).keys

    return search


LIBRARIES = {"faiss-cpu": faiss_index, "usearch": usearch_index}


def cpu_seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time of one call, and what it gave."""
    started = time.process_time()
    value = function()
    return time.process_time() - started, value


def installed_mb(name: str) -> float:
    """Size on disk of a package and of what it needs beyond NumPy and packaging."""
    own = distribution(name)
    size = sum(file.locate().stat().st_size for file in own.files or [] if file.locate().exists())
    needs = {re.match(r"[\w.-]+", line).group() for line in own.requires or [] if "extra ==" not in line}
    return size / 1e6 + sum(installed_mb(need) for need in needs - {"numpy", "packaging", "tqdm"})


def main() -> None:
    """Measure and write `benchmarks/results/retrieval.json`."""
    items, queries = embeddings()
    exact, _ = exact_search(queries, items, K, "euclidean")
    builds: dict[str, list[float]] = {name: [] for name in LIBRARIES}
    searches: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {}
    for _ in range(BUILDS):
        for name, make in LIBRARIES.items():
            seconds, searches[name] = cpu_seconds(lambda make=make: make(items))
            builds[name].append(seconds)
    rows, asked = [], {}
    for width in SEARCH_WIDTHS:
        samples: dict[str, list[float]] = {name: [] for name in LIBRARIES}
        for _ in range(ROUNDS):
            for name, search in searches.items():
                seconds, _ = cpu_seconds(lambda search=search, width=width: search(queries, width))
                samples[name].append(seconds)
        for name, search in searches.items():
            found = search(queries, width)
            recall = np.mean([len(set(one) & set(other)) / K for one, other in zip(found, exact, strict=True)])
            rate = QUERIES / np.median(samples[name])
            rows.append(
                [name, width, float(recall), round(rate), f"{np.median(builds[name]):.2f}", f"{installed_mb(name):.0f}"]
            )
            print(*rows[-1], sep="\t")
        asked[str(width)] = samples
    columns = ["library", "search width", f"recall@{K}", "queries per CPU second", "build, CPU s", "installed, MB"]
    table = {
        "title": f"{ITEMS} vectors of {WIDTH}, HNSW with {CONNECTIVITY} links and build width {BUILD_WIDTH}",
        "columns": columns,
        "rows": rows,
        "note": f"One thread; medians of {ROUNDS} rounds of {QUERIES} queries in turns, of {BUILDS} builds.",
    }
    samples = {"build_cpu_seconds": builds, "search_cpu_seconds": asked}
    command = "python benchmarks/bench_retrieval.py"
    write_result("retrieval", "Retrieval libraries", "made-up clusters", [table], samples, tuple(LIBRARIES), command)


if __name__ == "__main__":
    main()
