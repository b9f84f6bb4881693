"""Regressions answer in the unit of the data: trained, kept as a bundle, exported."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.datasets import Records
from multimodal_zoo.export import export_bundle
from multimodal_zoo.modalities import Numeric, Series
from multimodal_zoo.models import lstnet, machine_health
from multimodal_zoo.training import evaluate, fit, load_bundle, predict_record
from multimodal_zoo.training.learn_units import learn_units

if keras.backend.backend() != "tensorflow":
    pytest.skip("training runs on TensorFlow", allow_module_level=True)


def health(**arguments):
    sizes = {"filters": (4,), "hidden": (8,), "joint_dim": 8, "dropout": 0.0}
    return machine_health(Series(2, 5), Numeric(1), **{**sizes, **arguments})


def health_records(count, seed):
    """1000 to 1400 hours left, 400 times what the state says; of the sensors the second is constant."""
    random = np.random.default_rng(seed)
    state = random.uniform(0, 1, (count, 1)).astype("float32")
    sensors = np.stack([random.normal(50, 5, (count, 5)), np.full((count, 5), 7.5)], axis=2).astype("float32")
    return Records({"sensors": sensors, "state": state}, (1000 + 400 * state[:, 0]).astype("float32"))


def value_layer(model):
    return model.get_layer("value")


def weights_of(model):
    return [keras.ops.convert_to_numpy(one).tolist() for one in (value_layer(model).mean, value_layer(model).deviation)]


@pytest.fixture(scope="module")
def bundle():
    keras.utils.set_random_seed(0)
    data = health_records(128, 0), health_records(32, 1)
    return fit(health(), data, epochs=20, batch_size=16, learning_rate=0.01, patience=20, verbose=0)


def test_mean_and_deviation_are_those_of_the_training_labels(bundle):
    labels = health_records(128, 0).labels.astype("float64")
    np.testing.assert_allclose(weights_of(bundle.model), [[labels.mean()], [labels.std()]], rtol=1e-6)


def test_hundreds_of_hours_are_learned_in_a_few_steps(bundle):
    figures = evaluate(bundle, health_records(64, 2))
    assert figures["rmse"] < 30 < 100 < bundle.metrics["constant"]["rmse"]
    assert bundle.metrics["beats_constant"] is True


def test_the_exported_network_answers_in_hours(bundle, tmp_path):
    records = health_records(3, 3)
    loaded = load_bundle(bundle.save(tmp_path / "bundle"))
    served = tf.saved_model.load(str(export_bundle(loaded, tmp_path / "saved" / "1")))
    raw = {name: tf.constant(values) for name, values in records.columns.items()}
    values = served.signatures["serving_default"](**raw)["values"].numpy()
    alone = [predict_record(loaded, records[row][0])["value"] for row in range(3)]
    np.testing.assert_allclose(values[:, 0], alone, rtol=1e-5)
    np.testing.assert_allclose(values[:, 0], records.labels, atol=60)


def test_a_network_that_knows_its_unit_keeps_it(bundle):
    before = weights_of(bundle.model)
    learn_units(bundle.model, np.array([1.0, 2.0, 3.0]))
    assert weights_of(bundle.model) == before


def test_labels_of_another_number_than_the_answers_are_refused():
    with pytest.raises(ValueError, match="There are 1 answers, and means of the shape .2,.*those of the labels"):
        learn_units(health(), np.ones((4, 2)))


def forecast_records(count, seed):
    """Three series of very different size that grow by their own steps; two days ahead each has grown by two."""
    random = np.random.default_rng(seed)
    start, step = np.array([1000.0, 1.0, 0.01]), np.array([5.0, 0.02, 0.0001])
    grown = random.uniform(0, 20, (count, 1, 1)) + np.arange(8)[None, :, None]
    series = start + step * grown
    return Records({"series": series.astype("float32")}, (series[:, -1] + 2 * step).astype("float32"))


@pytest.fixture(scope="module")
def forecaster():
    class Data:
        class_names = ("large", "middle", "small")

        def split(self, name):
            return forecast_records(96, 0) if name == "train" else forecast_records(32, 1)

    keras.utils.set_random_seed(0)
    model = lstnet(Series(3, 8), filters=4, kernel=2, units=4, skip=2, highway=2, joint_dim=4, dropout=0.0)
    return fit(model, Data(), epochs=15, batch_size=16, learning_rate=0.01, patience=15, verbose=0)


def test_a_forecast_has_the_mean_and_deviation_of_the_series_it_reads(forecaster):
    series = forecaster.modalities["series"]
    np.testing.assert_allclose(weights_of(forecaster.model), [series.mean, np.sqrt(series.variance)], rtol=1e-6)


def test_several_numbers_are_learned_and_answered_by_name(forecaster):
    test = forecast_records(16, 2)
    unchanged = np.sqrt(np.mean((test.labels - test.columns["series"][:, -1]) ** 2))
    assert evaluate(forecaster, test)["rmse"] < 0.3 * unchanged
    answer = predict_record(forecaster, test[0][0])["value"]
    assert list(answer) == ["large", "middle", "small"]
    np.testing.assert_allclose(list(answer.values()), test.labels[0], rtol=0.05)
