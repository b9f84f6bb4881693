"""Interacting layers against their equations."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import InteractingAttention, interacting_attention
from tests.random_weights import randomise

FIELDS = np.random.default_rng(0).normal(size=(4, 3, 5)).astype("float32")
HEADS, HEAD_DIM = 2, 3


def layer_output(layer, e, there):
    """Song 2019, equations 5 to 8, field by field and head by head; `there` are the fields that are."""
    query, key, value, residual = (ops.convert_to_numpy(w).astype("float64") for w in layer.weights)
    out = np.zeros((len(e), HEADS * HEAD_DIM))
    for m in there:
        combined = []
        for h in range(HEADS):
            part = slice(h * HEAD_DIM, (h + 1) * HEAD_DIM)
            scores = np.array([np.exp((e[m] @ query[:, part]) @ (e[k] @ key[:, part])) for k in there])
            combined.append(sum(a * (e[k] @ value[:, part]) for a, k in zip(scores / scores.sum(), there, strict=True)))
        out[m] = np.maximum(np.concatenate(combined) + e[m] @ residual, 0)
    return out


def test_two_layers_are_equations_5_to_8():
    inputs = keras.Input((3, 5))
    model = randomise(keras.Model(inputs, interacting_attention(2, HEADS, HEAD_DIM, name="part")(inputs)), scale=0.4)
    assert [w.name for w in model.get_layer("part_1").weights] == ["query", "key", "value", "residual"]
    wanted = []
    for e in FIELDS.astype("float64"):
        for number in (1, 2):
            e = layer_output(model.get_layer(f"part_{number}"), e, range(3))
        wanted.append(e.ravel())
    np.testing.assert_allclose(ops.convert_to_numpy(model(FIELDS)), wanted, rtol=1e-4, atol=1e-5)


def test_an_absent_field_is_heard_by_none_and_says_zeros():
    layer = InteractingAttention(HEADS, HEAD_DIM)
    presence = np.float32([[1, 0, 1], [0, 0, 1], [1, 1, 1], [0, 0, 0]])
    layer(FIELDS, presence)
    randomise(layer, scale=0.4)
    soiled = np.where(presence[:, :, None] > 0.5, FIELDS, 1e3).astype("float32")
    found = ops.convert_to_numpy(layer(soiled, presence))
    wanted = [
        layer_output(layer, e, np.flatnonzero(p)) for e, p in zip(FIELDS.astype("float64"), presence, strict=True)
    ]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found[3], 0)


def test_presence_of_ones_is_as_none():
    layer = InteractingAttention(HEADS, HEAD_DIM)
    layer(FIELDS, np.ones((4, 3), "float32"))
    with_ones = ops.convert_to_numpy(layer(FIELDS, np.ones((4, 3), "float32")))
    np.testing.assert_allclose(with_ones, ops.convert_to_numpy(layer(FIELDS)), rtol=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="layers=0"):
        interacting_attention(0)
    with pytest.raises(ValueError, match="heads=0, head_dim=3"):
        interacting_attention(1, 0, 3)
