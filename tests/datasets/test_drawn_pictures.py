import numpy as np
import tensorflow as tf

from multimodal_zoo.datasets.drawn_pictures import png_pictures


def test_what_is_drawn_is_what_is_decoded():
    pixels = np.array([[[0.0, 0.5], [1.0, 0.25]], [[-3.0, 7.0], [0.001, 0.999]]])
    found = [tf.io.decode_png(one).numpy()[..., 0].tolist() for one in png_pictures(pixels)]
    assert found == [[[0, 128], [255, 64]], [[0, 255], [0, 255]]]
