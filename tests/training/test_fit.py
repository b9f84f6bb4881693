import re

import keras
import numpy as np
import pytest
from training.diagnosis import picture_model, png, records, tiny_model

from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Categorical, IdSequence
from multimodal_zoo.models import lstnet_diagnosis
from multimodal_zoo.registry import create_model
from multimodal_zoo.training import evaluate, fit, predict_record
from multimodal_zoo.training.class_weights import weights_of_classes
from multimodal_zoo.training.pipeline import as_dataset
from multimodal_zoo.training.predict import UndecodableInput
from multimodal_zoo.training.splits import adapt


class Split:
    """A split as `fit` and `evaluate` take it."""

    def __init__(self, data):
        self.data = data

    def dataset(self):
        return self.data


@pytest.fixture(scope="module")
def bundle():
    keras.utils.set_random_seed(0)
    model = tiny_model(modality_dropout=0.3)
    return fit(model, (records(160, 0), records(64, 1)), epochs=25, learning_rate=0.01, patience=25, verbose=0)


def test_it_learns_and_says_that_it_beats_the_constant(bundle):
    assert bundle.metrics["validation"]["accuracy"] > 0.95
    assert bundle.metrics["beats_constant"] is True
    assert bundle.metrics["constant"]["auc"] == 0.5


def test_evaluation_without_a_modality(bundle):
    test = Split(records(64, 2))
    assert evaluate(bundle, test)["accuracy"] > 0.95
    assert evaluate(bundle, test, without=["image"])["accuracy"] > 0.9
    assert evaluate(bundle, test, without=["report"])["accuracy"] > 0.9
    with pytest.raises(ValueError, match="Unknown modality 'sound'"):
        evaluate(bundle, test, without=["sound"])
    with pytest.raises(ValueError, match="At least one modality"):
        evaluate(bundle, test, without=["image", "report"])


def test_the_batch_size_of_an_evaluation_makes_no_difference(bundle):
    test = Split(records(37, 3))
    once, other = evaluate(bundle, test, batch_size=5), evaluate(bundle, test, batch_size=64)
    assert once["log_loss"] == pytest.approx(other["log_loss"], rel=1e-5) and once["records"] == 37


def test_the_epoch_is_also_judged_with_each_modality_missing(monkeypatch):
    model, seen = tiny_model(), {}
    fit_of_keras = model.fit

    def watched(*arguments, **settings):
        seen["batches"] = list(settings["validation_data"])
        return fit_of_keras(*arguments, **settings)

    monkeypatch.setattr(model, "fit", watched)
    fit(model, (records(16, 0), records(8, 1)), epochs=1, batch_size=8, validate_missing=True, verbose=0)
    presence = np.concatenate([inputs["presence"] for inputs, _ in seen["batches"]])
    assert presence.tolist() == [[1, 1]] * 8 + [[0, 1]] * 8 + [[1, 0]] * 8
    without_presence = tiny_model(missing_modalities=False)
    with pytest.raises(ValueError, match="validate_missing=True needs a model built with missing_modalities=True"):
        fit(without_presence, (records(16, 0), records(8, 1)), validate_missing=True)


def test_broken_records_do_not_stop_training_and_are_reported():
    data = records(40, 0, image={1: b"junk", 2: b"junk"})
    bundle = fit(tiny_model(), (data, records(16, 1)), epochs=1, verbose=0)
    assert bundle.metrics["undecodable"] == {"train": {"image": 2}, "validation": {}}


def test_without_presence_a_missing_image_is_refused_and_can_be_skipped():
    data = (records(40, 0, image={1: b"junk"}), records(16, 1))
    with pytest.raises(ValueError, match="1 of 40 records have no readable 'image'.*missing_modalities=True"):
        fit(picture_model(), data, epochs=1, verbose=0)
    bundle = fit(picture_model(), data, epochs=1, on_undecodable="skip", verbose=0)
    assert bundle.metrics["undecodable"]["train"] == {"image": 1}


