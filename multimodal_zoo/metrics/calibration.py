"""How far probabilities can be believed: expected calibration error and Brier score."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def class_probabilities(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Class numbers `(batch,)` and probabilities `(batch, classes)`; one column is the probability of class 1.

    Raises:
        ValueError: if the shapes are others.
    """
    probabilities = ops.convert_to_tensor(y_pred, "float32")
    labels = ops.convert_to_tensor(y_true)
    shapes = tuple(labels.shape), tuple(probabilities.shape)
    column = len(shapes[0]) == 1 or (len(shapes[0]) == 2 and shapes[0][1] == 1)
    if not column or len(shapes[1]) not in (1, 2):
        raise ValueError(
            "y_true must be class numbers (batch,) or (batch, 1), and y_pred probabilities (batch, classes), or of "
            f"class 1 (batch,) or (batch, 1); received {shapes[0]} and {shapes[1]}."
        )
    if len(shapes[1]) == 1 or shapes[1][1] == 1:
        probabilities = ops.reshape(probabilities, (-1, 1))
        probabilities = ops.concatenate([1 - probabilities, probabilities], axis=1)
    return ops.cast(ops.reshape(labels, (-1,)), "int32"), probabilities


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ExpectedCalibrationError(keras.metrics.Metric):
    """ECE: the gap between confidence and accuracy, over bins of equal width of the confidence.

    With the confidence p_i, the probability of the class answered, and B_m the records whose confidence lies in
    ((m-1)/M, m/M]:

        ECE = sum_m |B_m|/n | acc(B_m) - conf(B_m) |

    Counts, confidences and hits of each bin are summed, so that the figure is exact under batching.

    Args:
        bins: M; the paper's is 15.

    `y_true` is class numbers `(batch,)`; `y_pred` is probabilities `(batch, classes)`, or of class 1 `(batch, 1)`: the
    confidence is then that of the likelier answer.

    Example:
        >>> metric = ExpectedCalibrationError()
        >>> metric.update_state(np.array([1, 0]), np.array([[0.9], [0.9]]))  # right half the time, 0.9 sure
        >>> float(metric.result())
        0.4

    Reference: Guo et al. 2017, arXiv:1706.04599, equation 3.
    """

    def __init__(self, bins: int = 15, name: str = "expected_calibration_error", **base: Any) -> None:
        super().__init__(name=name, **base)
        if bins < 1:
            raise ValueError(f"bins must be 1 or more, got {bins!r}.")
        self.bins = int(bins)
        self.counts, self.confidences, self.hits = (
            self.add_variable((self.bins,), initializer="zeros", name=one) for one in ("counts", "confidences", "hits")
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bins": self.bins}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        labels, probabilities = class_probabilities(y_true, y_pred)
        confidence = ops.max(probabilities, axis=1)
        hit = ops.cast(ops.equal(ops.cast(ops.argmax(probabilities, axis=1), "int32"), labels), "float32")
        number = ops.clip(ops.ceil(confidence * self.bins) - 1, 0, self.bins - 1)
        within = ops.one_hot(ops.cast(number, "int32"), self.bins, dtype="float32")
        if sample_weight is not None:
            within = within * ops.reshape(ops.cast(sample_weight, "float32"), (-1, 1))
        self.counts.assign_add(ops.sum(within, axis=0))
        self.confidences.assign_add(ops.sum(within * confidence[:, None], axis=0))
        self.hits.assign_add(ops.sum(within * hit[:, None], axis=0))

    def result(self) -> Any:
        return ops.sum(ops.abs(self.hits - self.confidences)) / ops.maximum(ops.sum(self.counts), 1e-12)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class BrierScore(keras.metrics.Mean):
    """Mean squared distance of the probabilities from what happened.

        several classes:  1/n sum_i sum_c (p_ic - [y_i = c])^2, from 0 to 2
        class 1 alone:    1/n sum_i (p_i - y_i)^2, from 0 to 1: half of the above

    `y_true` is class numbers `(batch,)`; `y_pred` is probabilities `(batch, classes)`, or of class 1 `(batch, 1)`.

    Example:
        >>> metric = BrierScore()
        >>> metric.update_state(np.array([1]), np.array([[0.75]]))
        >>> float(metric.result())
        0.0625

    Reference: Brier 1950, Verification of forecasts expressed in terms of probability, equation 2.
    """

    def __init__(self, name: str = "brier_score", **base: Any) -> None:
        super().__init__(name=name, **base)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        labels, probabilities = class_probabilities(y_true, y_pred)
        happened = ops.one_hot(labels, probabilities.shape[1], dtype="float32")
        distance = ops.sum(ops.square(probabilities - happened), axis=1)
        one_column = len(y_pred.shape) == 1 or y_pred.shape[1] == 1
        return super().update_state(distance / 2 if one_column else distance, sample_weight)
