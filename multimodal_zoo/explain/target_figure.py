"""Which of a network's numbers an explanation is about."""

from __future__ import annotations

import dataclasses

import numpy as np

from multimodal_zoo.registry import ModelCard
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.unknown_name import UnknownName

# Their answer to a record is a row of numbers that mean something each by itself.
EXPLAINED_TASKS = ("classification", "multi_label", "ranking", "regression")


@dataclasses.dataclass(frozen=True)
class TargetFigure:
    """One column of a prediction.

    Args:
        name: of the class, the label or the number; "score" and "value" where there is but one.
        column: its place in the prediction.
    """

    name: str
    column: int


def require_explained(card: ModelCard) -> None:
    """Raise ValueError for a network whose answer is no row of numbers."""
    if card.task not in EXPLAINED_TASKS:
        raise ValueError(
            f"{card.name} is a network for {card.task}, whose answer is not one number or several. Explained are "
            f"networks for {', '.join(EXPLAINED_TASKS)}."
        )


def target_figure(bundle: Bundle, prediction: np.ndarray, target: str | int | None = None) -> TargetFigure:
    """The figure of a prediction that is to be explained.

    Args:
        bundle: trained network.
        prediction: its answer to one record, `(figures,)`.
        target: a class name or its number; None takes the largest figure, which for a class is the answer.

    Raises:
        UnknownName: there is no such class.
        ValueError: the network's answer is no row of numbers.

    Example:
        >>> target_figure(bundle, np.array([0.2, 0.8])).name
        'covid'
    """
    require_explained(bundle.card)
    if prediction.ndim != 1:
        raise ValueError(
            f"{bundle.card.name} answers a record with numbers of shape {prediction.shape}; explained are answers of "
            "one row."
        )
    alone = "score" if bundle.card.task == "ranking" else "value"
    numbered = tuple(map(str, range(len(prediction)))) if len(prediction) > 1 else (alone,)
    names = bundle.class_names if len(bundle.class_names) == len(prediction) else numbered
    if target is None:
        column = int(prediction.argmax())
    elif str(target) in names:
        column = names.index(str(target))
    elif isinstance(target, int) and 0 <= target < len(names):
        column = target
    else:
        raise UnknownName(f"figure of {bundle.card.name}", str(target), names)
    return TargetFigure(names[column], column)
