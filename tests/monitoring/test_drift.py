"""The drift against its formula, and that it tells a change from chance."""

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Categorical, Numeric, Text
from multimodal_zoo.monitoring import input_drift, prometheus_text, sketch_inputs
from multimodal_zoo.monitoring.drift import stability_index


def test_the_index_is_the_divergence_both_ways_less_what_chance_gives():
    before, after = np.array([300.0, 500, 200]), np.array([10.0, 20, 70])
    p, q = (before + 0.5) / 1001.5, (after + 0.5) / 101.5
    wanted = np.sum(p * np.log(p / q)) + np.sum(q * np.log(q / p)) - 2 * (1 / 1000 + 1 / 100)
    assert stability_index([300, 500, 200], [10, 20, 70]) == pytest.approx(wanted, rel=1e-12)


def test_what_chance_gives_is_taken_off_on_the_average():
    random = np.random.default_rng(0)
    shares = np.full(10, 0.1)
    raw = []
    for _ in range(300):
        before, after = random.multinomial(2000, shares), random.multinomial(500, shares)
        p, q = before / 2000, after / 500
        raw.append(np.sum((p - q) * np.log(p / q)))
        assert stability_index(before, after) < 0.1
    assert np.mean(raw) == pytest.approx(9 * (1 / 2000 + 1 / 500), rel=0.15)


def test_equal_counts_do_not_drift_and_empty_ones_say_nothing():
    assert stability_index([5, 7], [500, 700]) == 0.0
    assert stability_index([5, 7], [0, 0]) == 0.0
    with pytest.raises(ValueError, match="2 against 3"):
        stability_index([1, 2], [1, 2, 3])


MODALITIES = {
    "age": Numeric().adapt([0.0, 100.0]),
    "ward": Categorical(10).adapt(["a"] * 3 + ["b"] * 2 + ["c"]),
    "note": Text(50, 8).adapt(["heart large", "lungs clear"]),
}


def inputs(ages, wards, notes):
    return {"age": tf.constant(ages, tf.float32)[:, None], "ward": tf.constant(wards), "note": tf.constant(notes)}


RANDOM = np.random.default_rng(1)
TRAINED = [
    inputs(RANDOM.uniform(0, 100, 500), RANDOM.choice(["a", "b", "c"], 500), RANDOM.choice(["heart large", ""], 500))
    for _ in range(2)
]
REFERENCE = sketch_inputs(MODALITIES, TRAINED)


def test_the_same_inputs_do_not_drift():
    found = input_drift(MODALITIES, REFERENCE, TRAINED)
    assert {name: one["drift"] for name, one in found.items()} == {"age": 0.0, "ward": 0.0, "note": 0.0}
    assert found["age"]["records"] == 1000


@pytest.mark.parametrize(
    ("changed", "modality", "measure"),
    [
        (inputs(RANDOM.uniform(50, 150, 400), TRAINED[0]["ward"][:400], TRAINED[0]["note"][:400]), "age", "value"),
        (inputs(RANDOM.uniform(0, 100, 400), ["c"] * 400, TRAINED[0]["note"][:400]), "ward", "id"),
        (inputs(RANDOM.uniform(0, 100, 400), TRAINED[0]["ward"][:400], [""] * 400), "note", "presence"),
        (
            inputs(RANDOM.uniform(0, 100, 400), TRAINED[0]["ward"][:400], ["new words", ""] * 200),
            "note",
            "unknown_words",
        ),
    ],
    ids=["older", "one ward", "no notes", "another language"],
)
def test_a_change_is_told_by_the_modality_and_the_measure_that_changed(changed, modality, measure):
    found = input_drift(MODALITIES, REFERENCE, [changed])
    assert found[modality]["drift"] > 0.25 and found[modality]["measures"][measure] > 0.25
    assert all(one["drift"] < 0.1 for name, one in found.items() if name != modality)


def test_a_bundle_without_sketch_is_told():
    with pytest.raises(ValueError, match="no sketch of its training inputs"):
        input_drift(MODALITIES, {}, TRAINED)


def test_the_gauge_is_what_the_alert_asks_for():
    from multimodal_zoo.export.serving_folder.monitoring import INPUT_DRIFT

    text = prometheus_text("deepfm", {"item": {"drift": 0.25}, "user": {"drift": 0.0}})
    assert text.splitlines()[1:] == [
        f"# TYPE {INPUT_DRIFT} gauge",
        f'{INPUT_DRIFT}{{model="deepfm",modality="item"}} 0.25',
        f'{INPUT_DRIFT}{{model="deepfm",modality="user"}} 0',
    ]
