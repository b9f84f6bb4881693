"""Logistic regression on exactly what a network reads: pixels, log-mel frames, counts of words and ids."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from multimodal_zoo.datasets import DataSet, Records
from multimodal_zoo.modalities import batch_records, raw_to_tensors
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training import Bundle

# Of the penalty, as scikit-learn counts them; the validation split chooses.
STRENGTHS = (1e-3, 1e-2, 1e-1)


def linear_figures(bundle: Bundle, data: DataSet) -> dict[str, Any]:
    """Figures on the test split of the best logistic regression.

    Args:
        bundle: of the network to be held against it; its fitted modalities make the columns.
        data: with two or more classes, or clicks.

    Returns:
        The figures that the bundle's task reports.
    """
    task = task_named(bundle.card.task)
    train, validation, test = (data.split(name) for name in ("train", "validation", "test"))
    read = {id(records): linear_inputs(bundle, records) for records in (train, validation, test)}

    def figures(fitted: Any, records: Records) -> dict[str, Any]:
        probabilities = fitted.predict_proba(read[id(records)])
        predictions = probabilities if bundle.class_names else probabilities[:, 1:]
        return task.metrics(records.labels, predictions, bundle.class_names)

    fits = [
        make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=200)).fit(
            read[id(train)], train.labels.astype(int)
        )
        for strength in STRENGTHS
    ]
    return figures(min(fits, key=lambda fitted: figures(fitted, validation)["log_loss"]), test)


def linear_inputs(bundle: Bundle, records: Records) -> np.ndarray:
    """The network's inputs as columns `(records, columns)`: numbers as they are, ids as how often each occurs."""
    raw = batch_records(bundle.modalities, [record for record, _ in records])
    content, _, _ = raw_to_tensors(bundle.modalities, raw)
    columns = []
    for name, tensor in content.items():
        values = tensor.numpy().reshape(len(records), -1)
        if tensor.dtype.is_integer:
            values = occurrences(values, bundle.modalities[name].vocabulary_size)
        columns.append(values)
    return np.concatenate(columns, axis=1)


def occurrences(ids: np.ndarray, size: int) -> np.ndarray:
    """How often each id stands in each row; 0, which fills rows up, is not counted.

    Args:
        ids: `(rows, places)`, 0 to size - 1.
        size: of the vocabulary.

    Returns:
        `(rows, size)` counts.

    Example:
        >>> occurrences(np.array([[2, 2, 0]]), 4).tolist()
        [[0.0, 0.0, 2.0, 0.0]]
    """
    counts = np.zeros((len(ids), size))
    np.add.at(counts, (np.arange(len(ids))[:, None], ids), 1)
    counts[:, 0] = 0
    return counts
