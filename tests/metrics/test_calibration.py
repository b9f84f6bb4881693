import keras
import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from multimodal_zoo.metrics import BrierScore, ExpectedCalibrationError


def answers(seed=0, records=300):
    draws = np.random.default_rng(seed)
    return draws.integers(0, 3, records), draws.dirichlet(np.ones(3), records).astype("float32")


def value(metric, *batches):
    for labels, probabilities in batches:
        metric.update_state(labels, probabilities)
    return float(metric.result())


def ece(labels, probabilities, bins):
    """Bin by bin, as the equation stands."""
    confidence, hit = probabilities.max(1), probabilities.argmax(1) == labels
    total = 0.0
    for m in range(bins):
        inside = (confidence > m / bins) & (confidence <= (m + 1) / bins)
        if inside.any():
            total += inside.mean() * abs(hit[inside].mean() - confidence[inside].mean())
    return total


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_calibration_error_is_equation_3(bins):
    labels, probabilities = answers()
    got = value(ExpectedCalibrationError(bins), (labels, probabilities))
    assert got == pytest.approx(ece(labels, probabilities.astype("float64"), bins), abs=1e-6)


def test_the_edge_of_a_bin_belongs_to_it():
    """Confidences of exactly 0.5 and 0.6 with two bins lie in different ones: their gaps do not cancel out."""
    got = value(ExpectedCalibrationError(2), (np.array([1, 0]), np.array([[0.5, 0.5], [0.6, 0.4]])))
    assert got == pytest.approx((0.5 + 0.4) / 2, abs=1e-6)


def test_one_who_is_as_often_right_as_it_says_has_no_error():
    labels, probabilities = np.array([1] * 8 + [0] * 2 + [0] * 6 + [1] * 4), np.array([[0.8]] * 10 + [[0.4]] * 10)
    assert value(ExpectedCalibrationError(), (labels, probabilities)) == pytest.approx(0, abs=1e-6)
    assert value(ExpectedCalibrationError(), (labels, 1 - probabilities)) == pytest.approx(0.4, abs=1e-6)


def test_brier_score_is_that_of_scikit_learn():
    labels, probabilities = answers()
    expected = brier_score_loss(labels, probabilities, labels=[0, 1, 2], scale_by_half=False)
    assert value(BrierScore(), (labels, probabilities)) == pytest.approx(expected, abs=1e-6)
    ones = probabilities[:, :1]
    expected = brier_score_loss(labels > 0, ones[:, 0])
    assert value(BrierScore(), (labels > 0, ones)) == pytest.approx(expected, abs=1e-6)
    assert value(BrierScore(), ((labels > 0)[:, None], ones[:, 0])) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("make", [ExpectedCalibrationError, BrierScore])
def test_batches_give_what_all_at_once_gives(make):
    labels, probabilities = answers()
    parts = [(labels[start : start + 70], probabilities[start : start + 70]) for start in range(0, 300, 70)]
    assert value(make(), *parts) == pytest.approx(value(make(), (labels, probabilities)), abs=1e-6)
    metric = make()
    value(metric, (labels, probabilities))
    metric.reset_state()
    assert float(metric.result()) == 0


@pytest.mark.parametrize("make", [ExpectedCalibrationError, BrierScore])
def test_a_weight_of_two_is_as_good_as_the_record_twice(make):
    labels, probabilities = answers(records=20)
    weights = np.arange(20) % 3
    metric = make()
    metric.update_state(labels, probabilities, sample_weight=weights)
    twice = np.repeat(labels, weights), np.repeat(probabilities, weights, 0)
    assert float(metric.result()) == pytest.approx(value(make(), twice), abs=1e-6)


def test_they_run_inside_evaluate_and_are_stored():
    labels, probabilities = answers(records=50)
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    model.compile(loss="sparse_categorical_crossentropy", metrics=[ExpectedCalibrationError(7), BrierScore()])
    results = model.evaluate(probabilities, labels, batch_size=16, verbose=0, return_dict=True)
    for metric in (ExpectedCalibrationError(7), BrierScore()):
        again = keras.metrics.deserialize(keras.metrics.serialize(metric))
        assert again.get_config() == metric.get_config()
        assert results[metric.name] == pytest.approx(value(again, (labels, probabilities)), abs=1e-6)


@pytest.mark.parametrize("make", [ExpectedCalibrationError, BrierScore])
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(ValueError, match=r"received \(2, 3\) and \(2, 3\)"):
        make().update_state(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="bins must be 1 or more"):
        ExpectedCalibrationError(0)
