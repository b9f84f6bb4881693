"""A small sketch of raw inputs: for each modality how often it is there, and how its measures are distributed."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality

BINS = 10
# Of the ids of a vocabulary so many have a bin of their own: the most frequent of the sketched inputs.
IDS = 20
REST = -1
PRESENCE, PRESENT, GONE, BROKEN = "presence", 0, 1, 2

Sketch = dict[str, Any]


def sketch_inputs(
    modalities: Mapping[str, Modality], batches: Iterable[Mapping[str, tf.Tensor]], like: Sketch | None = None
) -> Sketch:
    """Count raw inputs into bins.

    Args:
        modalities: fitted modalities by name.
        batches: batched raw values of each modality.
        like: a sketch whose bins are to be used, to be held against this one; None chooses the bins: tenths of the
            numbers, and the most frequent ids.

    Returns:
        JSON-ready: for each modality and each of its measures `{"counts", "records"}` with `"edges"` between the bins
        (numbers) or `"ids"` of the bins, -1 for the rest (ids). The measure "presence" has the bins 0 present,
        1 absent, 2 undecodable; the others count only what is present.

    Raises:
        ValueError: there is no input at all.

    Example:
        >>> note = Text(100, 8).adapt(["a b"])
        >>> sketch_inputs({"note": note}, [{"note": tf.constant(["a b", ""])}])["note"]["presence"]
        {'ids': [0, 1, 2], 'counts': [1, 1, 0], 'records': 2}
    """
    found = collect_measures(modalities, batches)
    sketch: Sketch = {}
    for name, measures in found.items():
        known = (like or {}).get(name, {})
        sketch[name] = {
            measure: counted_ids(measure, values, records, known.get(measure))
            if values.dtype.kind == "i"
            else counted_numbers(values, records, known.get(measure))
            for measure, (values, records) in measures.items()
        }
    return sketch


def collect_measures(
    modalities: Mapping[str, Modality], batches: Iterable[Mapping[str, tf.Tensor]]
) -> dict[str, dict[str, tuple[np.ndarray, int]]]:
    """All values of each measure of each modality, and of how many records they are."""
    values: dict[str, dict[str, list[np.ndarray]]] = {name: defaultdict(list) for name in modalities}
    records: dict[str, int] = dict.fromkeys(modalities, 0)
    total = 0
    graphs = {name: measuring(modality) for name, modality in modalities.items()}
    for batch in batches:
        for name, measured in graphs.items():
            given, present, measures = measured(batch[name])
            given, present = given.numpy(), present.numpy()
            values[name][PRESENCE].append(np.where(present, PRESENT, np.where(given, BROKEN, GONE)))
            total += len(present)
            if present.any():
                records[name] += int(present.sum())
                for measure, found in measures.items():
                    values[name][measure].append(found.numpy())
    if not total:
        raise ValueError("There is no input to sketch.")
    return {
        name: {
            measure: (one := np.concatenate(parts), one.size if measure == PRESENCE else records[name])
            for measure, parts in measures.items()
        }
        for name, measures in values.items()
    }


def measuring(modality: Modality) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor, dict[str, tf.Tensor]]]:
    """A graph from a batch of raw values to what was given, what could be read, and the measures of that.

    A graph, because pictures and sounds are decoded one by one: step by step that takes many times as long.
    """

    @functools.partial(tf.function, autograph=False)
    def measured(raw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, dict[str, tf.Tensor]]:
        decoded = modality.decoding(raw)
        there = {"raw": tf.boolean_mask(raw, decoded.present)}
        there["tensor"] = tf.boolean_mask(decoded.tensor, decoded.present)
        return decoded.given, decoded.present, modality.measures(**there)

    # Traced here: TensorFlow counts the traces of a first call, and warns of "retracing" where each modality has one.
    return measured.get_concrete_function(tf.TensorSpec([None, *modality.raw_shape], modality.raw_dtype))


def counted_numbers(values: np.ndarray, records: int, like: Mapping[str, Any] | None) -> dict[str, Any]:
    """Numbers by bin; the bins are tenths of these numbers unless given."""
    values = values[np.isfinite(values)].astype("float64")
    if like is None:
        inner = np.quantile(values, np.arange(1, BINS) / BINS) if values.size else np.zeros(0)
        # A value that is very frequent fills several tenths: one bin is enough for it, of its own.
        edges = np.unique(inner)
    else:
        edges = np.array(like["edges"], "float64")
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "counts": counts.tolist(), "records": records}


def counted_ids(measure: str, values: np.ndarray, records: int, like: Mapping[str, Any] | None) -> dict[str, Any]:
    """Ids by bin; the most frequent of these ids have bins of their own unless the bins are given."""
    if measure == PRESENCE:
        ids = [PRESENT, GONE, BROKEN]
    elif like is None:
        known, often = np.unique(values, return_counts=True)
        # The most frequent first, and the smaller id first where two are as frequent.
        ids = [*known[np.lexsort((known, -often))][:IDS].tolist(), REST]
    else:
        ids = list(like["ids"])
    own = [int(np.sum(values == one)) for one in ids if one != REST]
    counts = [*own, int(values.size) - sum(own)] if ids[-1] == REST else own
    return {"ids": ids, "counts": counts, "records": records}
