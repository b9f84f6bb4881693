"""How far the inputs of today are from those of the training: one number for each modality, for an alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality
from multimodal_zoo.monitoring.sketch import Sketch, sketch_inputs

GAUGE = "multimodal_zoo_input_drift"


def input_drift(
    modalities: Mapping[str, Modality], reference: Sketch, batches: Iterable[Mapping[str, tf.Tensor]]
) -> dict[str, dict[str, Any]]:
    """Compare raw inputs with the sketch of those of the training.

    Args:
        modalities: fitted modalities of the bundle.
        reference: `bundle.inputs`.
        batches: batched raw values of each modality, such as `read_requests` gives.

    Returns:
        For each modality `drift`, the largest of its measures' (see `stability_index`), `measure`, which that is,
        `measures`, all of them, and `records`, of how many today's are.

    Raises:
        ValueError: there is no sketch, or no input.

    Example:
        >>> input_drift(bundle.modalities, bundle.inputs, read_requests(["requests.jsonl"], bundle.modalities))
    """
    if not reference:
        raise ValueError("The bundle has no sketch of its training inputs; train it again with this version.")
    today = sketch_inputs(modalities, batches, like=reference)
    drift = {}
    for name, measures in reference.items():
        indices = {
            measure: stability_index(before["counts"], today[name][measure]["counts"])
            for measure, before in measures.items()
            if measure in today[name]
        }
        worst = max(indices, key=indices.__getitem__)
        drift[name] = {
            "drift": indices[worst],
            "measure": worst,
            "measures": indices,
            "records": today[name]["presence"]["records"],
        }
    return drift


def stability_index(before: Iterable[int], after: Iterable[int]) -> float:
    """Population stability index of two counts over the same bins, less what chance alone would make it.

    With shares p and q it is sum (p - q) ln(p / q), the divergence of Kullback and Leibler both ways; half a record is
    added to each bin. Two samples of n and m from one distribution over B bins have about (B - 1)(1/n + 1/m) on the
    average; that is taken off, and what is left below 0 is 0. In the trade 0.1 is read as a small change and 0.25 as a
    large one.

    Args:
        before, after: records in each bin.

    Returns:
        0 or more.

    Example:
        >>> round(stability_index([500, 500], [900, 100]), 2)
        0.88

    Reference: Kullback and Leibler 1951, doi:10.1214/aoms/1177729694; Yurdakul and Naranjo 2020,
        doi:10.21314/JRMV.2020.227 (its distribution).
    """
    first, second = (np.array(list(one), "float64") for one in (before, after))
    if first.size != second.size:
        raise ValueError(f"Counts over other bins cannot be compared: {first.size} against {second.size}.")
    if not first.sum() or not second.sum():
        return 0.0
    p, q = ((one + 0.5) / (one + 0.5).sum() for one in (first, second))
    by_chance = (first.size - 1) * (1 / first.sum() + 1 / second.sum())
    return max(0.0, float(((p - q) * np.log(p / q)).sum() - by_chance))


def prometheus_text(model: str, drift: Mapping[str, Mapping[str, Any]]) -> str:
    """The drift as a text that Prometheus reads, such as a file for the node exporter's collector of text files.

    Example:
        >>> print(prometheus_text("deepfm", {"item": {"drift": 0.31}}), end="")
        # HELP multimodal_zoo_input_drift Population stability index of a modality against the training inputs.
        # TYPE multimodal_zoo_input_drift gauge
        multimodal_zoo_input_drift{model="deepfm",modality="item"} 0.31
    """
    lines = [
        f"# HELP {GAUGE} Population stability index of a modality against the training inputs.",
        f"# TYPE {GAUGE} gauge",
    ]
    lines += [f'{GAUGE}{{model="{model}",modality="{name}"}} {one["drift"]:.6g}' for name, one in drift.items()]
    return "\n".join(lines) + "\n"
