"""An index over embeddings: nearly the nearest items, without comparing with all of them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.retrieval.mahalanobis import Mahalanobis
from multimodal_zoo.retrieval.matching import euclidean_space, two_tables

INSTALL = "pip install 'multimodal-zoo[retrieval]'"


class RetrievalIndex:
    """A graph of near neighbours (HNSW, by faiss) in which a query walks towards its nearest items.

    It gives nearly what `exact_search` gives, in time that hardly grows with the number of items. Chi-square distances
    have no index: search those exactly.

    Args:
        metric: "cosine", "euclidean" or a fitted `Mahalanobis`.
        connectivity: neighbours each item is linked to; more is more exact, and larger.
        build_width: how many candidates are looked at for the links of an item.
        search_width: how many candidates are kept on the walk of a query; more is more exact, and slower.

    Raises:
        ImportError: if faiss is not installed; the message names the extra.
        ValueError: if the metric has no index.

    Example:
        >>> index = RetrievalIndex("cosine").add(item_embeddings, ids=item_names)
        >>> names, distances = index.search(query_embeddings, k=10)

    Reference: Malkov and Yashunin 2020, arXiv:1603.09320, algorithms 1 and 5.
    """

    def __init__(
        self,
        metric: str | Mahalanobis = "cosine",
        connectivity: int = 16,
        build_width: int = 128,
        search_width: int = 64,
    ) -> None:
        self._faiss = load_faiss()
        # Refuses now what would fail at the first item: a metric without an index, or not fitted.
        width = metric.whitening.shape[0] if hasattr(metric, "whitening") else 1
        euclidean_space(np.zeros((1, width)), metric)
        if min(connectivity, build_width, search_width) < 2:
            raise ValueError(
                "connectivity, build_width and search_width must be 2 or more; "
                f"got {connectivity!r}, {build_width!r} and {search_width!r}."
            )
        self.metric, self.connectivity = metric, connectivity
        self.build_width, self.search_width = build_width, search_width
        self.ids = np.zeros(0, "int64")
        self._graph: Any = None

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, items: np.ndarray, ids: Sequence[int] | Sequence[str] | None = None) -> RetrievalIndex:
        """Puts items in; more may follow.

        Args:
            items: `(items, width)`.
            ids: numbers or texts, one an item, by which `search` names it; None counts on from the items that are in.

        Returns:
            This object.

        Raises:
            ValueError: if the vectors are of another width than those in, there is not one id for each, the kind of id
                changes, or a vector is zero under the cosine.
        """
        vectors = self._space(items)
        new = np.arange(len(self), len(self) + len(vectors)) if ids is None else np.asarray(ids)
        if new.shape != (len(vectors),) or new.dtype.kind not in "iuU":
            raise ValueError(
                f"ids must be numbers or texts, one for each of the {len(vectors)} items; got {new.shape}."
            )
        if len(self) and (new.dtype.kind == "U") != (self.ids.dtype.kind == "U"):
            raise ValueError("The ids in the index and those added must be of one kind, numbers or texts.")
        if self._graph is None:
            self._graph = self._faiss.IndexHNSWFlat(vectors.shape[1], self.connectivity)
            self._graph.hnsw.efConstruction = self.build_width
        self._graph.add(vectors)
        self.ids = np.concatenate([self.ids, new]) if len(self) else new
        return self

    def search(self, queries: np.ndarray, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """The (nearly) k nearest items of each query.

        Args:
            queries: `(queries, width)`.
            k: how many, at most as many as there are items.

        Returns:
            Ids `(queries, k)`, nearest first, and their distances by the metric, in float32.

        Raises:
            ValueError: if `k` is out of range, or the queries do not fit.
        """
        if not 1 <= k <= len(self):
            raise ValueError(f"k must be between 1 and the number of items, {len(self)}; got {k!r}.")
        vectors = self._space(queries)
        self._graph.hnsw.efSearch = max(self.search_width, k)
        squares, rows = self._graph.search(vectors, k)
        # A walk among many equal items may end early: such a query is compared with all.
        short = (rows < 0).any(axis=1)
        if short.any():
            squares[short], rows[short] = self._graph.storage.search(vectors[short], k)
        squares = np.maximum(squares, 0)
        return self.ids[rows], squares / 2 if self.metric == "cosine" else np.sqrt(squares)

    def save(self, path: str | Path) -> Path:
        """Writes the index into one file, beside its place first.

        Args:
            path: of the file.

        Returns:
            The path.
        """
        path = Path(path)
        settings = {
            "metric": self.metric if isinstance(self.metric, str) else "mahalanobis",
            "shrinkage": None if isinstance(self.metric, str) else self.metric.shrinkage,
            "connectivity": self.connectivity,
            "build_width": self.build_width,
            "search_width": self.search_width,
        }
        graph = np.zeros(0, "uint8") if self._graph is None else self._faiss.serialize_index(self._graph)
        whitening = np.zeros((0, 0)) if isinstance(self.metric, str) else self.metric.whitening
        beside = path.with_name(path.name + ".new")
        with beside.open("wb") as file:
            np.savez(file, settings=json.dumps(settings), ids=self.ids, graph=graph, whitening=whitening)
        beside.replace(path)
        return path

    @classmethod
    def load(cls, path: str | Path) -> RetrievalIndex:
        """Reads what `save` wrote.

        Args:
            path: of the file.

        Returns:
            The index.

        Raises:
            ValueError: if the file is no index.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                held = {name: file[name] for name in ("settings", "ids", "graph", "whitening")}
            settings = json.loads(str(held["settings"]))
        except (KeyError, EOFError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is no index written by RetrievalIndex.save: {error}") from error
        shrinkage = settings.pop("shrinkage")
        if settings["metric"] == "mahalanobis":
            settings["metric"] = Mahalanobis(shrinkage)
            settings["metric"].whitening = held["whitening"]
        index = cls(**settings)
        index.ids = held["ids"]
        index._graph = index._faiss.deserialize_index(held["graph"]) if len(held["graph"]) else None
        return index

    def _space(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors as float32 in the Euclidean space of the metric."""
        vectors, _ = two_tables(vectors, vectors)
        if self._graph is not None and vectors.shape[1] != self._graph.d:
            raise ValueError(f"The index holds vectors of width {self._graph.d}; received {vectors.shape}.")
        if self.metric == "cosine" and not vectors.any(axis=1).all():
            row = int(np.flatnonzero(~vectors.any(axis=1))[0])
            raise ValueError(f"The vector in row {row} is zero: it has no direction for the cosine. Leave it out.")
        return np.ascontiguousarray(euclidean_space(vectors, self.metric), "float32")


def load_faiss() -> Any:
    """The module faiss, or an ImportError that names the extra."""
    try:
        import faiss
    except ImportError as error:
        raise ImportError(
            f"The index needs faiss: {INSTALL}. Without it `exact_search` gives the same answers by comparing with all."
        ) from error
    return faiss
