"""Blocks of Transformers that compute again what the gradient needs: the same numbers, and less that is kept."""

import keras
import numpy as np
import pytest

from multimodal_zoo.encoders.transformer_block import TransformerBlock
from multimodal_zoo.training.precision import precision
from tests.random_weights import randomise

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow trains")
DRAWS = np.random.default_rng(0)
TOKENS, CONTEXT = (DRAWS.normal(size=size).astype("float32") for size in [(3, 4, 6), (3, 5, 2)])
THERE = {"self": DRAWS.random((3, 4)) < 0.7, "cross": np.int32([[9, 0, 1, 4, 0], [0, 3, 0, 8, 1], [0, 0, 0, 0, 0]])}


def made(kind, **settings):
    """A block with dropout, whose draws are the same in each that is made."""
    keras.utils.set_random_seed(3)
    block = TransformerBlock(2, 8, **{"dropout": 0.3, **settings})
    block.build(TOKENS.shape, CONTEXT.shape if kind == "cross" else None)
    return randomise(block)


def trained(block, kind, times=1, compiled=None):
    """Answer and gradients of the last of some training steps."""
    given = [tf.constant(TOKENS), *([tf.constant(CONTEXT)] if kind == "cross" else [])]

    def step():
        with tf.GradientTape() as tape:
            tape.watch(given)
            answer = block(*given, there=tf.constant(THERE[kind]), training=True)
            loss = tf.reduce_sum(tf.cast(answer, tf.float32) ** 3)
        return answer, tape.gradient(loss, [*given, *block.trainable_variables])

    if compiled is not None:
        step = tf.function(step, jit_compile=compiled)
    for _ in range(times):
        answer, gradients = step()
    return [answer.numpy(), *(one.numpy() for one in gradients)]


@pytest.mark.parametrize("compiled", [None, False, True], ids=["eager", "graph", "XLA"])
@pytest.mark.parametrize("kind", ["self", "cross"])
def test_answers_gradients_and_draws_are_those_of_a_block_that_keeps_everything(kind, compiled):
    """Also in the third step: the generators have moved on just as far."""
    keeps, recomputes = made(kind), made(kind)
    recomputes.recomputes = True
    found = [trained(block, kind, 3, compiled) for block in (recomputes, keeps)]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    states = [[one.numpy().tolist() for one in block.non_trainable_variables] for block in (recomputes, keeps)]
    assert states[0] == states[1] and any(state[1] for state in states[0])


@pytest.mark.parametrize("settings", [{"causal": True}, {"last_only": True}, {"dropout": 0.0}])
def test_every_kind_of_block(settings):
    keeps, recomputes = made("self", **settings), made("self", **settings)
    recomputes.recomputes = True
    for one, other in zip(trained(recomputes, "self"), trained(keeps, "self"), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_in_mixed_precision(policy):
    found = []
    for recomputes in (True, False):
        with precision(policy):
            block = made("self")
        block.recomputes = recomputes
        found.append(trained(block, "self", compiled=False))
    for one, other in zip(*found, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one.astype("float32"), other.astype("float32"), rtol=0.02, atol=0.02)


def test_the_way_back_computes_again_and_an_answer_alone_does_not(monkeypatch):
    block = made("self")
    calls = []
    answer = block.answer
    monkeypatch.setattr(block, "answer", lambda *given: calls.append(1) or answer(*given))
    block.recomputes = True
    trained(block, "self")
    assert len(calls) == 2
    block(TOKENS)
    assert len(calls) == 3
    block.recomputes = False
    trained(block, "self")
    assert len(calls) == 4


def test_the_tape_keeps_less():
    """By the tensors that are alive between the way there and the way back."""
    import gc

    def alive(recomputes):
        block = made("self")
        block.recomputes = recomputes
        tokens = tf.constant(TOKENS)
        gc.collect()
        before = sum(isinstance(one, tf.Tensor) for one in gc.get_objects())
        with tf.GradientTape() as tape:
            tape.watch(tokens)
            loss = tf.reduce_sum(block(tokens, training=True))
            gc.collect()
            kept = sum(isinstance(one, tf.Tensor) for one in gc.get_objects()) - before
        assert tape.gradient(loss, tokens) is not None
        return kept

    assert alive(True) < alive(False) / 2
