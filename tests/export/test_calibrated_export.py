"""A calibrated bundle answers at its temperatures wherever it answers; one without is what it was."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.explain import calibrate, calibrated, integrated_gradients, modality_shapley
from multimodal_zoo.explain.calibration import judge_calibration
from multimodal_zoo.explain.temperature import at_temperature
from multimodal_zoo.export import InGraphBatching, check_artefact, export_bundle
from multimodal_zoo.export.formats.trunk import write_trunk
from multimodal_zoo.export.saved_model import ServedNetwork
from multimodal_zoo.modalities import batch_records
from multimodal_zoo.registry import attach
from multimodal_zoo.training import evaluate, load_bundle, predict_record, save_bundle
from multimodal_zoo.training.at_temperatures import AtTemperatures, temperatures_of
from tests.explain.tiny_bundles import NUMBERS, bundle_around, picture_and_numbers, pictures_and_numbers

TEMPERATURES = {"picture+numbers": 2.0, "picture": 4.0, "numbers": 0.5}


def figures(temperature):
    """As `calibrate` keeps them."""
    parts = {"log_loss": 0.5, "ece": 0.25, "ece_mass": 0.25}
    return {"temperature": temperature, "records": 1, "before": parts, "after": {**parts, "ece": 0.125}}


@pytest.fixture(scope="module")
def plain():
    return picture_and_numbers()


@pytest.fixture(scope="module")
def bundle(plain):
    return dataclasses.replace(plain, calibration={one: figures(t) for one, t in TEMPERATURES.items()})


@pytest.fixture(scope="module")
def exported(bundle, tmp_path_factory):
    return export_bundle(bundle, tmp_path_factory.mktemp("saved") / "calibrated" / "1")


@pytest.fixture(scope="module")
def records(plain):
    """Every subset of the modalities, one with a picture that is none, and the whole again: in one batch."""
    whole = pictures_and_numbers(3)
    picture, numbers = ({name: whole[1][name]} for name in ("picture", "numbers"))
    return [whole[0], picture, numbers, {}, {**whole[1], "picture": b"junk"}, whole[2]]


THERE = ["picture+numbers", "picture", "numbers", "", "numbers", "picture+numbers"]


def as_tensors(bundle, records):
    raw = batch_records(bundle.modalities, records)
    return {bundle.modalities[name].raw_name(name): value for name, value in raw.items()}


@pytest.fixture(scope="module")
def expected(plain, records):
    """Row by row: what the network without temperatures answers, at the temperature of what is there, by NumPy."""
    answers = ServedNetwork(plain).serve(batch_records(plain.modalities, records))["probabilities"].numpy()
    rows = [at_temperature(row[None], TEMPERATURES.get(one, 1.0)) for row, one in zip(answers, THERE, strict=True)]
    moved = [np.abs(row[0] - answer).max() for row, answer in zip(rows, answers, strict=True)]
    assert all((move > 1e-2) == bool(one) for move, one in zip(moved, THERE, strict=True))
    return np.concatenate(rows)


def test_each_record_is_answered_at_the_temperature_of_what_is_there(exported, bundle, records, expected):
    served = tf.saved_model.load(str(exported))
    answer = served.signatures["serving_default"](**as_tensors(bundle, records))
    np.testing.assert_allclose(answer["probabilities"].numpy(), expected, atol=1e-6)
    assert answer["labels"].numpy().tolist() == [f"class {one}".encode() for one in expected.argmax(1)]
    assert answer["undecodable"].numpy()[:, 0].tolist() == [False] * 4 + [True, False]

    content, presence, _ = ServedNetwork(bundle)._read(batch_records(bundle.modalities, records))
    tensors = served.signatures["tensors"](**content, presence=presence)
    np.testing.assert_allclose(tensors["probabilities"].numpy(), expected, atol=1e-6)


def test_the_attributions_are_those_of_the_calibrated_answers(exported, bundle, records, expected):
    served = tf.saved_model.load(str(exported))
    told = {name: one.numpy() for name, one in served.signatures["explain"](**as_tensors(bundle, records)).items()}
    np.testing.assert_allclose(told["probabilities"], expected, atol=1e-6)
    total = told["contribution_picture"] + told["contribution_numbers"]
    np.testing.assert_allclose(total, expected - told["without_any"], atol=1e-6)
    # Of two modalities: half of what the picture adds to nothing, half of what it adds to the numbers, each calibrated.
    alone = [dict(records[0]) for _ in range(4)]
    for record, left_out in zip(alone, ([], ["numbers"], ["picture"], ["picture", "numbers"]), strict=True):
        for name in left_out:
            del record[name]
    both, picture, numbers, none = (
        served.signatures["serving_default"](**as_tensors(bundle, alone))["probabilities"].numpy().astype("float64")
    )
    np.testing.assert_allclose(told["contribution_picture"][0], (picture - none + both - numbers) / 2, atol=1e-6)
    shares = modality_shapley(bundle, records[0], target=1)
    assert shares.answer == pytest.approx(both[1], abs=1e-6) and shares.without_any == pytest.approx(none[1], abs=1e-6)
    assert shares.by_modality["picture"] == pytest.approx(told["contribution_picture"][0, 1], abs=1e-6)


def test_the_bundle_itself_answers_the_same(bundle, records, expected):
    for row in (0, 1, 2, 5):
        answer = predict_record(bundle, records[row])
        assert list(answer["probabilities"].values()) == pytest.approx(expected[row].tolist(), abs=1e-6)
    found = integrated_gradients(bundle, records[0], steps=8, most_steps=8)
    assert found.answer == pytest.approx(expected[0].max(), abs=1e-6)


def split_of(count):
    """A split of made-up labels, its raw records and its labels."""
    records, labels = pictures_and_numbers(count, seed=5), np.arange(count) % 3
    columns = {name: [one[name] for one in records] for name in records[0]}
    return tf.data.Dataset.from_tensor_slices((columns, labels)), records, labels


def test_evaluate_measures_the_calibrated_answers(bundle):
    data, records, labels = split_of(12)
    told = [list(predict_record(bundle, {"numbers": one["numbers"]})["probabilities"].values()) for one in records]
    loss = -np.log(np.array(told)[np.arange(len(labels)), labels]).mean()
    assert evaluate(bundle, data, without=["picture"])["log_loss"] == pytest.approx(loss, rel=1e-4)


def test_without_calibration_all_is_as_it_was(plain, records, tmp_path):
    assert plain.answering is plain.model
    to = export_bundle(plain, tmp_path / "plain" / "1")
    assert set(json.loads((to / "manifest.json").read_text())) == {"format", "sha256"}
    answer = tf.saved_model.load(str(to)).signatures["serving_default"](**as_tensors(plain, records))
    content, presence, _ = ServedNetwork(plain)._read(batch_records(plain.modalities, records))
    wanted = tf.function(plain.model)({**content, "presence": presence}, training=False)
    np.testing.assert_array_equal(answer["probabilities"].numpy(), wanted.numpy())


def test_the_artefact_may_be_served_and_says_what_it_is(exported, bundle, tmp_path):
    report = check_artefact(exported)
    assert report.passed, report
    assert json.loads((exported / "manifest.json").read_text())["calibration"] == TEMPERATURES
    bundle.answering  # noqa: B018 (a layer behind the network must not keep it from being saved)
    save_bundle(bundle, tmp_path / "bundle")
    card = (tmp_path / "bundle" / "card.md").read_text()
    assert "| numbers | 0.5000 | validation | 0.2500 | 0.1250 |" in card
    record = pictures_and_numbers(1)[0]
    again = predict_record(load_bundle(tmp_path / "bundle"), record)["probabilities"]
    assert again == pytest.approx(predict_record(bundle, record)["probabilities"], abs=1e-6)


def test_simultaneous_requests_keep_their_temperatures(bundle, records, expected):
    served = ServedNetwork(bundle, InGraphBatching(max_batch_size=4))
    answer = served.serve(batch_records(bundle.modalities, records))
    np.testing.assert_allclose(answer["probabilities"].numpy(), expected, atol=1e-6)


def test_the_network_for_other_formats_is_calibrated_too(bundle, records, expected, tmp_path):
    write_trunk(bundle, tmp_path, len(records))
    content, presence, _ = ServedNetwork(bundle)._read(batch_records(bundle.modalities, records))
    trunk = tf.saved_model.load(str(tmp_path))
    answer = trunk.signatures["serving_default"](**content, presence=presence)["prediction"]
    np.testing.assert_allclose(answer.numpy(), expected, atol=1e-6)


def test_a_network_that_may_miss_nothing_has_one_temperature():
    inputs = NUMBERS.input("x")
    joint = keras.layers.Identity(name="joint")(inputs)
    model = keras.Model({"x": inputs}, keras.layers.Dense(1, activation="sigmoid")(joint), name="clicks")
    plain = bundle_around(model, {"x": NUMBERS}, "ranking")
    attach(model, plain.modalities, plain.card, {})
    bundle = dataclasses.replace(plain, calibration={"x": figures(3.0)})
    raw = batch_records(plain.modalities, [{"x": one["numbers"]} for one in pictures_and_numbers(5)])
    before, after = (ServedNetwork(one).serve(raw)["scores"].numpy() for one in (plain, bundle))
    np.testing.assert_allclose(after, calibrated(bundle, before, ["x"]), atol=1e-6)
    assert np.abs(after - before).max() > 1e-2


def test_probabilities_at_the_edge_stay_finite_and_are_those_of_numpy():
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [1 - 1e-7, 1e-7]], "float32")
    for temperature in (0.01, 1.0, 100.0):
        for some in (rows, rows[:, 1:]):
            found = np.asarray(AtTemperatures([temperature])(some))
            np.testing.assert_allclose(found, at_temperature(some, temperature), atol=1e-6)
    subsets = temperatures_of({"a": {"temperature": 2}, "b": {"temperature": 3}, "a+b": {"temperature": 5}}, "ab", True)
    assert subsets == [1.0, 2, 3, 5]
    layer = AtTemperatures.from_config(AtTemperatures(subsets).get_config())
    presence = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], "float32")
    found = np.asarray(layer(np.repeat([[0.8, 0.2]], 4, 0).astype("float32"), presence))
    odds = np.log(found[:, 0] / found[:, 1])
    np.testing.assert_allclose(odds, np.log(4.0) / np.array([1, 2, 3, 5]), rtol=1e-5)


def test_temperatures_that_cannot_be_are_named():
    with pytest.raises(ValueError, match=r"greater than 0; got \[1.0, 0.0\]"):
        AtTemperatures([1.0, 0.0])
    with pytest.raises(ValueError, match="no temperature for 'b'; it has some for a, a[+]b"):
        temperatures_of({"a": {"temperature": 2}, "a+b": {"temperature": 5}}, ["a", "b"], True)


def test_what_was_fitted_is_judged_on_other_records(plain):
    data, _, _ = split_of(24)
    fitted = calibrate(plain, data)
    judged = judge_calibration(fitted, data.take(10))
    for there, one in judged.items():
        assert one["records"] == 10 and one["before"] != fitted.calibration[there]["before"]
    for when, bundle in (("before", plain), ("after", fitted)):
        found = evaluate(bundle, data.take(10), without=["picture"])["log_loss"]
        assert judged["numbers"][when]["log_loss"] == pytest.approx(found, rel=1e-4)
    with pytest.raises(ValueError, match="no temperature for 'picture'; it has some for none"):
        judge_calibration(plain, data)
