import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Image
from multimodal_zoo.modalities.image import centre_of_ratio


def png(pixels):
    return tf.io.encode_png(tf.constant(pixels, tf.uint8)).numpy()


GRADIENT = np.tile(np.arange(0, 256, 16, dtype="uint8")[None, :, None], (16, 1, 1))


def test_png_of_the_same_size_comes_back_exactly():
    decoded = Image(16, 16, 1).decode(tf.constant([png(GRADIENT)]))
    np.testing.assert_allclose(decoded.tensor[0].numpy(), GRADIENT / 255.0, atol=1e-6)
    assert decoded.given.numpy().tolist() == decoded.present.numpy().tolist() == [True]


def test_grey_bytes_become_three_equal_channels():
    tensor = Image(16, 16, 3).decode(tf.constant([png(GRADIENT)])).tensor[0].numpy()
    assert np.array_equal(tensor[..., 0], tensor[..., 2])


@pytest.mark.parametrize("encode", [tf.io.encode_jpeg, tf.io.encode_png], ids=["jpeg", "png"])
def test_formats(encode):
    white = tf.fill((20, 30, 3), tf.constant(255, tf.uint8))
    decoded = Image(8, 8, 3).decode(tf.constant([encode(white).numpy()]))
    np.testing.assert_allclose(decoded.tensor[0].numpy(), 1.0, atol=0.01)


