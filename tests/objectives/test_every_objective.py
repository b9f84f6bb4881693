"""What every loss and layer owes: a round trip of its settings, finite gradients, mixed precision."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo import objectives
from multimodal_zoo.objectives import (
    AdversarialAlignment,
    AlignmentLoss,
    AllPairsInfoNCE,
    BprLoss,
    CaptionLoss,
    ClipLoss,
    CtcLoss,
    DomainCritic,
    EvidenceLowerBound,
    GradientReversal,
    InBatchSoftmax,
    MatchingLoss,
    MaxMarginRanking,
    MultiTaskLoss,
    PairScores,
    PictureCritic,
    Reconstruction,
    ReversalSchedule,
    SamplingFrequency,
    SharedAndPrivate,
    SigLipLoss,
    TextCritic,
    TripletLoss,
    UncertaintyWeighting,
    central_moment_discrepancy,
    coral,
    deep_cca_loss,
    mmd,
    orthogonality,
)
from multimodal_zoo.training.precision import precision
from tests.gradients import input_gradient, weight_gradients
from tests.random_weights import randomise

GROUPS = np.array([0.0, 1.0, 1.0, 2.0], "float32")
LOSSES = {
    ClipLoss: {"temperature": 0.5},
    AllPairsInfoNCE: {"temperature": 0.2},
    SigLipLoss: {},
    InBatchSoftmax: {},
    MaxMarginRanking: {"margin": 0.4, "negatives": "all"},
    TripletLoss: {"margin": 0.7, "negatives": "hardest", "distance": "squared_euclidean"},
    BprLoss: {},
}
LAYERS = {
    PairScores: {"initial_temperature": 0.2, "max_scale": 7.0, "initial_bias": -1.0},
    AlignmentLoss: {"function": mmd, "weight": 0.5, "arguments": {"bandwidths": [1.0], "unbiased": False}},
    GradientReversal: {"scale": ReversalSchedule(10, highest=0.3)},
    DomainCritic: {"domains": 2, "hidden": (3,), "scale": ReversalSchedule(10)},
    AdversarialAlignment: {"weight": 0.5, "hidden": (3,), "scale": 0.25},
    Reconstruction: {"weight": 0.5, "hidden": (3,), "train_target": True},
    SharedAndPrivate: {"similarity": 0.5, "difference": 0.2, "reconstruction": 2.0},
    SamplingFrequency: {"buckets": 5, "alpha": 0.5, "initial_gap": 3.0},
}


FUNCTIONS = [mmd, coral, deep_cca_loss, central_moment_discrepancy, orthogonality]


def y_true_of(loss):
    return np.eye(4, dtype="float32") if loss is BprLoss else GROUPS


def test_none_is_left_out():
    public = {getattr(objectives, name) for name in objectives.__all__}
    classes = {one for one in public if isinstance(one, type)}
    # Of vectors, texts, pictures, posteriors and probabilities, not of scores: these have tests of their own.
    apart = {MatchingLoss, CtcLoss, CaptionLoss, MultiTaskLoss}
    assert {one for one in classes if issubclass(one, keras.losses.Loss)} == {*LOSSES, *apart}
    apart = {UncertaintyWeighting, TextCritic, PictureCritic, EvidenceLowerBound}
    assert {one for one in classes if issubclass(one, keras.Layer)} == {*LAYERS, *apart}


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_a_loss_is_stored_with_its_settings(kind):
    loss = kind(**LOSSES[kind])
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is kind and again.get_config() == loss.get_config()
    assert LOSSES[kind].items() <= loss.get_config().items()
    scores = np.random.default_rng(0).normal(size=(4, 4))
    assert float(again(y_true_of(kind), scores)) == float(loss(y_true_of(kind), scores)) > 0


@pytest.mark.parametrize("size", [0.0, 1e4, 1e8])
@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_the_gradient_is_finite_at_zero_and_for_large_scores(kind, size):
    scores = (size * np.random.default_rng(0).normal(size=(4, 4))).astype("float32")
    loss, labels = kind(**LOSSES[kind]), ops.convert_to_tensor(y_true_of(kind))
    assert np.isfinite(float(loss(labels, scores)))
    assert np.isfinite(input_gradient(lambda x: loss(labels, x), scores)).all()


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_half_precision_scores_are_summed_in_float32(kind):
    scores, loss = np.random.default_rng(0).normal(size=(4, 4)), kind(**LOSSES[kind])
    half = ops.cast(scores.astype("float32"), "bfloat16")
    value = loss(y_true_of(kind), half)
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    same = ops.convert_to_numpy(ops.cast(half, "float32"))
    assert float(value) == pytest.approx(float(loss(y_true_of(kind), same)), rel=1e-6)


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_a_network_trains_on_it_with_batches_of_any_size(kind):
    inputs = keras.Input((4,))
    vectors = keras.layers.Dense(4)(inputs)
    outputs = vectors if kind in (TripletLoss, BprLoss) else PairScores()([vectors, inputs])
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss=kind(**LOSSES[kind]))
    rows, labels = np.random.default_rng(0).normal(size=(7, 4)), np.array([0, 0, 1, 1, 2, 2, 2])
    history = model.fit(rows, np.eye(4)[labels] if kind is BprLoss else labels, batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()


def network(kind):
    """Two inputs, and the layer between them and an output."""
    first, second = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    layer = kind(**LAYERS[kind])
    if kind in (AdversarialAlignment, SharedAndPrivate):
        outputs = list(layer({"first": first, "second": second}).values())
    elif kind in (GradientReversal, DomainCritic):
        outputs = layer(first) * ops.sum(second, axis=1, keepdims=True)
    elif kind is SamplingFrequency:
        outputs = layer(ops.cast(first[:, 0], "int32")) + ops.sum(second, axis=1)
    else:
        outputs = layer([first, second])
    return keras.Model([first, second], outputs)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_a_network_with_the_layer_is_saved_and_loaded(kind, policy, tmp_path):
    rows = [np.random.default_rng(seed).normal(size=(6, 4)).astype("float32") for seed in (0, 1)]
    with precision(policy):
        model = network(kind)
        model(rows, training=True)
        model.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
    got, expected = (keras.tree.flatten(one(rows)) for one in (again, model))
    for one, other in zip(got, expected, strict=True):
        values = ops.convert_to_numpy(ops.cast(one, "float32"))
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values, ops.convert_to_numpy(ops.cast(other, "float32")))
    for one, other in zip(again.losses, model.losses, strict=True):
        assert np.isfinite(float(one)) and float(one) == float(other)
    config = next(layer for layer in again.layers if isinstance(layer, kind)).get_config()
    given = kind(**LAYERS[kind]).get_config()
    assert {name: config[name] for name in LAYERS[kind]} == {name: given[name] for name in LAYERS[kind]}


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_the_order_of_the_batch_makes_no_difference(kind):
    scores, labels, loss = np.random.default_rng(0).normal(size=(4, 4)), y_true_of(kind), kind(**LOSSES[kind])
    order = [2, 0, 3, 1]
    # Vectors and candidates keep their columns; scores are of the batch against itself.
    moved = scores[order] if kind in (TripletLoss, BprLoss) else scores[order][:, order]
    assert float(loss(labels[order], moved)) == pytest.approx(float(loss(labels, scores)), rel=1e-5)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_the_order_of_the_pairs_makes_no_difference(function):
    first, second = (np.random.default_rng(seed).normal(size=(8, 3)).astype("float32") for seed in (0, 1))
    order = np.random.default_rng(2).permutation(8)
    assert float(function(first[order], second[order])) == pytest.approx(float(function(first, second)), rel=1e-4)


@pytest.mark.parametrize("size", [0.0, 1e4])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_the_gradient_is_finite_at_zero_and_for_large_embeddings(function, size):
    first, second = ((size * np.random.default_rng(seed).normal(size=(8, 3))).astype("float32") for seed in (0, 1))
    assert np.isfinite(input_gradient(lambda one: function(one, ops.convert_to_tensor(second)), first)).all()


def added_and_given(model, rows):
    outputs = [ops.convert_to_numpy(ops.cast(one, "float32")) for one in keras.tree.flatten(model(rows))]
    return [float(one) for one in model.losses], outputs


@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_the_order_of_the_batch_makes_no_difference_to_a_layer(kind):
    rows = [np.random.default_rng(seed).normal(size=(6, 4)).astype("float32") for seed in (0, 1)]
    model, order = network(kind), [4, 2, 0, 5, 3, 1]
    (losses, outputs), (moved_losses, moved) = (
        added_and_given(model, given) for given in (rows, [one[order] for one in rows])
    )
    np.testing.assert_allclose(moved_losses, losses, rtol=1e-4)
    for one, other in zip(outputs, moved, strict=True):
        wanted = one[order][:, order] if kind is PairScores else one[order]
        np.testing.assert_allclose(other, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [0.0, 1.0, 1e4])
@pytest.mark.parametrize(
    "kind",
    [PairScores, DomainCritic, AdversarialAlignment, Reconstruction, SharedAndPrivate],
    ids=lambda kind: kind.__name__,
)
def test_every_weight_of_a_layer_learns_and_its_gradient_is_finite(kind, size):
    rows = [(size * np.random.default_rng(seed).normal(size=(6, 4))).astype("float32") for seed in (0, 1)]
    model = randomise(network(kind))

    def loss(outputs):
        return sum(ops.mean(ops.square(one - 1)) for one in keras.tree.flatten(outputs))

    gradients = weight_gradients(model, [ops.convert_to_tensor(one) for one in rows], loss=loss)
    assert gradients
    for path, gradient in gradients.items():
        assert np.isfinite(gradient).all(), path
        assert size != 1 or np.abs(gradient).max() > 0, path


@pytest.mark.parametrize("size", [0.0, 1.0, 1e4])
def test_uncertainty_weighting_learns_from_losses_of_any_size(size):
    layer = UncertaintyWeighting({"a": "regression", "b": "classification"})
    losses = {"a": np.float32(size), "b": np.float32(2 * size)}
    layer(losses)
    gradients = weight_gradients(layer, losses, loss=lambda total: 0 * total)
    assert len(gradients) == 2
    for gradient, coefficient in zip(gradients.values(), (0.5, 2.0), strict=True):
        assert float(gradient) == pytest.approx(0.5 - coefficient * size)


def test_uncertainty_weighting_is_stored_with_its_tasks():
    layer = UncertaintyWeighting({"a": "regression", "b": "classification"})
    assert UncertaintyWeighting.from_config(layer.get_config()).tasks == layer.tasks


def test_the_objectives_over_embeddings_compute_in_float32():
    first, second = (ops.cast(np.random.default_rng(seed).normal(size=(8, 3)), "bfloat16") for seed in (0, 1))
    for function in FUNCTIONS:
        value = function(first, second)
        assert keras.backend.standardize_dtype(value.dtype) == "float32" and np.isfinite(float(value))
