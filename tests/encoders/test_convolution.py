"""The layer Conv2D: the same numbers as Keras' own, forwards and backwards, by the way that training takes."""

import keras
import numpy as np
import pytest

from multimodal_zoo.encoders import convolution
from multimodal_zoo.encoders.convolution import Conv2D
from tests.random_weights import randomise

tf = pytest.importorskip("tensorflow")
on_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the faster way is TensorFlow's")
pytestmark = pytest.mark.usefixtures("always_faster")
IMAGES = np.random.default_rng(0).normal(size=(3, 6, 5, 2)).astype("float32")


@pytest.fixture
def always_faster(monkeypatch):
    """The two channels of the tests go the way of many."""
    monkeypatch.setattr(convolution, "FASTER_FROM", 1)


def beside_keras(kernel_size=3, **settings):
    """The layer, and Keras' own with the same weights."""
    settings = {"padding": "same", **settings}
    layers = Conv2D(4, kernel_size, **settings), keras.layers.Conv2D(4, kernel_size, **settings)
    for layer in layers:
        layer.build(IMAGES.shape)
    randomise(layers[0])
    layers[1].set_weights(layers[0].get_weights())
    return layers


def answer_and_gradients(layer, images, compiled=False):
    """What a training step sees, and the gradients of a loss that weighs all that comes out."""
    images = tf.constant(images)
    factors = tf.random.stateless_normal((*images.shape[:-1], layer.filters), (1, 2))

    @tf.function(jit_compile=compiled, input_signature=[tf.TensorSpec((None, *images.shape[1:]))])
    def train(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            seen = layer(images, training=True)
            loss = tf.reduce_sum(factors * seen**2)
        return seen, tape.gradient(loss, [images, *layer.trainable_variables])

    seen, gradients = train(images)
    return [seen.numpy(), *(one.numpy() for one in gradients)]


@on_tensorflow
@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "XLA"])
@pytest.mark.parametrize("kernel_size", [1, 3, 5, (3, 1), (1, 5), 7])
def test_images_and_gradients_are_those_of_keras(kernel_size, compiled):
    """Also of kernels that are larger than what they read."""
    ours, theirs = beside_keras(kernel_size)
    assert ours.goes_by_shifts(IMAGES)
    found = answer_and_gradients(ours, IMAGES, compiled)
    for one, other in zip(found, answer_and_gradients(theirs, IMAGES), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-4)


@on_tensorflow
@pytest.mark.parametrize("settings", [{"use_bias": False}, {"activation": "relu"}])
@pytest.mark.parametrize("size", [(1, 1), (1, 4), (2, 2)])
def test_settings_and_small_images(settings, size):
    ours, theirs = beside_keras(**settings)
    images = IMAGES[:, : size[0], : size[1]]
    for one, other in zip(answer_and_gradients(ours, images), answer_and_gradients(theirs, images), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)


@on_tensorflow
def test_a_gradient_of_the_gradient():
    ours, theirs = beside_keras()

    def slope_of_slope(layer):
        images = tf.constant(IMAGES)
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as inner:
                inner.watch(images)
                loss = tf.reduce_sum(layer(images, training=True) ** 3)
            slope = inner.gradient(loss, layer.kernel)
            total = tf.reduce_sum(slope**2)
        return outer.gradient(total, images)

    np.testing.assert_allclose(slope_of_slope(ours), slope_of_slope(theirs), rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize(
    "settings",
    [
        {"padding": "valid"},
        {"strides": 2},
        {"dilation_rate": 2},
        {"groups": 2},
        {"kernel_size": 2},
        {"dtype": "mixed_float16"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_the_faster_way_does_not_do_is_left_to_keras(settings):
    assert not Conv2D(**{"filters": 4, "kernel_size": 3, "padding": "same", **settings}).goes_by_shifts(IMAGES)


def test_few_channels_and_images_of_any_size_are_left_to_keras(monkeypatch):
    layer = Conv2D(4, 3, padding="same")
    assert not layer.goes_by_shifts(keras.Input((None, 5, 2)))
    monkeypatch.setattr(convolution, "FASTER_FROM", 3)
    assert not layer.goes_by_shifts(IMAGES)


def test_only_training_takes_it(monkeypatch):
    layer = Conv2D(4, 3, padding="same")
    monkeypatch.setattr(layer, "goes_by_shifts", lambda inputs: pytest.fail("asked"))
    layer(IMAGES)
    layer(IMAGES, training=False)


def test_a_saved_model_has_the_same_layer(tmp_path):
    images = keras.Input((6, 5, 2))
    model = keras.Model(images, Conv2D(4, 3, padding="same", activation="relu")(images))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[1]) is Conv2D
    np.testing.assert_array_equal(loaded.predict(IMAGES, verbose=0), model.predict(IMAGES, verbose=0))