def test_a_model_from_elsewhere_is_refused():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(TypeError, match="made by create_model"):
        fit(model, (records(4, 0), records(4, 0)))
    with pytest.raises(TypeError, match=r"pair \(training, validation\)"):
        fit(tiny_model(), records(4, 0))


def test_same_seed_same_weights():
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        model = picture_model()
        fit(model, (records(40, 0), records(16, 1)), epochs=2, seed=5, verbose=0)
        weights.append(np.concatenate([one.ravel() for one in model.get_weights()]))
    np.testing.assert_allclose(*weights, atol=1e-6)


def test_class_weights():
    assert weights_of_classes("balanced", np.array([0, 1, 1, 1])) == {0: 2.0, 1: pytest.approx(2 / 3)}
    assert weights_of_classes({0: 1.0, 1: 2.0}, np.array([0, 1])) == {0: 1.0, 1: 2.0}
    assert weights_of_classes(None, np.array([0, 1])) is None
    with pytest.raises(ValueError, match="'balanced' or None"):
        weights_of_classes("heavy", np.array([0, 1]))


def test_predict_one_record(bundle, tmp_path):
    random = np.random.default_rng(0)
    answer = predict_record(bundle, {"image": png(True, random), "report": "fever, opacity left"})
    assert sum(answer["probabilities"].values()) == pytest.approx(1) and answer["label"] == "1"
    assert predict_record(bundle, {"report": "fever and clear lungs"})["presence"] == {
        "image": False,
        "report": True,
    }
    with pytest.raises(UndecodableInput, match="'image' could not be read: expected a JPEG"):
        predict_record(bundle, {"image": b"a text"})
    with pytest.raises(ValueError, match="Nothing to answer"):
        predict_record(bundle, {"report": ""})


def test_predict_refuses_a_gap_the_network_never_learned():
    whole = fit(tiny_model(missing_modalities=False), (records(16, 0), records(8, 1)), epochs=1, verbose=0)
    with pytest.raises(ValueError, match="'report' is missing or empty"):
        predict_record(whole, {"image": png(True, np.random.default_rng(0)), "report": ""})


def test_one_modality_alone_is_a_network_too():
    alone = lstnet_diagnosis(
        image=None, report=tiny_model().modalities["report"], units=8, embedding_dim=8, joint_dim=8
    )
    assert list(alone.modalities) == ["report"]
    bundle = fit(alone, (records(64, 0), records(16, 1)), epochs=2, verbose=0)
    assert list(bundle.modalities) == ["report"]
    with pytest.raises(ValueError, match="at least one modality"):
        create_model("lstnet_diagnosis", image=None, report=None)


def test_a_compiled_model_keeps_its_optimiser():
    model = picture_model()
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    before = [one.copy() for one in model.get_weights()]
    fit(model, (records(16, 0), records(8, 1)), epochs=1, verbose=0)
    kept = [np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert sum(kept) >= len(kept) - 6, "a learning rate of 0 moves no weight (batch statistics and seeds aside)"


def test_a_history_learns_the_ids_of_the_item():
    columns = {"item": column(["c", "c", "b", "a"]), "history": column([[], ["a"], ["a"], ["a", "b"]])}
    modalities = {"history": IdSequence(9, 3, ids_of="item"), "item": Categorical(9)}
    fitted = adapt(modalities, Records(columns, np.zeros(4, "float32")))
    assert fitted["history"].vocabulary == fitted["item"].vocabulary == ("c", "a", "b")


def test_splits_are_read_as_datasets():
    data = records(3, 0)
    assert as_dataset(data) is data and as_dataset(Split(data)) is data


def test_without_a_terminal_each_epoch_is_one_line_on_stderr(capsys):
    fit(picture_model(), (records(32, 0), records(16, 1)), epochs=2, verbose=1)
    shown = capsys.readouterr()
    assert shown.out == ""
    lines = shown.err.splitlines()
    assert [line.split(",")[0] for line in lines] == [f"lstnet_diagnosis: epoch {one} of at most 2" for one in (1, 2)]
    assert all(re.search(r"val_loss \d+\.\d", line) for line in lines)
