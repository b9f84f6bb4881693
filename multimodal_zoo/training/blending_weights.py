"""How much each modality alone, and all together, should count: from how they generalise and overfit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from multimodal_zoo.datasets import Records
from multimodal_zoo.objectives import generalization_and_overfitting, gradient_blending_weights
from multimodal_zoo.training.blended_network import JOINT
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.evaluate import predictions_on
from multimodal_zoo.training.fit import fit
from multimodal_zoo.training.train_named import build_for


def blending_weights(
    name: str,
    data: Any,
    *,
    epochs: tuple[int, int] = (3, 9),
    arguments: Mapping[str, Any] | None = None,
    seed: int = 0,
    verbose: int = 1,
    **fit_arguments: Any,
) -> dict[str, float]:
    """The weights for `fit(blend=...)`.

    Each modality alone and all together are trained to two checkpoints. What gets better on validation while it hardly
    overfits counts much, what learns by heart counts little.

    Args:
        name: registered model.
        data: a `datasets.DataSet`.
        epochs: the two checkpoints between which losses are compared.
        arguments: builder arguments.
        seed: of the weights and the order of the records.
        verbose: as of `fit`.
        **fit_arguments: others of `fit`, such as `batch_size` and `learning_rate`.

    Returns:
        Modality -> weight, and "joint" -> weight; their sum is 1.

    Raises:
        ValueError: the checkpoints are not in order, or nothing can be told from them; see
            `objectives.gradient_blending_weights`.

    Example:
        >>> weights = blending_weights("audio_visual_fusion", data, epochs=(2, 6), learning_rate=2e-3)
        >>> bundle = fit(model, data, blend=weights)

    Reference: Wang et al. 2020, arXiv:1905.12681, algorithm 1 (offline gradient blending).
    """
    first, second = epochs
    if not 1 <= first < second:
        raise ValueError(f"epochs are two checkpoints in order, the first at least 1; got {epochs!r}.")
    validation = data.split("validation")
    parts = {"train": spread_sample(data.split("train"), len(validation)), "validation": validation}
    losses: dict[str, dict[str, tuple[float, float]]] = {part: {} for part in parts}
    alone = {one: {other: None for other in data.modalities if other != one} for one in data.modalities}
    for run, left_out in {**alone, JOINT: {}}.items():
        keras.utils.set_random_seed(seed)
        model = build_for(name, data, {**(arguments or {}), **left_out})
        seen: list[dict[str, float]] = []
        for number, passes in enumerate((first, second - first)):
            # The second time the network is compiled and goes on with its optimiser.
            bundle = fit(model, data, epochs=passes, keep="last", seed=seed + number, verbose=verbose, **fit_arguments)
            seen.append({part: mean_loss(bundle, records) for part, records in parts.items()})
        for part in parts:
            losses[part][run] = (seen[0][part], seen[1][part])
    measured = generalization_and_overfitting(losses["train"], losses["validation"])
    weights = gradient_blending_weights(*zip(*measured.values(), strict=True))
    return dict(zip(measured, weights.tolist(), strict=True))


def spread_sample(records: Records, count: int) -> Records:
    """So many records, spread evenly over the split; all where there are fewer."""
    return records.take(np.unique(np.linspace(0, len(records) - 1, count).astype(int)))


def mean_loss(bundle: Bundle, records: Records) -> float:
    """The loss that the network was trained with, over a split, without dropout or augmentation."""
    labels, predictions, _ = predictions_on(bundle, records)
    loss = keras.losses.get(bundle.model.loss)
    return float(np.mean(keras.ops.convert_to_numpy(loss(labels, predictions))))
