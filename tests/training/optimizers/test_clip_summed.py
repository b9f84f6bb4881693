"""In one process, where nothing lies elsewhere, it is Keras' own clipping of the gradients with each row once."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.training.optimizers import LazyAdam
from multimodal_zoo.training.optimizers.clip_summed import clip_summed

DENSE = np.array([[3.0, -4.0], [0.5, 0.25]], "float32")
ROWS, IDS = np.array([[1.0, 2.0], [-2.0, 0.1]], "float32"), [4, 0]


@pytest.mark.parametrize(
    "clipping",
    [{"clipnorm": 1.0}, {"global_clipnorm": 2.0}, {"global_clipnorm": 50.0}, {"clipvalue": 0.7}, {}],
    ids=str,
)
@pytest.mark.parametrize("is_part", [(False, False), (False, True)])
def test_it_clips_as_keras_does(clipping, is_part):
    slices = tf.IndexedSlices(tf.constant(ROWS), tf.constant(IDS), tf.constant([6, 2]))
    dense, sparse = clip_summed(LazyAdam(**clipping), [tf.constant(DENSE), slices], is_part)
    whole = np.zeros((6, 2), "float32")
    whole[IDS] = ROWS
    expected = keras.optimizers.SGD(**clipping)._clip_gradients([tf.constant(DENSE), tf.constant(whole)])
    np.testing.assert_allclose(dense, expected[0], rtol=1e-6)
    np.testing.assert_allclose(tf.convert_to_tensor(sparse), expected[1], rtol=1e-6)
