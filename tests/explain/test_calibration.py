"""Reliability and temperature against closed forms, SciPy and Keras' metric; the laws on a bundle."""

import numpy as np
import pytest
import tensorflow as tf
from contract.records import bundle_of, labels_for, raw_records, small_model
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from multimodal_zoo.explain import calibrate, calibrated, calibration_error, fit_temperature, reliability_table
from multimodal_zoo.explain.temperature import at_temperature, negative_log_likelihood
from multimodal_zoo.metrics import ExpectedCalibrationError
from multimodal_zoo.modalities import encode_record, stack_raw
from multimodal_zoo.training import load_bundle, save_bundle


def overconfident(count=400, classes=3, sharpness=3.0, seed=0):
    """Labels drawn from softmax(z), probabilities softmax(sharpness z): the best temperature is about the sharpness."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(count, classes))
    truth = np.exp(log_softmax(logits, axis=1))
    labels = np.array([random.choice(classes, p=row) for row in truth])
    return labels, np.exp(log_softmax(sharpness * logits, axis=1)), logits


def test_bins_of_equal_width_by_hand():
    labels = np.array([0, 1, 1, 0])
    probabilities = np.array([[0.9, 0.1], [0.85, 0.15], [0.45, 0.55], [0.6, 0.4]])
    table = reliability_table(labels, probabilities, bins=5)
    assert [one.count for one in table] == [0, 0, 2, 0, 2]
    assert (table[2].confidence, table[2].accuracy) == (pytest.approx(0.575), 1.0)
    assert (table[4].confidence, table[4].accuracy) == (pytest.approx(0.875), 0.5)
    assert (table[4].lowest, table[4].highest) == (0.8, 1.0) and np.isnan(table[0].accuracy)
    assert calibration_error(labels, probabilities, bins=5) == pytest.approx(0.5 * 0.425 + 0.5 * 0.375)


def test_bins_of_equal_mass_hold_as_many_and_weigh_the_same():
    labels, probabilities, _ = overconfident(101)
    table = reliability_table(labels, probabilities, bins=4, equal="mass")
    assert [one.count for one in table] == [26, 25, 25, 25]
    order = np.argsort(probabilities.max(1), kind="stable")
    right = (probabilities.argmax(1) == labels)[order]
    sure = probabilities.max(1)[order]
    parts = np.split(np.arange(101), [26, 51, 76])
    wanted = sum(abs(right[part].mean() - sure[part].mean()) * len(part) for part in parts) / 101
    assert calibration_error(labels, probabilities, 4, "mass") == pytest.approx(wanted)
    assert [one.highest for one in table[:-1]] == [one.lowest for one in table[1:]]


def test_it_is_the_figure_of_the_keras_metric():
    labels, probabilities, _ = overconfident()
    metric = ExpectedCalibrationError()
    metric.update_state(labels, probabilities)
    assert calibration_error(labels, probabilities) == pytest.approx(float(metric.result()), abs=1e-5)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_the_temperature_is_the_one_scipy_finds_and_undoes_the_sharpness(sharpness):
    labels, probabilities, logits = overconfident(sharpness=sharpness)
    rows = np.arange(len(labels))
    best = minimize_scalar(
        lambda t: -log_softmax(sharpness * logits / t, axis=1)[rows, labels].mean(), bounds=(0.05, 20), method="bounded"
    )
    found = fit_temperature(labels, probabilities)
    assert found == pytest.approx(best.x, rel=1e-3)
    assert found == pytest.approx(sharpness, rel=0.15)
    scaled = at_temperature(probabilities, found)
    assert negative_log_likelihood(labels, scaled) == pytest.approx(best.fun, rel=1e-6)
    np.testing.assert_array_equal(scaled.argmax(1), probabilities.argmax(1))


def test_one_column_is_the_probability_of_class_one():
    labels, probabilities, _ = overconfident(classes=2)
    alone = probabilities[:, 1:]
    assert fit_temperature(labels, alone) == pytest.approx(fit_temperature(labels, probabilities))
    np.testing.assert_allclose(at_temperature(alone, 2.0), at_temperature(probabilities, 2.0)[:, 1:])
    logit = np.log(alone / (1 - alone))
    np.testing.assert_allclose(at_temperature(alone, 2.0), 1 / (1 + np.exp(-logit / 2)), rtol=1e-9)


def test_a_network_that_is_never_wrong_gets_the_coldest_temperature():
    assert fit_temperature(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]])) == 0.01


def test_each_subset_has_its_temperature_and_the_bundle_keeps_them(tmp_path):
    model = small_model("lstnet_diagnosis", missing_modalities=True, filters=(4,))
    bundle = bundle_of(model)
    rows = [encode_record(bundle.modalities, one) for one in raw_records(model, 24)]
    labels = labels_for(model, 24).astype("int32")[:, 0]
    data = tf.data.Dataset.from_tensor_slices((stack_raw(bundle.modalities, rows), labels))
    fitted = calibrate(bundle, data)
    assert list(fitted.calibration) == ["image+report", "image", "report"]
    for figures in fitted.calibration.values():
        assert figures["after"]["log_loss"] <= figures["before"]["log_loss"] + 1e-9
        assert figures["records"] == 24
    assert not bundle.calibration

    save_bundle(fitted, tmp_path / "with")
    again = load_bundle(tmp_path / "with")
    assert again.calibration == fitted.calibration
    save_bundle(bundle, tmp_path / "without")
    assert (
        not (tmp_path / "without" / "calibration.json").exists() and not load_bundle(tmp_path / "without").calibration
    )

    probabilities = np.array([[0.8, 0.2]])
    temperature = fitted.calibration["report"]["temperature"]
    for there in (["report"], {"image": False, "report": True}):
        np.testing.assert_allclose(calibrated(again, probabilities, there), at_temperature(probabilities, temperature))
    with pytest.raises(ValueError, match="No temperature was fitted for 'image'"):
        calibrated(bundle, probabilities, ["image"])


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"\(2,\) and \(3, 2\)"):
        calibration_error(np.zeros(2), np.full((3, 2), 0.5))
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit_temperature(np.zeros(1), np.array([[2.0, -1.0]]))
    with pytest.raises(ValueError, match="equal='depth'"):
        reliability_table(np.zeros(1), np.array([[0.5, 0.5]]), equal="depth")
    with pytest.raises(ValueError, match="below 2; got 0 to 2"):
        fit_temperature(np.array([0, 2]), np.array([[0.5, 0.5]] * 2))
    model = small_model("machine_health")
    with pytest.raises(ValueError, match="network for regression"):
        calibrate(bundle_of(model), None)
