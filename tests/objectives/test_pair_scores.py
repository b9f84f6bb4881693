import keras
import numpy as np
import pytest
from keras import ops
from sklearn.metrics.pairwise import cosine_similarity

from multimodal_zoo.objectives import PairScores
from multimodal_zoo.training.precision import precision
from tests.gradients import input_gradient


def embeddings(seed=0, rows=4, width=6):
    draws = np.random.default_rng(seed)
    return [draws.normal(0, 3, (rows, width)).astype("float32") for _ in range(2)]


def test_scores_are_scaled_cosines():
    first, second = embeddings()
    layer = PairScores(initial_temperature=0.1, initial_bias=-10.0)
    expected = cosine_similarity(first, second) / 0.1 - 10
    np.testing.assert_allclose(ops.convert_to_numpy(layer([first, second])), expected, atol=1e-5)


def test_the_scale_starts_at_the_papers_and_is_clipped_there():
    layer = PairScores()
    layer([*embeddings()])
    assert float(ops.exp(layer.log_scale)) == pytest.approx(1 / 0.07, rel=1e-6)
    assert float(ops.exp(layer.log_scale.constraint(layer.log_scale * 0 + 9.0))) == pytest.approx(100, rel=1e-5)
    assert float(layer.log_scale.constraint(layer.log_scale * 0 - 2.0)) == -2
    assert PairScores(max_scale=None).max_scale is None


def test_training_does_not_take_the_scale_above_its_limit():
    first, second = keras.Input((6,)), keras.Input((6,))
    model = keras.Model([first, second], PairScores(initial_temperature=0.01, max_scale=60.0)([first, second]))
    assert float(ops.exp(model.layers[-1].log_scale)) == pytest.approx(60, rel=1e-5)
    # The loss falls with the scores, so that every step wants a higher scale.
    model.compile(keras.optimizers.SGD(10.0), loss=lambda y_true, y_pred: -ops.trace(y_pred) + 0 * ops.sum(y_true))
    rows = embeddings()[0]
    model.fit([rows, rows], np.zeros((4, 1)), batch_size=4, epochs=2, verbose=0)
    assert float(ops.exp(model.layers[-1].log_scale)) == pytest.approx(60, rel=1e-5)


def test_a_zero_embedding_scores_nothing_and_gets_no_gradient():
    first, second = embeddings()
    first[1] = 0
    layer = PairScores()
    assert not ops.convert_to_numpy(layer([first, second]))[1].any()
    gradient = input_gradient(lambda x: ops.sum(layer([x, ops.convert_to_tensor(second)])), first)
    assert np.isfinite(gradient).all() and not gradient[1].any() and gradient[0].any()


def test_under_mixed_precision_the_scores_are_float32():
    with precision("mixed_bfloat16"):
        layer = PairScores()
        first, second = embeddings()
        scores = layer([first, second])
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"
    np.testing.assert_allclose(ops.convert_to_numpy(scores), cosine_similarity(first, second) / 0.07, atol=0.2)


@pytest.mark.parametrize(
    ("shapes", "message"), [(((4, 6), (4, 5)), "same width"), (((4, 2, 6), (4, 2, 6)), r"\(batch, width\)")]
)
def test_other_shapes_are_refused(shapes, message):
    with pytest.raises(ValueError, match=message):
        PairScores()([np.zeros(shape, "float32") for shape in shapes])


@pytest.mark.parametrize("setting", [{"initial_temperature": 0}, {"max_scale": -1}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError, match="greater than 0"):
        PairScores(**setting)
