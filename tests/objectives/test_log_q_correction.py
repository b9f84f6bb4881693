import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import SamplingFrequency, log_q_correction


def test_the_log_probability_of_each_item_is_taken_off_its_column():
    scores, log_q = np.arange(6.0).reshape(2, 3).astype("float32"), np.log([0.5, 0.3, 0.2]).astype("float32")
    for given in (log_q, log_q[:, None]):
        np.testing.assert_allclose(ops.convert_to_numpy(log_q_correction(scores, given)), scores - log_q, rtol=1e-6)


@pytest.mark.parametrize("shape", [(2,), (3, 2), (3, 1, 1)])
def test_a_log_probability_for_each_item_is_needed(shape):
    with pytest.raises(ValueError, match="each of the 3 columns"):
        log_q_correction(np.zeros((2, 3)), np.zeros(shape))


def test_the_gaps_are_those_of_the_algorithm():
    """Algorithm 2 in a loop over the steps."""
    layer = SamplingFrequency(buckets=7, alpha=0.3, initial_gap=4.0)
    seen, gap = np.full(7, -4.0), np.full(7, 4.0)
    draws = np.random.default_rng(0)
    for step in range(30):
        items = draws.integers(0, 20, 4)
        got = ops.convert_to_numpy(layer(items, training=True))
        for bucket in set(items % 7):
            gap[bucket] = 0.7 * gap[bucket] + 0.3 * (step - seen[bucket])
            seen[bucket] = step
        np.testing.assert_allclose(got, -np.log(np.maximum(gap[items % 7], 1)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(layer.gap), gap, rtol=1e-5)


def test_an_item_in_every_third_batch_has_a_third():
    layer = SamplingFrequency(buckets=10, alpha=0.3, initial_gap=5.0)
    for step in range(66):
        layer(np.array([1 if step % 3 == 0 else 2]), training=True)
    assert np.exp(ops.convert_to_numpy(layer(np.array([[1]]))))[0] == pytest.approx(1 / 3, rel=1e-3)


def test_prediction_leaves_it_as_it_is():
    layer = SamplingFrequency(buckets=10, initial_gap=20.0)
    assert float(layer(np.array([3]))[0]) == pytest.approx(-np.log(20), rel=1e-6)
    assert int(layer.step) == 0


def test_it_counts_inside_fit():
    items, scores = keras.Input((), dtype="int32", name="items"), keras.Input((4,), name="scores")
    log_q = SamplingFrequency(buckets=10, name="frequency")(items)
    model = keras.Model([items, scores], log_q_correction(scores, log_q))
    model.compile("sgd", loss="mse")
    model.fit([np.arange(8), np.zeros((8, 4))], np.zeros((8, 4)), batch_size=4, epochs=2, verbose=0)
    assert int(model.get_layer("frequency").step) == 4


@pytest.mark.parametrize("setting", [{"buckets": 0}, {"alpha": 0}, {"alpha": 1.5}, {"initial_gap": 0.5}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError, match="SamplingFrequency needs"):
        SamplingFrequency(**setting)
