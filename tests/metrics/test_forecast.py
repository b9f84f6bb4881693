import keras
import numpy as np
import pytest

from multimodal_zoo.metrics import EmpiricalCorrelation, RootRelativeSquaredError


def forecasts(offset=0.0):
    draws = np.random.default_rng(0)
    truth = draws.normal(size=(30, 4)) * [1, 2, 3, 4] + offset
    return truth.astype("float32"), (truth + draws.normal(size=(30, 4))).astype("float32")


def value(metric, truth, forecast, batch=1000):
    for start in range(0, len(truth), batch):
        metric.update_state(truth[start : start + batch], forecast[start : start + batch])
    return float(metric.result())


@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_rse_is_the_formula_whatever_the_batches(batch, offset):
    truth, forecast = (one.astype("float64") for one in forecasts(offset))
    expected = np.sqrt(((truth - forecast) ** 2).sum()) / np.sqrt(((truth - truth.mean()) ** 2).sum())
    assert value(RootRelativeSquaredError(), truth, forecast, batch) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_corr_is_the_mean_of_pearsons_correlations(batch, offset):
    truth, forecast = forecasts(offset)
    expected = np.mean([np.corrcoef(truth[:, i].astype("float64"), forecast[:, i])[0, 1] for i in range(4)])
    assert value(EmpiricalCorrelation(4), truth, forecast, batch) == pytest.approx(expected, abs=1e-5)


def test_series_that_never_move_are_left_out_and_forecasts_that_never_move_are_worth_nothing():
    truth, forecast = forecasts()
    truth[:, 0] = 0.1
    forecast[:, 1] = 5.0
    expected = sum(np.corrcoef(truth[:, i], forecast[:, i])[0, 1] for i in (2, 3)) / 3
    assert value(EmpiricalCorrelation(4), truth, forecast, 7) == pytest.approx(expected, abs=1e-5)


def test_a_right_forecast_has_no_error():
    truth, _ = forecasts()
    assert value(RootRelativeSquaredError(), truth, truth) == 0
    assert value(EmpiricalCorrelation(4), truth, truth * 3 + 1) == pytest.approx(1, abs=1e-5)
    assert value(RootRelativeSquaredError(), np.ones((3, 1)), np.zeros((3, 1))) == np.inf


def test_they_run_inside_evaluate_and_are_stored():
    truth, forecast = forecasts()
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    model.compile(loss="mse", metrics=[RootRelativeSquaredError(), EmpiricalCorrelation(4)])
    results = model.evaluate(forecast, truth, batch_size=40, verbose=0, return_dict=True)
    for metric in (RootRelativeSquaredError(), EmpiricalCorrelation(4)):
        again = keras.metrics.deserialize(keras.metrics.serialize(metric))
        assert again.get_config() == metric.get_config()
        assert results[metric.name] == pytest.approx(value(again, truth, forecast), rel=1e-5)


@pytest.mark.parametrize("make", [RootRelativeSquaredError, lambda: EmpiricalCorrelation(4)])
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(ValueError, match=r"\(batch, series\); received \(3, 4\) and \(3, 2\)"):
        make().update_state(np.zeros((3, 4)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="no sample weights"):
        make().update_state(np.zeros((3, 4)), np.zeros((3, 4)), sample_weight=np.ones(3))
    with pytest.raises(ValueError, match="series must be 1 or more"):
        EmpiricalCorrelation(0)
