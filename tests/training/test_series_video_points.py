"""Series, video and points from raw records through training to a served artefact."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract.faults import Faults
from training.rover import MAKE, rover, rover_records

from multimodal_zoo.export import check_artefact, export_bundle
from multimodal_zoo.modalities import batch_records, to_example
from multimodal_zoo.monitoring import input_drift, sketch_inputs
from multimodal_zoo.training import evaluate, fit, load_bundle, predict_record

if keras.backend.backend() != "tensorflow":
    pytest.skip("SavedModels are TensorFlow's", allow_module_level=True)

NAMES = ("sensors", "clip", "radar")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rover")
    keras.utils.set_random_seed(0)
    data = (rover_records(128, 0), rover_records(48, 1))
    fit(rover(), data, out=folder / "bundle", epochs=12, batch_size=16, learning_rate=0.02, patience=12, verbose=0)
    bundle = load_bundle(folder / "bundle")
    export = export_bundle(bundle, folder / "saved" / "1")
    return bundle, export, tf.saved_model.load(str(export))


def ask(trained, records, signature="serving_default"):
    bundle, _, served = trained
    raw = batch_records(bundle.modalities, records)
    named = {one.raw_name(name): raw[name] for name, one in bundle.modalities.items()}
    return {name: value.numpy() for name, value in served.signatures[signature](**named).items()}


def records_of(count, seed):
    data = rover_records(count, seed)
    return [data[row][0] for row in range(count)]


def test_what_was_learned_is_kept_with_the_bundle(trained):
    bundle, _, _ = trained
    assert bundle.metrics["undecodable"]["train"] == {"sensors": 1, "clip": 1, "radar": 1}
    columns = np.concatenate(list(rover_records(128, 0).columns["sensors"])).astype("float64")
    columns[~np.isfinite(columns)] = np.nan
    np.testing.assert_allclose(bundle.modalities["sensors"].mean, np.nanmean(columns, axis=0), rtol=1e-5)
    np.testing.assert_allclose(bundle.modalities["sensors"].variance, np.nanvar(columns, axis=0), rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_each_alone_tells_the_class(trained, name):
    others = [one for one in NAMES if one != name]
    test = rover_records(200, 2)
    found = evaluate(trained[0], test.take(np.arange(6, 200)), without=others)
    assert found["accuracy"] > 0.9


def test_the_artefact_passes_the_gate(trained):
    report = check_artefact(trained[1])
    assert report.passed, report.failures


def test_raw_records_are_answered_as_by_the_bundle_absent_and_broken_ones_included(trained):
    bundle, _, _ = trained
    records = [*records_of(10, 3), {}]
    answer = ask(trained, records)
    wanted = np.ones((11, 3), "float32")
    for row, name in enumerate(("sensors", "radar", "clip", "sensors", "radar", "clip")):
        wanted[row, NAMES.index(name)] = 0
    wanted[10] = 0
    np.testing.assert_array_equal(answer["presence"], wanted)
    broken = np.zeros((11, 3), bool)
    broken[[3, 4, 5], [0, 2, 1]] = True
    np.testing.assert_array_equal(answer["undecodable"], broken)
    for row in (0, 1, 2, 7):
        alone = predict_record(bundle, records[row])
        np.testing.assert_allclose(answer["probabilities"][row], list(alone["probabilities"].values()), atol=1e-5)
        np.testing.assert_allclose(
            ask(trained, [records[row]])["probabilities"][0], answer["probabilities"][row], atol=1e-5
        )


def test_a_broken_value_answers_as_an_absent_one(trained):
    record = records_of(7, 4)[6]
    broken = {"sensors": [[np.inf, np.nan]], "clip": [b"GIF89a junk"], "radar": [[1.0, np.nan, 2.0]]}
    for name, value in broken.items():
        absent = {key: one for key, one in record.items() if key != name}
        one, other = ask(trained, [{**record, name: value}]), ask(trained, [absent])
        np.testing.assert_array_equal(one["probabilities"], other["probabilities"])
        assert one["undecodable"][0, NAMES.index(name)] and not other["undecodable"].any()


def test_serialised_examples_and_tensors_give_the_same_answers(trained):
    bundle, _, served = trained
    records = [*records_of(8, 5), {}]
    wanted = ask(trained, records)
    examples = tf.constant([to_example(bundle.modalities, one).SerializeToString() for one in records])
    found = served.signatures["tf_example"](examples=examples)
    np.testing.assert_allclose(found["probabilities"], wanted["probabilities"], atol=1e-6)
    np.testing.assert_array_equal(found["undecodable"], wanted["undecodable"])
    specs = served.signatures["tensors"].structured_input_signature[1]
    assert {name: specs[name].shape.as_list() for name in NAMES} == {
        "sensors": [None, 12, 3],
        "clip": [None, 4, 8, 8, 2],
        "radar": [None, 10, 4],
    }
    raw = batch_records(bundle.modalities, records)
    tensors = {name: one.decode(raw[name]).tensor for name, one in bundle.modalities.items()}
    found = served.signatures["tensors"](**tensors, presence=tf.constant(wanted["presence"]))
    np.testing.assert_allclose(found["probabilities"], wanted["probabilities"], atol=1e-6)


def test_mutated_values_change_no_other_row(trained):
    bundle, _, served = trained
    faults = Faults(served, bundle.modalities)
    for _ in range(60):
        faults.send_values()
    for _ in range(6):
        faults.send_wrong_input()
    assert sum(faults.counts.values()) == 66


def test_drift_is_seen_in_each(trained):
    bundle, _, _ = trained
    random = np.random.default_rng(9)
    rows = {name: [make(bool(row % 2), random) for row in range(100)] for name, make in MAKE.items()}
    changed = {
        "sensors": [one + 100 for one in rows["sensors"]],
        "clip": [one[:1] for one in rows["clip"]],
        "radar": [one[:2] for one in rows["radar"]],
    }
    for given, least, most in ((rows, 0.0, 1.0), (changed, 1.5, 100.0)):
        records = [{name: given[name][row] for name in NAMES} for row in range(100)]
        drift = input_drift(bundle.modalities, bundle.inputs, [batch_records(bundle.modalities, records)])
        assert all(least <= one["drift"] <= most for one in drift.values()), drift
    assert set(sketch_inputs(bundle.modalities, [batch_records(bundle.modalities, records)])["clip"]) == {
        *("presence", "frames", "brightness", "contrast", "motion")
    }
