import keras
import numpy as np
import pytest
from fusion_networks import vector_network
from parts import Part
from repeated_training import Budget, RepeatedTraining, mean_loss

BUDGET = Budget(epochs=6, patience=6, batch_size=32, learning_rate=1e-2)


def rows(count, seed):
    """The label is whether z is positive; b says nothing. The order of presence is not that of the alphabet."""
    random = np.random.default_rng(seed)
    inputs = {name: random.standard_normal((count, 4)).astype("float32") for name in ("z", "b")}
    return Part(inputs, (inputs["z"][:, 0] > 0).astype("int32"), np.ones(count, "float32"))


@pytest.fixture(scope="module")
def trained():
    def build():
        return vector_network({"z": 4, "b": 4}, 2, "concat", dim=8, dropout=0.1, modality_dropout=0.1)

    return RepeatedTraining(build, ("z", "b"), BUDGET)


def test_a_seed_gives_the_same_network_whatever_was_trained_before(trained):
    train, validation = rows(320, 0), rows(100, 1)
    answers = []
    for seed in (3, 4, 3):
        learned = trained.run(seed, train, validation)
        answers.append(trained.predict(validation))
    np.testing.assert_array_equal(answers[0], answers[2])
    assert np.abs(answers[0] - answers[1]).max() > 1e-3
    assert 1 <= learned.best_epoch <= learned.epochs <= BUDGET.epochs and learned.step_ms > 0
    assert (answers[0].argmax(-1) == validation.labels).mean() > 0.9


def test_nothing_is_traced_again_for_another_seed(trained):
    train, validation = rows(320, 0), rows(100, 1)
    trained.run(0, train, validation)
    traces = trained.one_epoch.experimental_get_tracing_count()
    trained.run(1, train, validation)
    assert trained.one_epoch.experimental_get_tracing_count() == traces


def test_the_weights_of_the_best_epoch_are_kept(trained):
    train, validation = rows(320, 0), rows(100, 1)
    # Labels that say the opposite: the loss on them grows from the first epoch on.
    opposite = Part(validation.inputs, 1 - validation.labels, validation.counts)
    assert trained.run(0, train, opposite).best_epoch == 1


def test_without_validation_the_weights_of_the_second_half_are_averaged(trained, monkeypatch):
    counted = iter(range(1, 9))

    def one_epoch(*_):
        number = next(counted)
        for variable in trained.model.trainable_variables:
            variable.assign(np.full(variable.shape, number, "float32"))

    monkeypatch.setattr(trained, "one_epoch", one_epoch)
    learned = trained.run(0, rows(320, 0), None, epochs=5)
    assert (learned.epochs, learned.best_epoch) == (5, 5)
    for variable in trained.model.trainable_variables:
        np.testing.assert_array_equal(variable.numpy(), 4)


def test_what_layers_add_to_the_loss_is_learned_too():
    def build():
        inputs = keras.Input((4,), name="z")
        encoded = keras.layers.Dense(3, activity_regularizer=keras.regularizers.L2(100.0))(inputs)
        return keras.Model({"z": inputs}, keras.layers.Dense(2, activation="softmax")(encoded))

    trained, train = RepeatedTraining(build, ("z",), BUDGET), rows(320, 0)
    kernel = trained.model.layers[1].kernel
    trained.restart(0)
    before = np.abs(kernel.numpy()).sum()
    trained.run(0, train, None)
    assert np.abs(kernel.numpy()).sum() < 0.5 * before


def test_without_a_modality_its_content_does_not_matter(trained):
    trained.run(0, rows(320, 0), rows(100, 1))
    part = rows(50, 2)
    noise = Part({**part.inputs, "z": np.full((50, 4), 1e6, "float32")}, part.labels, part.counts)
    np.testing.assert_array_equal(trained.predict(part, "z"), trained.predict(noise, "z"))
    assert np.abs(trained.predict(part, "z") - trained.predict(part)).max() > 0.01


def test_training_rows_are_varied_in_every_epoch_and_validation_rows_never(trained):
    seen = []

    def vary(part, random):
        seen.append(len(part))
        return part

    learned = trained.run(0, rows(320, 0), rows(100, 1), vary)
    assert seen == [320] * learned.epochs


def test_parameters_are_those_that_are_learned(trained):
    # Two encoders 4 -> 8, concat 16 -> 8 with a stand-in for each modality, head 8 -> 2.
    assert trained.parameters == 2 * (4 * 8 + 8) + (16 * 8 + 8) + 2 * 8 + (8 * 2 + 2)


def test_padding_does_not_count_in_the_loss():
    labels = np.array([[0, 1, 1]], "int32")
    probabilities = np.array([[[0.5, 0.5], [0.75, 0.25], [0.9, 0.1]]], "float32")
    loss = mean_loss(labels, keras.ops.convert_to_tensor(probabilities), np.array([[1.0, 1.0, 0.0]], "float32"))
    assert float(loss) == pytest.approx(-(np.log(0.5) + np.log(0.25)) / 2, rel=1e-5)
