"""A frozen encoder is asked once for each record, and the training is the same as if it were asked each time."""

import dataclasses
import importlib

import keras
import numpy as np
import pytest

from multimodal_zoo import create_model, load_dataset
from multimodal_zoo.training import fit, freeze_until
from multimodal_zoo.training.frozen_once import answers_of, end_of_frozen, frozen_once, unvaried

# The function has the name of its module.
fit_module = importlib.import_module("multimodal_zoo.training.fit")
NARROW = {"filters": (4, 8), "units": 8, "embedding_dim": 8, "joint_dim": 8, "dropout": 0.2, "missing_modalities": True}


@pytest.fixture(scope="module")
def data():
    return load_dataset("synthetic-diagnosis")


def frozen_network(data, **more):
    keras.utils.set_random_seed(0)
    model = create_model("lstnet_diagnosis", **data.modalities, **{**NARROW, **more})
    freeze_until(model, "image")
    return model


def trained(data, **more):
    bundle = fit(frozen_network(data, **more), data, epochs=2, batch_size=64, verbose=0)
    return bundle, [np.asarray(weight) for weight in bundle.model.weights]


def test_it_trains_as_with_the_encoder_asked_in_every_epoch(data, monkeypatch):
    bundle, weights = trained(data)
    assert bundle.metrics["computed_once"] == ["image"]
    monkeypatch.setattr(fit_module, "frozen_once", lambda *_: None)
    each_time, expected = trained(data)
    assert each_time.metrics["computed_once"] == []
    started = [np.asarray(weight) for weight in frozen_network(data).weights]
    assert sum(not np.allclose(one, other, atol=1e-3) for one, other in zip(started, expected, strict=True)) > 5
    for one, other in zip(weights, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4)
    history, expected_history = bundle.metrics["history"], each_time.metrics["history"]
    np.testing.assert_allclose(history["val_loss"], expected_history["val_loss"], rtol=1e-3)


def test_the_network_can_be_saved_after_it_was_cut(data, tmp_path):
    bundle, _ = trained(data)
    bundle.model.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    inputs = {name: np.ones((2, *tensor.shape[1:]), tensor.dtype) for name, tensor in bundle.model.input.items()}
    np.testing.assert_allclose(again.predict(inputs, verbose=0), bundle.model.predict(inputs, verbose=0), atol=1e-6)


def test_what_varies_or_learns_is_asked_each_time(data):
    model = frozen_network(data)
    assert end_of_frozen(model, "image") is not None
    assert end_of_frozen(model, "report") is None
    freeze_until(model)
    assert end_of_frozen(model, "image") is None
    # Which modality is dropped is drawn anew for each step, and the encoder comes behind it.
    assert end_of_frozen(frozen_network(data, modality_dropout=0.3), "image") is None


def test_what_is_larger_than_what_it_is_made_of_is_not_kept():
    words = keras.Input((5,), dtype="int32", name="words")
    vectors = keras.layers.Embedding(10, 4, trainable=False)(words)
    wide = keras.Model({"words": words}, keras.layers.Dense(1)(keras.layers.Flatten()(vectors)))
    assert end_of_frozen(wide, "words") is None
    mean = keras.layers.GlobalAveragePooling1D()(vectors)
    small = keras.Model({"words": words}, keras.layers.Dense(1)(mean))
    assert tuple(end_of_frozen(small, "words").shape) == (None, 4)


def test_frozen_dropout_still_draws():
    numbers = keras.Input((4,), name="numbers")
    frozen = keras.layers.Dense(4, trainable=False)
    dropped = keras.layers.Dropout(0.5, trainable=False)(frozen(numbers))
    model = keras.Model({"numbers": numbers}, keras.layers.Dense(1)(dropped))
    # Cut before the dropout, not behind it.
    assert end_of_frozen(model, "numbers") is frozen.output


def test_what_goes_on_along_two_ways_is_not_cut():
    numbers = keras.Input((4,), name="numbers")
    frozen = keras.layers.Dense(4, trainable=False)
    both = keras.layers.Concatenate()([keras.layers.Dense(2)(frozen(numbers)), keras.layers.Dense(2)(numbers)])
    assert end_of_frozen(keras.Model({"numbers": numbers}, both), "numbers") is None


def test_equal_records_are_asked_once():
    asked = []

    class Count(keras.layers.Layer):
        def call(self, numbers):
            asked.append(numbers.shape[0])
            return numbers * 2.0

    numbers = keras.Input((1,), name="numbers")
    encoder = keras.Model({"numbers": numbers}, Count()(numbers))
    encoder.compile(run_eagerly=True)
    asked.clear()
    answers = answers_of(encoder, {"numbers": np.array([[3.0], [1.0], [3.0], [1.0], [2.0]], "float32")})
    np.testing.assert_array_equal(answers, [[6.0], [2.0], [6.0], [2.0], [4.0]])
    assert max(asked) == 3


def test_augmented_modalities_are_told_from_others(data):
    modalities = {name: one.adapt(data.split("train").columns[name]) for name, one in data.modalities.items()}
    content = {name: np.zeros((2, *one.shape), one.dtype) for name, one in modalities.items()}
    assert unvaried(modalities, content) == ["image", "report"]
    modalities["image"] = dataclasses.replace(modalities["image"], crop=0.1)
    assert unvaried(modalities, content) == ["report"]


def test_the_learner_shares_weights_optimizer_and_loss(data):
    model = frozen_network(data)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    cut = frozen_once(model, ["image"])
    assert cut.learner.optimizer is model.optimizer
    owned = {id(weight) for weight in model.weights}
    assert all(id(weight) in owned for weight in cut.learner.weights)
    assert [id(one) for one in cut.learner.trainable_variables] == [id(one) for one in model.trainable_variables]
