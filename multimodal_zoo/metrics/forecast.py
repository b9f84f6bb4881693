"""Root relative squared error and correlation of forecasts of several series."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# Sums of squares lose digits far from zero, unless they have 64 bits; JAX has those only where they are switched on.
SUMS = "float32" if keras.backend.backend() == "jax" else "float64"


def series_rows(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Truth and forecast as `(rows, series)`, of as many bits as the sums.

    Raises:
        ValueError: if the two differ in shape or are not `(batch, series)`.
    """
    truth, forecast = (ops.cast(ops.convert_to_tensor(one), SUMS) for one in (y_true, y_pred))
    shapes = tuple(truth.shape), tuple(forecast.shape)
    if any(len(shape) != 2 for shape in shapes) or shapes[0][1] != shapes[1][1]:
        raise ValueError(
            f"y_true and y_pred must both have the shape (batch, series); received {shapes[0]} and {shapes[1]}."
        )
    return truth, forecast


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class RootRelativeSquaredError(keras.metrics.Metric):
    """RSE: the error beside that of always answering the mean of the whole test set.

        RSE = sqrt( sum_{i,t} (Y_it - F_it)^2 ) / sqrt( sum_{i,t} (Y_it - mean(Y))^2 )

    The mean is over all series and times, as in the paper's program. What is kept are sums, so that the figure is exact
    under batching and over replicas. A constant truth gives infinity, or 0 where the forecast is right.

    `y_true` and `y_pred` are `(batch, series)`.

    Example:
        >>> metric = RootRelativeSquaredError()
        >>> metric.update_state([[0.0], [2.0]], [[1.0], [1.0]])  # the mean itself
        >>> float(metric.result())
        1.0

    Reference: Lai et al. 2018 (LSTNet), arXiv:1703.07015, section 4.2 (RSE).
    """

    def __init__(self, name: str = "rse", **base: Any) -> None:
        super().__init__(name=name, **base)
        self.count, self.sum, self.squares, self.error = (
            self.add_variable((), initializer="zeros", dtype=SUMS, name=one)
            for one in ("count", "sum", "squares", "error")
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if sample_weight is not None:
            raise ValueError("RSE has no sample weights in its definition; leave sample_weight out.")
        truth, forecast = series_rows(y_true, y_pred)
        self.count.assign_add(ops.cast(ops.size(truth), SUMS))
        self.sum.assign_add(ops.sum(truth))
        self.squares.assign_add(ops.sum(ops.square(truth)))
        self.error.assign_add(ops.sum(ops.square(truth - forecast)))

    def result(self) -> Any:
        deviation = self.squares - ops.square(self.sum) / ops.maximum(self.count, 1)
        # Of a constant truth rounding is left.
        deviation = ops.where(deviation > 1e-12 * self.squares, deviation, 0.0)
        return ops.cast(ops.where(self.error > 0, ops.sqrt(self.error / deviation), 0.0), "float32")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class EmpiricalCorrelation(keras.metrics.Metric):
    """CORR: Pearson's correlation of truth and forecast over time, averaged over the series.

        CORR = 1/n sum_i  sum_t y_it f_it / sqrt( sum_t y_it^2  sum_t f_it^2 )
        y_it = Y_it - mean_t(Y_i);   f_it = F_it - mean_t(F_i)

    (the two sums under the root are multiplied, as in the paper's program; its printed formula multiplies before it
    sums). What is kept are sums, so that the figure is exact under batching and over replicas. Series whose truth is
    constant are left out; a constant forecast of a series that moves counts as 0.

    Args:
        series: how many there are.

    `y_true` and `y_pred` are `(batch, series)`.

    Example:
        >>> metric = EmpiricalCorrelation(series=1)
        >>> metric.update_state([[1.0], [2.0], [3.0]], [[10.0], [20.0], [30.0]])
        >>> float(metric.result())
        1.0

    Reference: Lai et al. 2018 (LSTNet), arXiv:1703.07015, section 4.2 (CORR).
    """

    def __init__(self, series: int, name: str = "corr", **base: Any) -> None:
        super().__init__(name=name, **base)
        if series < 1:
            raise ValueError(f"series must be 1 or more, got {series!r}.")
        self.series = int(series)
        self.count = self.add_variable((), initializer="zeros", dtype=SUMS, name="count")
        # Truth and forecast on the first axis; products are truth^2, forecast^2 and truth * forecast.
        self.sums = self.add_variable((2, self.series), initializer="zeros", dtype=SUMS, name="sums")
        self.products = self.add_variable((3, self.series), initializer="zeros", dtype=SUMS, name="products")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "series": self.series}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if sample_weight is not None:
            raise ValueError("CORR has no sample weights in its definition; leave sample_weight out.")
        both = ops.stack(series_rows(y_true, y_pred))
        self.count.assign_add(ops.cast(ops.shape(both)[1], SUMS))
        self.sums.assign_add(ops.sum(both, axis=1))
        self.products.assign_add(ops.sum(products_of(both), axis=1))

    def result(self) -> Any:
        count = ops.maximum(self.count, 1)
        products = self.products - products_of(self.sums) / count
        truth, forecast, together = ops.maximum(products[0], 0), ops.maximum(products[1], 0), products[2]
        # A constant that has no exact mean in float32 does not move either.
        moves = truth > count * ops.square(1e-6 * self.sums[0] / count)
        scale = ops.sqrt(truth) * ops.sqrt(forecast)
        correlation = ops.where(scale > 0, together / ops.where(scale > 0, scale, 1.0), 0.0)
        mean = ops.sum(ops.where(moves, correlation, 0.0)) / ops.maximum(ops.sum(ops.cast(moves, SUMS)), 1)
        return ops.cast(mean, "float32")


def products_of(both: Any) -> Any:
    """truth^2, forecast^2 and truth * forecast, stacked."""
    return ops.stack([both[0] * both[0], both[1] * both[1], both[0] * both[1]])
