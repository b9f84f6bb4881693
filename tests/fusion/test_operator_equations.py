"""Every operator gives what its equations say, record by record."""

import itertools

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import fusion_operator, list_fusions
from tests.fusion.bilinear_equations import BILINEAR_EQUATIONS
from tests.fusion.equations import EQUATIONS, dense, expected, softmax
from tests.fusion.sequence_equations import SEQUENCE_EQUATIONS
from tests.random_weights import randomise

WIDTHS = (3, 5, 4)
SMALL = {
    "block": {"blocks": 2, "units": 3},
    "cross_modal_transformer": {"layers": 1},
    "mcb": {"sketch_dim": 16},
    "tucker": {"units": 3},
}
# What these give with nothing there is a constant of their weights, stand-ins or ones; the equations say which.
NOT_ZERO_OUT_OF_NOTHING = {"concat", *BILINEAR_EQUATIONS}
STEPS = (4, 2, 3)
ALIGNED = ("memory_fusion",)


def made(name, modalities, with_presence, rows=8, dim=6, seed=0, **arguments):
    """An operator with random weights, and encodings for it, sequences if it takes them: (operator, encodings)."""
    draws = np.random.default_rng(seed)
    names = tuple(f"m{index}" for index in range(modalities))
    if 3 in fusion_operator(name).encoding_ranks:
        shapes = [((3 if name in ALIGNED else steps), width) for steps, width in zip(STEPS, WIDTHS, strict=True)]
    else:
        shapes = [(width,) for width in WIDTHS]
    encodings = {
        key: draws.normal(size=(rows, *shape)).astype("float32") for key, shape in zip(names, shapes, strict=False)
    }
    operator = fusion_operator(name)(dim, names, **{**SMALL.get(name, {}), **arguments})
    operator(encodings, presence=np.ones((rows, modalities), "float32") if with_presence else None)
    return randomise(operator, seed), encodings


def every_subset(modalities):
    return np.array(list(itertools.product([1, 0], repeat=modalities)), "float32")


def test_every_registered_operator_has_its_equation():
    assert set(EQUATIONS) | set(SEQUENCE_EQUATIONS) == set(list_fusions())


@pytest.mark.parametrize("modalities", [1, 2, 3])
@pytest.mark.parametrize("name", sorted(EQUATIONS))
def test_everything_there(name, modalities):
    operator, encodings = made(name, modalities, with_presence=False)
    joint = ops.convert_to_numpy(operator(encodings))
    np.testing.assert_allclose(joint, expected(name, operator, encodings), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("modalities", [1, 2, 3])
@pytest.mark.parametrize("name", sorted(EQUATIONS))
def test_every_subset_there(name, modalities):
    presence = every_subset(modalities)
    operator, encodings = made(name, modalities, with_presence=True, rows=len(presence))
    joint = ops.convert_to_numpy(operator(encodings, presence=presence))
    np.testing.assert_allclose(joint, expected(name, operator, encodings, presence), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(EQUATIONS) - NOT_ZERO_OUT_OF_NOTHING))
def test_with_everything_absent_the_answer_is_zero(name):
    operator, encodings = made(name, 3, with_presence=True)
    joint = operator(encodings, presence=np.zeros((8, 3), "float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(joint), np.zeros((8, 6)))


@pytest.mark.parametrize("weights", [[1.0, 3.0, 0.0], {"m2": 0.0, "m0": 2.0, "m1": 6.0}])
def test_feature_pooling_with_fixed_weights(weights):
    operator, encodings = made("feature_pooling", 3, with_presence=True, weights=weights)
    assert not [weight for weight in operator.weights if "weight_logits" in weight.path]
    projected = [dense(operator.projections[name], encodings[name]) for name in operator.modalities]
    presence = np.ones((8, 3), "float32")
    presence[0] = (1, 0, 1)
    presence[1] = (0, 0, 1)
    joint = ops.convert_to_numpy(operator(encodings, presence=presence))
    np.testing.assert_allclose(joint[2:], (0.25 * projected[0] + 0.75 * projected[1])[2:], atol=1e-5)
    np.testing.assert_allclose(joint[0], projected[0][0], atol=1e-5)
    np.testing.assert_array_equal(joint[1], np.zeros(6))


def test_additive_attention_takes_its_own_width_of_attention():
    operator, encodings = made("additive_attention", 2, with_presence=False, attention_dim=11)
    assert operator.energy.kernel.shape == (6, 11) and operator.scorer.kernel.shape == (11, 1)
    joint = ops.convert_to_numpy(operator(encodings))
    wanted = expected("additive_attention", operator, encodings)
    np.testing.assert_allclose(joint, wanted, rtol=1e-5, atol=1e-5)


def test_gated_without_bias_is_the_papers_unit():
    operator, encodings = made("gated", 2, with_presence=False, use_bias=False)
    h = [np.tanh(encodings[name] @ ops.convert_to_numpy(operator.projections[name].kernel)) for name in ("m0", "m1")]
    read = np.concatenate([encodings["m0"], encodings["m1"]], axis=1)
    z = 1 / (1 + np.exp(-read @ ops.convert_to_numpy(operator.gates["tied"].kernel)))
    np.testing.assert_allclose(ops.convert_to_numpy(operator(encodings)), z * h[0] + (1 - z) * h[1], atol=1e-5)
    assert len(operator.weights) == 3


def test_late_average_under_a_linear_head_is_the_average_of_the_logits():
    operator, encodings = made("late_average", 3, with_presence=True)
    head = np.random.default_rng(1).normal(size=(6, 4))
    alone = [
        ops.convert_to_numpy(operator(encodings, presence=np.eye(3, dtype="float32")[[column] * 8])) @ head
        for column in range(3)
    ]
    together = ops.convert_to_numpy(operator(encodings, presence=np.ones((8, 3), "float32"))) @ head
    np.testing.assert_allclose(together, np.mean(alone, axis=0), rtol=1e-5, atol=1e-5)


def test_late_weighted_under_a_linear_head_is_the_weighted_average_of_the_logits():
    operator, encodings = made("late_weighted", 3, with_presence=True)
    head = np.random.default_rng(1).normal(size=(6, 4))
    alone = [
        ops.convert_to_numpy(operator(encodings, presence=np.eye(3, dtype="float32")[[column] * 8])) @ head
        for column in range(3)
    ]
    weights = softmax(ops.convert_to_numpy(operator.weight_logits))
    together = ops.convert_to_numpy(operator(encodings, presence=np.ones((8, 3), "float32"))) @ head
    np.testing.assert_allclose(together, np.tensordot(weights, alone, 1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["feature_pooling", "late_weighted"])
def test_learned_weights_start_equal(name):
    draws = np.random.default_rng(0)
    encodings = {"a": draws.normal(size=(2, 3)), "b": draws.normal(size=(2, 4))}
    operator = fusion_operator(name)(5, ("a", "b"))
    operator(encodings)
    np.testing.assert_array_equal(ops.convert_to_numpy(operator.weight_logits), [0, 0])