def test_broken_elements_are_absent_and_leave_the_others_alone():
    good, jpeg = png(GRADIENT), tf.io.encode_jpeg(tf.constant(np.tile(GRADIENT, (4, 4, 1)))).numpy()
    image = Image(16, 16, 1)
    rows = [good, b"", b"a text, no image", jpeg[: len(jpeg) // 2], jpeg, good[:40]]
    decoded = image.decode(tf.constant(rows))
    assert decoded.given.numpy().tolist() == [True, False, True, True, True, True]
    assert decoded.present.numpy().tolist() == [True, False, False, False, True, False]
    alone = image.decode(tf.constant([jpeg])).tensor[0]
    np.testing.assert_array_equal(decoded.tensor[4], alone)
    for row in (1, 2, 3, 5):
        assert not decoded.tensor[row].numpy().any()


@pytest.mark.parametrize("resize", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("draft", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_batch_is_what_tensorflow_makes_of_each_image_alone(channels, draft, resize):
    """Of every format, with and without a row that cannot be read; a draft is decoded at half the size first."""
    random = np.random.default_rng(0)
    pixels = [random.integers(0, 256, (*size, 3)).astype("uint8") for size in ((40, 52), (33, 17), (12, 10), (4, 90))]
    jpegs = [tf.io.encode_jpeg(one).numpy() for one in pixels]
    image = Image(20, 24, channels, resize=resize, draft=draft)

    def alone(raw, ratio=1):
        if ratio > 1:
            whole = tf.io.decode_jpeg(raw, channels=channels, ratio=ratio)
        else:
            whole = tf.io.decode_image(raw, channels=channels, expand_animations=False)
        if resize == "pad":
            fitted = tf.image.resize_with_pad(whole, 20, 24, antialias=True)
        else:
            kept = centre_of_ratio(whole, 20, 24) if resize == "crop" else whole
            fitted = tf.image.resize(kept, (20, 24), antialias=True)
        return np.clip(fitted.numpy() / 255.0, 0.0, 1.0)

    expected = [alone(raw, ratio=2 if draft and number == 0 else 1) for number, raw in enumerate(jpegs)]
    expected.append(alone(png(pixels[1])))
    whole = image.decode(tf.constant([*jpegs, png(pixels[1])]))
    assert whole.present.numpy().all()
    np.testing.assert_allclose(whole.tensor, expected, atol=1e-6)
    gaps = image.decode(tf.constant([b"", *jpegs, b"junk", png(pixels[1])]))
    assert gaps.present.numpy().tolist() == [False, *[True] * 4, False, True]
    np.testing.assert_array_equal(gaps.tensor.numpy()[[1, 2, 3, 4, 6]], whole.tensor)
    assert not gaps.tensor.numpy()[[0, 5]].any()


def test_a_batch_of_nothing_and_a_batch_of_only_absent_images():
    image = Image(8, 8, 1)
    assert image.decode(tf.constant([], tf.string)).tensor.shape == (0, 8, 8, 1)
    assert not image.decode(tf.constant([b"", b""])).present.numpy().any()


def test_pad_keeps_the_aspect_ratio_and_crop_fills_the_frame():
    wide = png(np.full((10, 20, 1), 255, "uint8"))
    padded = Image(20, 20, 1, resize="pad").decode(tf.constant([wide])).tensor[0, :, :, 0].numpy()
    assert padded[:5].max() == 0 and padded[15:].max() == 0 and padded[6:14].min() > 0.99
    cropped = Image(20, 20, 1, resize="crop").decode(tf.constant([wide])).tensor.numpy()
    assert cropped.min() > 0.99


def test_crop_keeps_the_centre_and_never_enlarges_what_it_cuts_away():
    stripes = np.zeros((4, 12, 1), "uint8")
    stripes[:, 4:8] = 255
    cropped = Image(8, 8, 1, resize="crop").decode(tf.constant([png(stripes)])).tensor.numpy()
    assert cropped.min() > 0.99
    # Enlarged first, this line would take gigabytes.
    line = png(np.full((1, 60_000, 1), 255, "uint8"))
    decoded = Image(256, 256, 1, resize="crop").decode(tf.constant([line]))
    assert decoded.present.numpy().tolist() == [True] and decoded.tensor.numpy().min() > 0.99


def test_augmentation_repeats_by_seed_and_differs_between_seeds():
    image = Image(16, 16, 1, crop=0.2, flip=True, rotate=20, noise=0.05)
    batch = image.decode(tf.constant([png(GRADIENT)] * 4)).tensor
    once = image.augment(batch, tf.constant([1, 2], tf.int64)).numpy()
    assert np.array_equal(once, image.augment(batch, tf.constant([1, 2], tf.int64)).numpy())
    assert not np.allclose(once, image.augment(batch, tf.constant([1, 3], tf.int64)).numpy())
    assert once.min() >= 0 and once.max() <= 1


def test_flip_mirrors_left_and_right_exactly():
    image = Image(16, 16, 1, flip=True)
    batch = image.decode(tf.constant([png(GRADIENT)] * 32)).tensor
    flipped = image.augment(batch, tf.constant([0, 0], tf.int64)).numpy()
    kinds = {("same" if np.allclose(one, batch[0], atol=1e-5) else "mirrored") for one in flipped}
    assert kinds == {"same", "mirrored"}
    for one in flipped:
        assert np.allclose(one, batch[0], atol=1e-5) or np.allclose(one, batch[0].numpy()[:, ::-1], atol=1e-5)


@pytest.mark.parametrize("shape", [(40, 16, 12, 3), (40, 7, 9, 1), (1, 5, 5, 3), (0, 8, 8, 3)])
def test_a_flip_alone_is_the_transform_without_resampling(shape):
    """The same images are mirrored, and each pixel is the very same."""
    image = Image(shape[1], shape[2], shape[3], flip=True)
    batch, seed = tf.random.stateless_uniform(shape, (1, 2)), tf.constant([3, 4], tf.int64)
    np.testing.assert_array_equal(image.augment(batch, seed), image.moved(batch, seed))


def test_without_augmentation_settings_nothing_changes():
    batch = tf.random.uniform((2, 8, 8, 1))
    assert Image(8, 8, 1).augment(batch, tf.constant([0, 0])) is batch


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"height": 0, "width": 8}, "height has to be greater than 0"),
        ({"height": 8, "width": 8, "channels": 2}, "1 (grey) or 3 (RGB)"),
        ({"height": 8, "width": 8, "resize": "squeeze"}, "stretch, pad, crop"),
        ({"height": 8, "width": 8, "crop": 1.5}, "share"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match="Image") as error:
        Image(**arguments)
    assert words in str(error.value)


def test_a_record_may_name_a_file(tmp_path):
    file = tmp_path / "x.png"
    file.write_bytes(png(GRADIENT))
    image = Image(16, 16, 1)
    assert image.encode(str(file)) == image.encode(file) == file.read_bytes()
    assert image.encode(None) == b"" and image.encode("") == b""
    with pytest.raises(TypeError, match="bytes or the path"):
        image.encode(3.5)
