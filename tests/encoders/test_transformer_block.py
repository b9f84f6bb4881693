"""The Transformer block and its attention against their equations, to itself and to others."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders.masked_attention import MaskedAttention, join_heads, split_heads
from multimodal_zoo.encoders.transformer_block import TransformerBlock
from multimodal_zoo.training.precision import precision
from tests.encoders.transformer_equations import block_output, multi_head
from tests.gradients import weight_gradients
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
TOKENS = DRAWS.normal(size=(3, 4, 5)).astype("float32")
CONTEXT = DRAWS.normal(size=(3, 6, 3)).astype("float32")
IDS = {"self": np.int32([[9, 1, 4, 2], [0, 3, 0, 8], [0, 0, 0, 0]]), "cross": (DRAWS.random((3, 6)) < 0.6)}
IDS["cross"][2] = False
FORMS = [
    {"activation": activation, "norm_first": norm_first, "attention_bias": bias}
    for activation, norm_first, bias in [("gelu", True, False), ("reglu", False, True), ("reglu", True, True)]
]


def made(kind, **settings):
    """Of width 5 with 2 heads: they do not divide it."""
    inputs = {"tokens": keras.Input((4, 5), name="tokens")}
    if kind == "cross":
        inputs["context"] = keras.Input((6, 3), name="context")
    inputs["there"] = keras.Input((IDS[kind].shape[1],), dtype=IDS[kind].dtype.name, name="there")
    block = TransformerBlock(2, 7, name="block", **settings)
    return randomise(keras.Model(inputs, block(inputs["tokens"], inputs.get("context"), there=inputs["there"])))


def given_of(kind):
    given = {"tokens": TOKENS, "there": IDS[kind]}
    return given | {"context": CONTEXT} if kind == "cross" else given


@pytest.mark.parametrize("settings", FORMS)
@pytest.mark.parametrize("kind", ["self", "cross"])
def test_it_is_its_equation_whatever_is_there(kind, settings):
    model = made(kind, **settings)
    found = ops.convert_to_numpy(model(given_of(kind)))
    block = model.get_layer("block")
    for row, there in enumerate(IDS[kind] != 0):
        if kind == "cross":
            wanted = block_output(block, TOKENS[row], CONTEXT[row][there])
            np.testing.assert_allclose(found[row], wanted, rtol=1e-4, atol=1e-5)
        elif there.any():
            wanted = block_output(block, TOKENS[row][there])
            np.testing.assert_allclose(found[row][there], wanted, rtol=1e-4, atol=1e-5)


def test_a_causal_block_is_its_equation_and_hears_nothing_later():
    model = made("self", activation="relu", causal=True)
    found = ops.convert_to_numpy(model(given_of("self")))
    for row, there in enumerate(IDS["self"] != 0):
        if there.any():
            wanted = block_output(model.get_layer("block"), TOKENS[row][there])
            np.testing.assert_allclose(found[row][there], wanted, rtol=1e-4, atol=1e-5)
    later = TOKENS.copy()
    later[:, 2:] += 1.0
    changed = ops.convert_to_numpy(model({**given_of("self"), "tokens": later}))
    np.testing.assert_array_equal(changed[:, :2], found[:, :2])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", ["self", "cross"])
def test_the_last_token_alone_gets_the_answer_that_it_has_among_all(kind, causal):
    if kind == "cross" and causal:
        pytest.skip("A token of one sequence has no place in another.")
    whole, alone = (made(kind, causal=causal, last_only=last_only) for last_only in (False, True))
    alone.set_weights(whole.get_weights())
    assert alone.output.shape == (None, 1, 5)
    last = ops.convert_to_numpy(whole(given_of(kind)))[:, -1:]
    np.testing.assert_allclose(ops.convert_to_numpy(alone(given_of(kind))), last, atol=1e-5)


@pytest.mark.parametrize("settings", FORMS)
@pytest.mark.parametrize("kind", ["self", "cross"])
def test_every_weight_learns(kind, settings):
    gradients = weight_gradients(made(kind, **settings), given_of(kind), loss=lambda found: ops.mean((found - 1) ** 2))
    for path, gradient in gradients.items():
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 1e-6, path


@pytest.mark.parametrize("kind", ["self", "cross"])
def test_a_saved_block_is_the_same(kind, tmp_path):
    model = made(kind, dropout=0.3, **FORMS[1])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    found, wanted = (ops.convert_to_numpy(one(given_of(kind))) for one in (again, model))
    np.testing.assert_array_equal(found, wanted)
    assert again.get_layer("block").get_config() == model.get_layer("block").get_config()


@pytest.mark.parametrize("use_bias", [False, True])
def test_attention_to_a_width_of_its_own(use_bias):
    attention = MaskedAttention(3, dim=4, use_bias=use_bias)
    attention(TOKENS, CONTEXT)
    randomise(attention)
    found = ops.convert_to_numpy(attention(TOKENS, CONTEXT, IDS["cross"]))
    assert found.shape == attention.compute_output_shape(TOKENS.shape, CONTEXT.shape) == (3, 4, 4)
    for row, there in enumerate(IDS["cross"]):
        np.testing.assert_allclose(found[row], multi_head(attention, TOKENS[row], CONTEXT[row][there]), atol=1e-5)
    assert len(attention.weights) == (7 if use_bias else 4)


def test_with_nothing_to_attend_to_attention_without_biases_is_zero():
    attention = MaskedAttention(2)
    found = attention(TOKENS, CONTEXT, np.zeros((3, 6)))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), np.zeros((3, 4, 5)))


def test_large_scores_stay_finite_in_half_precision():
    with precision("mixed_float16"):
        attention = MaskedAttention(2)
        found = attention(TOKENS * 1e4, CONTEXT * 1e4)
    assert np.isfinite(ops.convert_to_numpy(ops.cast(found, "float32"))).all()


def test_heads_are_cut_apart_and_joined_again():
    heads = ops.convert_to_numpy(split_heads(CONTEXT, 3))
    assert heads.shape == (3, 3, 6, 1)
    np.testing.assert_array_equal(heads[:, 1, :, 0], CONTEXT[:, :, 1])
    np.testing.assert_array_equal(ops.convert_to_numpy(join_heads(heads)), CONTEXT)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="one of gelu, reglu, relu; received 'tanh'"):
        TransformerBlock(2, 8, activation="tanh")
