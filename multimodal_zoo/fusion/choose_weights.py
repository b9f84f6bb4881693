"""The weights of feature pooling, chosen by cross-validation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

# Inverse strengths of the penalty, each tried with each set of weights: none is favoured by the scale it gives.
STRENGTHS = (1.0, 10.0, 100.0)


def choose_weights(
    encodings: Mapping[str, Any],
    labels: Any,
    *,
    presence: Any = None,
    groups: Any = None,
    cv: Any = 5,
    steps: int = 10,
    estimator: Any = None,
    scoring: Any = None,
    seed: int = 0,
) -> dict[str, float]:
    """Chooses the fixed weights lambda of feature pooling by cross-validation over a grid.

    Tried are all lambda >= 0 whose entries are whole multiples of 1 / `steps` and sum to one; what is chosen has the
    highest mean score over the folds, and of equals the most even. With few records neighbours on the grid score
    nearly alike, and which of them wins is chance. Feature pooling under a linear head,
    sum_i lambda_i W_i f_i, is for given lambda a linear model over the lambda_i f_i side by side, and that is what is
    fitted: logistic regression for classes, ridge regression for values, the strength of its penalty chosen along
    with lambda. Each f_i is first standardised by the records of the training fold and divided by the root of its
    width, so that a wide encoding weighs no more than a narrow one. As in the operator, what is absent counts
    nothing and the weights are renormalised over what is there.

    Args:
        encodings: arrays (records, width) by modality name: features, or the answers of trained encoders. Encoders
            must not have seen the labels of these records.
        labels: (records,); strings, booleans and whole numbers are classes, fractions are values.
        presence: (records, modalities), 1 = there and 0 = absent, columns in the order of `encodings`; None if
            everything is there. The content of what is absent is not read.
        groups: (records,), for splits that keep the records of one group, such as a patient, together.
        cv: number of folds, a splitter of scikit-learn, or an iterable of (training, test) places. A number makes
            folds that are shuffled, stratified where labels are classes, and kept by group where `groups` is given.
        steps: of the grid from 0 to 1; M modalities have (steps + M - 1)! / (steps! (M - 1)!) sets of weights.
        estimator: an estimator of scikit-learn for the features side by side, in place of the linear models.
        scoring: name or function of a scikit-learn score; None takes log loss for classes, squared error for values.
        seed: of the shuffling of the folds.

    Returns:
        The weights by modality name, for `fuse("feature_pooling", dim, weights=...)`; they sum to one.

    Raises:
        ValueError: if arrays do not go together or hold NaN where something is there, labels are neither classes nor
            values, a class is missing in a training fold, or `steps` is not positive.

    Example:
        >>> weights = choose_weights({"image": image_features, "report": report_features}, labels, groups=patients)
        >>> fuse("feature_pooling", 64, weights=weights)

    Reference:
        The model is ridge regression with the kernel sum_i lambda_i^2 K_i: Goenen and Alpaydin 2011, Multiple kernel
        learning algorithms, JMLR 12, section 2 (a convex combination of fixed kernels).
    """
    from sklearn.base import clone

    arrays, present = checked_encodings(encodings, presence)
    labels = np.asarray(labels)
    records = len(present)
    for name, array in (("labels", labels), ("groups", groups)):
        if array is not None and np.shape(array) != (records,):
            raise ValueError(f"{name} must have the shape ({records},), one a record; received {np.shape(array)}.")
    if isinstance(steps, bool) or int(steps) != steps or steps < 1:
        raise ValueError(f"steps must be a positive whole number; received steps={steps!r}.")
    classes = classes_of(labels)
    models = linear_models(classes) if estimator is None else [estimator]
    candidates = [(weights, model) for weights in simplex_grid(len(arrays), int(steps)) for model in models]
    score = scorer(scoring, classes)
    scores: list[list[float]] = []
    for train, test in folds(cv, labels, groups, classes, seed):
        blocks = [standardised(array, present[:, place], train) for place, array in enumerate(arrays)]
        scores.append([])
        for weights, model in candidates:
            pooled = side_by_side(blocks, present, weights)
            fitted = clone(model).fit(pooled[train], labels[train])
            scores[-1].append(score(fitted, pooled[test], labels[test]))
    chosen, _ = candidates[int(np.argmax(np.mean(scores, axis=0)))]
    return {name: float(weight) for name, weight in zip(encodings, chosen, strict=True)}


def checked_encodings(encodings: Mapping[str, Any], presence: Any) -> tuple[list[np.ndarray], np.ndarray]:
    """The encodings as float64 arrays, zeros where absent, and presence as booleans (records, modalities)."""
    if not isinstance(encodings, Mapping) or not encodings:
        raise ValueError(
            "choose_weights takes a dict of arrays (records, width) by modality name; received "
            + (f"{type(encodings).__name__}." if encodings or not isinstance(encodings, Mapping) else "an empty one.")
        )
    arrays = {name: np.asarray(array, "float64") for name, array in encodings.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if any(len(shape) != 2 or 0 in shape for shape in shapes.values()) or len({s[0] for s in shapes.values()}) > 1:
        raise ValueError(f"The encodings must be (records, width), rows of the same records; received {shapes}.")
    wanted = (next(iter(shapes.values()))[0], len(arrays))
    present = np.ones(wanted, bool) if presence is None else np.asarray(presence, "float64") > 0.5
    if present.shape != wanted:
        raise ValueError(
            f"presence must have the shape {wanted}, one column for each of {list(arrays)}; received {present.shape}."
        )
    for place, (name, array) in enumerate(arrays.items()):
        arrays[name] = np.where(present[:, place : place + 1], array, 0.0)
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"The encoding {name!r} holds NaN or infinity where presence says that it is there.")
    return list(arrays.values()), present


def classes_of(labels: np.ndarray) -> np.ndarray | None:
    """The classes among the labels, or None where they are values."""
    from sklearn.utils.multiclass import type_of_target

    kind = type_of_target(labels, input_name="labels")
    if kind == "continuous":
        return None
    classes = np.unique(labels)
    if kind not in ("binary", "multiclass") or len(classes) < 2:
        raise ValueError(f"labels must be two or more classes, or values; received {len(classes)} distinct, {kind}.")
    return classes


def linear_models(classes: np.ndarray | None) -> list[Any]:
    """The linear models that are tried where the user gives no estimator."""
    from sklearn.linear_model import LogisticRegression, Ridge

    if classes is None:
        return [Ridge(alpha=1 / strength) for strength in STRENGTHS]
    return [LogisticRegression(C=strength, max_iter=1000) for strength in STRENGTHS]


def simplex_grid(modalities: int, steps: int) -> list[np.ndarray]:
    """All weights that are whole multiples of 1 / steps and sum to one, the most even first."""
    # So many bars among steps stars: what lies between two bars is the share of one modality.
    places = itertools.combinations(range(steps + modalities - 1), modalities - 1)
    shares = [np.diff([-1, *bars, steps + modalities - 1]) - 1 for bars in places]
    return [share / steps for share in sorted(shares, key=lambda share: (share**2).sum())]


def scorer(scoring: Any, classes: np.ndarray | None) -> Any:
    """A function (estimator, features, labels) -> score, higher being better."""
    from sklearn.metrics import get_scorer, log_loss, make_scorer

    if scoring is not None:
        return scoring if callable(scoring) else get_scorer(scoring)
    if classes is None:
        return get_scorer("neg_mean_squared_error")
    return make_scorer(log_loss, greater_is_better=False, response_method="predict_proba", labels=classes)


def folds(cv: Any, labels: np.ndarray, groups: Any, classes: np.ndarray | None, seed: int) -> Iterator[tuple]:
    """The places of the training and of the test records of each fold."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, check_cv

    if isinstance(cv, int):
        plain, by_group = (KFold, GroupKFold) if classes is None else (StratifiedKFold, StratifiedGroupKFold)
        cv = (plain if groups is None else by_group)(cv, shuffle=True, random_state=seed)
    for number, (train, test) in enumerate(check_cv(cv).split(np.zeros((len(labels), 1)), labels, groups), 1):
        missing = [] if classes is None else np.setdiff1d(classes, labels[train]).tolist()
        if missing:
            raise ValueError(
                f"Fold {number} has no training record of the classes {missing}: give fewer folds, or other groups."
            )
        yield train, test


def standardised(array: np.ndarray, there: np.ndarray, train: np.ndarray) -> np.ndarray:
    """To mean 0 and variance 1 / width over the training records that are there; the absent ones stay zeros."""
    known = array[train][there[train]]
    if not len(known):
        return np.zeros_like(array)
    spread = known.std(axis=0)
    scaled = (array - known.mean(axis=0)) / np.where(spread > 0, spread, 1.0) / array.shape[1] ** 0.5
    return np.where(there[:, None], scaled, 0.0)


def side_by_side(blocks: list[np.ndarray], present: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The blocks times their weights, these renormalised over what is there in each record."""
    shares = weights * present
    total = shares.sum(axis=1, keepdims=True)
    shares = shares / np.where(total > 0, total, 1.0)
    return np.concatenate([shares[:, place : place + 1] * block for place, block in enumerate(blocks)], axis=1)
