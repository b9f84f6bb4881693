"""The law of presence: what is absent has no say, forward or backward, whatever it holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.fusion import list_fusions
from tests.compiled import compiled
from tests.fusion.test_operator_equations import every_subset, made
from tests.gradients import input_gradient, weight_gradients

ROWS = 6
RUBBISH = st.sampled_from([0.0, -1.0, 1e6, 3e38, float("inf"), -float("inf"), float("nan")])
PRESENCE = st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=ROWS, max_size=ROWS)
FEW = settings(max_examples=12, deadline=None)


@pytest.fixture(scope="module", params=list_fusions())
def operator_and_encodings(request):
    """One operator of each kind over three modalities, made once: the examples only call it."""
    return made(request.param, 3, with_presence=True, rows=ROWS)


@pytest.fixture(scope="module")
def ask(operator_and_encodings):
    operator, _ = operator_and_encodings
    answer = compiled(lambda encodings, presence: operator(encodings, presence=presence))
    return lambda encodings, presence: ops.convert_to_numpy(answer(encodings, presence))


def with_rubbish(encodings, presence, rubbish):
    return {
        name: np.where(presence[:, column].reshape(-1, *[1] * (encoding.ndim - 1)) > 0.5, encoding, np.float32(rubbish))
        for column, (name, encoding) in enumerate(encodings.items())
    }


@FEW
@given(there=PRESENCE, rubbish=RUBBISH)
def test_content_of_the_absent_cannot_change_the_answer(operator_and_encodings, ask, there, rubbish):
    _, encodings = operator_and_encodings
    presence = np.array(there, "float32")
    clean, soiled = ask(encodings, presence), ask(with_rubbish(encodings, presence, rubbish), presence)
    assert np.isfinite(clean).all()
    np.testing.assert_array_equal(clean, soiled)


@FEW
@given(order=st.permutations(range(ROWS)), there=PRESENCE)
def test_rows_of_a_batch_do_not_know_each_other(operator_and_encodings, ask, order, there):
    _, encodings = operator_and_encodings
    presence, order = np.array(there, "float32"), np.array(order)
    whole = ask(encodings, presence)
    moved = ask({name: value[order] for name, value in encodings.items()}, presence[order])
    np.testing.assert_allclose(moved, whole[order], rtol=1e-5, atol=1e-6)
    alone = ask({name: value[:1] for name, value in encodings.items()}, presence[:1])
    np.testing.assert_allclose(alone, whole[:1], rtol=1e-5, atol=1e-6)


def test_presence_of_ones_is_as_none(operator_and_encodings):
    operator, encodings = operator_and_encodings
    without = ops.convert_to_numpy(operator(encodings))
    with_ones = ops.convert_to_numpy(operator(encodings, presence=np.ones((ROWS, 3), "float32")))
    np.testing.assert_allclose(without, with_ones, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "additive_attention",
            "attention_bottleneck",
            "attentional_pairs",
            "bi_interaction",
            "co_attention",
            "dot_product_attention",
            "feature_pooling",
        ),
        *("film", "graph", "late_average", "late_max", "late_product", "late_vote", "late_weighted", "memory"),
        *("multiplicative_interactions", "perceiver", "product_of_experts"),
    ],
)
def test_removing_a_modality_is_the_same_operator_over_the_others(name):
    """The weights of the full operator, carried over to one that only ever had the others."""
    full, encodings = made(name, 3, with_presence=True, rows=ROWS)
    less, _ = made(name, 2, with_presence=False, rows=ROWS)
    by_path = {weight.path.split("/", 1)[1]: weight for weight in full.weights}
    for weight in less.weights:
        value = ops.convert_to_numpy(by_path[weight.path.split("/", 1)[1]])
        weight.assign(value[:2] if "weight_logits" in weight.path else value)
    presence = np.tile(np.float32([1, 1, 0]), (ROWS, 1))
    np.testing.assert_allclose(
        ops.convert_to_numpy(full(encodings, presence=presence)),
        ops.convert_to_numpy(less({name: encodings[name] for name in ("m0", "m1")})),
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.parametrize("rubbish", [float("nan"), float("inf"), 3e38])
def test_no_gradient_leaks_from_or_into_the_absent(operator_and_encodings, rubbish):
    operator, encodings = operator_and_encodings
    presence = np.tile(np.float32([1, 0, 1]), (ROWS, 1))
    soiled = with_rubbish(encodings, presence, rubbish)
    weights = weight_gradients(operator, soiled, presence=presence, loss=lambda joint: ops.sum(joint**2))
    assert all(np.isfinite(gradient).all() for gradient in weights.values() if gradient is not None)
    by_absent = input_gradient(
        lambda absent: ops.sum(operator({**soiled, "m1": absent}, presence=presence) ** 2), soiled["m1"]
    )
    np.testing.assert_array_equal(by_absent, np.zeros(soiled["m1"].shape))
    by_present = input_gradient(
        lambda there: ops.sum(operator({**soiled, "m0": there}, presence=presence) ** 2), soiled["m0"]
    )
    assert np.isfinite(by_present).all() and np.abs(by_present).max() > 0


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("name", list_fusions())
def test_every_weight_learns(name, modalities):
    if name == "attentional_pairs" and modalities == 2:
        pytest.skip("The weight of a single pair is 1 whatever the attention is.")
    presence = every_subset(modalities)
    operator, encodings = made(name, modalities, with_presence=True, rows=len(presence))
    target = np.random.default_rng(2).normal(size=(len(presence), 6)).astype("float32")
    gradients = weight_gradients(
        operator, encodings, presence=presence, loss=lambda joint: ops.mean((joint - target) ** 2)
    )
    for path, gradient in gradients.items():
        assert gradient is not None and np.abs(gradient).max() > 0, path


@pytest.mark.parametrize("size", [0.0, 1e3, 1e4])
@pytest.mark.parametrize("name", list_fusions())
def test_gradients_are_finite_at_zero_and_at_large_inputs(name, size):
    presence = every_subset(3)
    operator, encodings = made(name, 3, with_presence=True, rows=len(presence))
    encodings = {key: (value * size).astype("float32") for key, value in encodings.items()}
    gradients = weight_gradients(operator, encodings, presence=presence, loss=lambda joint: ops.mean(joint))
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())
