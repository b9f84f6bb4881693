"""The small CNNs for images and spectrograms against NumPy, and what they promise."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import image_cnn, log_mel_cnn
from multimodal_zoo.training.precision import precision
from tests.gradients import weight_gradients
from tests.random_weights import randomise

MADE = {
    "image_cnn": lambda **arguments: (keras.Input((9, 6, 2)), image_cnn((4, 8), cells=2, name="cnn", **arguments)),
    "log_mel_cnn": lambda **arguments: (keras.Input((9, 6)), log_mel_cnn((4, 8), name="cnn", **arguments)),
}


def made(name, seed=0, **arguments):
    inputs, encode = MADE[name](**arguments)
    return randomise(keras.Model(inputs, encode(inputs)), seed)


def tensors(model, rows=3):
    shape = (rows, *model.inputs[0].shape[1:])
    return np.random.default_rng(0).uniform(size=shape).astype("float32")


def convolved(images, kernel):
    above, beside = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(images, [[0, 0], [above, above], [beside, beside], [0, 0]])
    height, width = images.shape[1:3]
    return sum(
        np.einsum("bhwc,cf->bhwf", padded[:, row : row + height, column : column + width], kernel[row, column])
        for row in range(kernel.shape[0])
        for column in range(kernel.shape[1])
    )


def group_normalised(layer, x):
    rows, height, width, channels = x.shape
    grouped = x.reshape(rows, height, width, layer.groups, channels // layer.groups)
    mean = grouped.mean(axis=(1, 2, 4), keepdims=True)
    variance = grouped.var(axis=(1, 2, 4), keepdims=True)
    x = ((grouped - mean) / np.sqrt(variance + layer.epsilon)).reshape(x.shape)
    return x * ops.convert_to_numpy(layer.gamma) + ops.convert_to_numpy(layer.beta)


def pooled(x):
    height, width = x.shape[1] // 2, max(1, x.shape[2] // 2)
    across = min(2, x.shape[2])
    x = x[:, : height * 2, : width * across]
    return x.reshape(len(x), height, 2, width, across, -1).max(axis=(2, 4))


@pytest.mark.parametrize("normalization", [None, "group"])
@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_convolution_pooling_normalisation_relu_and_a_reading(name, normalization):
    model = made(name, normalization=normalization)
    given = tensors(model)
    # A series of frames is a picture one column wide whose channels are the mel bands.
    series = given.ndim == 3
    x = given.astype("float64")[:, :, None] if series else given.astype("float64")
    for block in ("block_1", "block_2"):
        convolution = model.get_layer(f"cnn_{block}_convolution")
        kernel = ops.convert_to_numpy(convolution.kernel)
        x = convolved(x, kernel[:, None] if series else kernel)
        if normalization is None:
            x = x + ops.convert_to_numpy(convolution.bias)
        x = pooled(x)
        if normalization is not None:
            x = group_normalised(model.get_layer(f"cnn_{block}_normalization"), x)
        x = np.maximum(x, 0)
    if series:
        wanted = x.max(axis=(1, 2))
    else:
        assert x.shape[1:3] == (2, 1)  # already no more than 2 x 2 cells
        dense = model.get_layer("cnn_cells")
        cells = x.reshape(len(x), -1) @ ops.convert_to_numpy(dense.kernel) + ops.convert_to_numpy(dense.bias)
        wanted = np.maximum(cells, 0)
    np.testing.assert_allclose(ops.convert_to_numpy(model(given)), wanted, rtol=1e-4, atol=1e-4)


def test_a_sound_is_answered_frame_by_frame_where_that_is_asked_for():
    each, whole = made("log_mel_cnn", return_sequence=True), made("log_mel_cnn")
    found = ops.convert_to_numpy(each(tensors(each)))
    assert found.shape == (3, 2, 8)
    np.testing.assert_array_equal(found.max(axis=1), ops.convert_to_numpy(whole(tensors(whole))))


@pytest.mark.parametrize("name", sorted(MADE))
def test_by_default_a_record_does_not_know_its_neighbours_in_training_either(name):
    model = made(name)
    given = tensors(model)
    whole = ops.convert_to_numpy(model(given, training=True))
    given[1:] = 0
    with_absent = ops.convert_to_numpy(model(given, training=True))
    np.testing.assert_allclose(with_absent[0], whole[0], rtol=1e-5, atol=1e-6)
    by_batch = made(name, normalization="batch")
    together = ops.convert_to_numpy(by_batch(tensors(model), training=True))
    assert np.abs(ops.convert_to_numpy(by_batch(given, training=True))[0] - together[0]).max() > 1e-3


@pytest.mark.parametrize("normalization", [None, "group", "batch"])
@pytest.mark.parametrize("name", sorted(MADE))
def test_every_weight_learns_and_blank_pictures_are_finite(name, normalization):
    model = made(name, normalization=normalization)
    given = tensors(model, rows=6)
    given[0] = 0
    target = np.random.default_rng(1).normal(size=(6, 8)).astype("float32")
    gradients = weight_gradients(
        model, ops.convert_to_tensor(given), loss=lambda found: ops.mean((found - target) ** 2)
    )
    for path, gradient in gradients.items():
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, path
    assert np.isfinite(ops.convert_to_numpy(model(np.zeros_like(given)))).all()


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_saved_and_stays_close_under_mixed_precision(name, tmp_path):
    model = made(name, dropout=0.2)
    given = tensors(model)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    wanted = ops.convert_to_numpy(model(given))
    np.testing.assert_array_equal(ops.convert_to_numpy(again(given)), wanted)
    with precision("mixed_bfloat16"):
        mixed = made(name)
    found = mixed(given)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(found, "float32")), wanted, rtol=0.05, atol=0.1)


def test_a_picture_smaller_than_the_halvings_still_has_an_answer():
    inputs = keras.Input((3, 20, 1))
    model = keras.Model(inputs, image_cnn((4, 4, 8, 8))(inputs))
    found = ops.convert_to_numpy(model(np.ones((2, 3, 20, 1), "float32")))
    assert found.shape == (2, 8) and np.isfinite(found).all()


def test_a_larger_picture_is_averaged_into_cells():
    model = keras.Model(inputs := keras.Input((18, 18, 1)), image_cnn((4,), cells=3, normalization=None)(inputs))
    pooling = next(layer for layer in model.layers if isinstance(layer, keras.layers.AveragePooling2D))
    assert pooling.output.shape == (None, 3, 3, 4)


def test_images_of_any_size_are_read_as_one_cell():
    inputs = keras.Input((None, None, 1))
    model = keras.Model(inputs, image_cnn((4, 8), cells=1)(inputs))
    assert np.isfinite(ops.convert_to_numpy(model(np.ones((2, 17, 9, 1), "float32")))).all()
    with pytest.raises(ValueError, match="need cells=1; received cells=4"):
        image_cnn((4, 8))(inputs)
    with pytest.raises(ValueError, match="cells must be at least 1; received cells=0"):
        image_cnn((4, 8), cells=0)


def test_the_frames_of_a_spectrogram_may_vary():
    inputs = keras.Input((None, 6))
    model = keras.Model(inputs, log_mel_cnn((4, 8))(inputs))
    assert np.isfinite(ops.convert_to_numpy(model(np.ones((2, 17, 6), "float32")))).all()


@pytest.mark.parametrize("encoder", [image_cnn, log_mel_cnn])
def test_what_they_refuse(encoder):
    with pytest.raises(ValueError, match="at least one number of filters"):
        encoder(())
    with pytest.raises(ValueError, match="filters must be positive; received 0"):
        encoder((0,))
    with pytest.raises(ValueError, match='"batch", "group" or None; received \'layer\''):
        encoder((4,), normalization="layer")
    with pytest.raises(ValueError, match=r"received the shape \(None, 5\)"):
        encoder((4,))(keras.Input((5,)))
