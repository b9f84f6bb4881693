"""What forecasts are held against."""

import numpy as np
import pytest

from multimodal_zoo.datasets import DataSet, Records, dataset_card
from multimodal_zoo.recipes.forecasts import LAGS, last_value, ridge_autoregression


def days(count, start):
    """Two rates: one repeats what it was two days before, the other stays near 5."""
    random = np.random.default_rng(start)
    series = np.stack([np.resize([1.0, 2.0], count + LAGS), 5 + random.normal(0, 0.01, count + LAGS)], axis=1)
    windows = np.stack([series[day : day + LAGS] for day in range(count)]).astype("float32")
    return Records({"series": windows}, series[LAGS : LAGS + count].astype("float32"))


@pytest.fixture(scope="module")
def data():
    splits = {"train": days(200, 0), "validation": days(60, 1), "test": days(60, 2)}
    return DataSet(dataset_card("lstnet-exchange"), "horizon-3", {}, (), splits)


def test_the_last_value_is_always_wrong_where_every_day_differs(data):
    test = data.split("test")
    error = np.sqrt(np.sum((test.labels - test.columns["series"][:, -1]) ** 2))
    spread = np.sqrt(np.sum((test.labels - test.labels.mean()) ** 2))
    assert last_value(data)["rse"] == pytest.approx(error / spread, rel=1e-4)


def test_the_autoregression_learns_what_repeats(data):
    assert ridge_autoregression(data)["rse"] < 0.1 * last_value(data)["rse"]
