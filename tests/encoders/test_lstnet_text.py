"""The parts of the LSTNet text encoder against their equations, and the whole as their composition."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import SkipGRU, TemporalAttention, lstnet_text
from tests.encoders.gru_equations import gru_states
from tests.random_weights import randomise


def ids_of_lengths(lengths, length):
    ids = np.zeros((len(lengths), length), "int32")
    for row, count in enumerate(lengths):
        ids[row, :count] = np.arange(1, count + 1)
    return ids


@pytest.mark.parametrize(("length", "skip"), [(8, 4), (10, 4), (7, 3), (5, 1), (3, 5)])
def test_skip_gru_is_the_recurrence_over_every_skipth_step(length, skip):
    """Any number of words, none and fewer than `skip` too, whether or not `skip` divides the length."""
    ids = ids_of_lengths(range(length + 1), length)
    features = np.random.default_rng(0).normal(size=(len(ids), length, 3)).astype("float32")
    layer = SkipGRU(units=2, skip=skip)
    layer(features, ids)
    randomise(layer)
    found = ops.convert_to_numpy(layer(features, ids)).reshape(len(ids), skip, 2)
    for count in range(length + 1):
        states = gru_states(layer.gru, features[count, :count], skip)
        for back in range(skip):
            wanted = states[count - 1 - back] if back < count else np.zeros(2)
            np.testing.assert_allclose(found[count, back], wanted, atol=1e-6, err_msg=f"{count} words, {back} back")


def test_skip_gru_refuses_sizes_out_of_range():
    with pytest.raises(ValueError, match="units=0"):
        SkipGRU(0, 4)
    with pytest.raises(ValueError, match="skip=0"):
        SkipGRU(4, 0)


def test_temporal_attention_is_its_equation():
    draws = np.random.default_rng(0)
    ids = ids_of_lengths([4, 2, 1, 0], 4)
    states = draws.normal(size=(4, 4, 3)).astype("float32")
    query = draws.normal(size=(4, 3)).astype("float32")
    layer = TemporalAttention()
    layer(states, query=query, ids=ids)
    weights = ops.convert_to_numpy(randomise(layer).score_weights)
    found = ops.convert_to_numpy(layer(states, query=query, ids=ids))
    for row, count in enumerate([4, 2, 1]):
        there = states[row, :count]
        scores = np.exp(there @ weights @ query[row] / np.sqrt(3))
        np.testing.assert_allclose(found[row], scores @ there / scores.sum(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[3], np.zeros(3))


@pytest.mark.parametrize("skip", [0, 3])
def test_the_whole_is_convolution_gru_attention_and_skip_gru(skip):
    """Composed by hand in NumPy for one text of six words."""
    ids = np.int32([[3, 1, 4, 1, 5, 9, 0, 0]])
    inputs = keras.Input((8,), dtype="int32")
    encode = lstnet_text(12, embedding_dim=3, filters=4, kernel=3, units=2, skip=skip, skip_units=2, name="report")
    model = randomise(keras.Model(inputs, encode(inputs)))
    found = ops.convert_to_numpy(model(ids))[0]

    words = ops.convert_to_numpy(model.get_layer("report_embedding").embeddings)[ids[0, :6]]
    kernel = ops.convert_to_numpy(model.get_layer("report_convolution").kernel)
    bias = ops.convert_to_numpy(model.get_layer("report_convolution").bias)
    around = np.pad(words, [[1, 1], [0, 0]])
    features = np.stack([np.maximum(np.einsum("kw,kwf->f", around[t : t + 3], kernel) + bias, 0) for t in range(6)])
    states = gru_states(model.get_layer("report_gru"), features)
    scores = states @ ops.convert_to_numpy(model.get_layer("report_attention").score_weights) @ states[-1]
    weights = np.exp(scores / np.sqrt(2)) / np.exp(scores / np.sqrt(2)).sum()
    wanted = [weights @ states, states[-1]]
    if skip:
        skipped = gru_states(model.get_layer("report_skip_gru").gru, features, skip)
        wanted += [skipped[5], skipped[4], skipped[3]]
    np.testing.assert_allclose(found, np.concatenate(wanted), rtol=1e-4, atol=1e-5)
