"""Curves under attack against the attacks themselves, and the page that shows them."""

import dataclasses
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.datasets import Records, column
from multimodal_zoo.explain import attack_curves, fgsm, pgd, robustness_page, robustness_report
from multimodal_zoo.explain.robustness_page import HEIGHT, WIDTH
from multimodal_zoo.export import export_bundle
from multimodal_zoo.modalities import Categorical
from multimodal_zoo.training.pipeline import prepare
from tests.explain.tiny_bundles import bundle_around, picture_and_numbers, pictures_and_numbers


@pytest.fixture(scope="module")
def bundle():
    return picture_and_numbers()


@pytest.fixture(scope="module")
def records(bundle):
    """Labelled by the answers themselves: every one is right until something changes."""
    raw = pictures_and_numbers(30)
    columns = {name: column([one[name] for one in raw]) for name in ("picture", "numbers")}
    columns["numbers"] = np.array([one["numbers"] for one in raw], "float32")
    prepared = prepare(Records(columns, np.zeros(30, "int64")), bundle.modalities)
    return Records(columns, bundle.model(prepared.inputs(True)).numpy().argmax(1))


def test_each_point_is_the_accuracy_under_that_attack(bundle, records):
    levels = {"numbers": (0.0, 1.5), "picture": (0.0, 0.05)}
    found = attack_curves(bundle, records, levels=levels, seed=4, batch_size=7)
    assert [(one.modality, one.noise) for one in found.curves] == [
        *(("picture", attack) for attack in ("fgsm", "pgd")),
        *(("numbers", attack) for attack in ("fgsm", "pgd")),
    ]
    prepared, answer = prepare(records, bundle.modalities), tf.function(bundle.model)
    for curve in found.curves:
        assert curve.figures[0] == 1.0 and curve.figures[-1] < 0.8
        for epsilon, figure in zip(curve.levels[1:], curve.figures[1:], strict=True):
            by_hand = fgsm(bundle, prepared, curve.modality, epsilon)
            if curve.noise == "pgd":
                by_hand = pgd(bundle, prepared, curve.modality, epsilon, seed=4)
            right = answer(by_hand.inputs(True), training=False).numpy().argmax(1) == records.labels
            assert figure == pytest.approx(right.mean())
    assert found.unreached == {}
    with pytest.raises(ValueError, match="attacks are fgsm, pgd; got 'cw'"):
        attack_curves(bundle, records, attacks=["cw"])


def test_what_cannot_be_attacked_says_why():
    ids = Categorical(5).adapt(["a", "b"])
    inputs = ids.input("word")
    vectors = keras.layers.Flatten()(keras.layers.Embedding(5, 2)(inputs))
    model = keras.Model({"word": inputs}, keras.layers.Dense(3, activation="softmax")(vectors))
    words = Records({"word": column(["a", "b", "a"])}, np.array([0, 1, 2]))
    found = attack_curves(bundle_around(model, {"word": ids}, "classification"), words)
    assert found.curves == () and "holds ids" in found.unreached["word"]


def test_the_page_draws_every_figure_where_it_lies(bundle, records, tmp_path):
    noises = {"numbers": ["gaussian"]}
    report = robustness_report(export_bundle(bundle, tmp_path / "1"), bundle, records, noises=noises)
    attacked = attack_curves(bundle, records, attacks=["fgsm"]).curves
    whole = dataclasses.replace(report, attacks=attacked)
    assert report.clean == 1.0 and whole.document()["attacks"][0]["figures"] == attacked[0].figures
    page = robustness_page("net<work>", whole, report)
    assert "net&lt;work&gt;: accuracy 1.0000" in page and "<td>picture+numbers</td>" in page
    solid = [line for line in re.findall(r"<polyline [^>]*>", page) if "dasharray" not in line]
    drawn = [re.search('points="([^"]*)"', line)[1] for line in solid]
    for curve, places in zip((*report.curves, *attacked), drawn, strict=True):
        x, y = np.array([[float(one) for one in place.split(",")] for place in places.split()]).T
        np.testing.assert_allclose(x / WIDTH, np.array(curve.levels) / curve.levels[-1], atol=1e-3)
        np.testing.assert_allclose(1 - y / HEIGHT, curve.figures, atol=1e-3)
    # The noise was measured of the baseline, too; the attacks were not.
    assert page.count("dasharray") == len(report.curves) == 1


def test_the_export_of_another_network_is_named(bundle, records, tmp_path):
    words = keras.Input((1,), dtype="int32", name="word")
    other = bundle_around(keras.Model({"word": words}, words), {"word": Categorical(5).adapt(["a"])})
    with pytest.raises(ValueError, match="takes numbers, picture_bytes, and the bundle reads word"):
        robustness_report(export_bundle(bundle, tmp_path / "1"), other, records)
