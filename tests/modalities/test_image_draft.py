"""JPEGs decoded at a fraction of their size: nearly the same picture, in training and when served."""

import dataclasses
import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image as Pillow

from multimodal_zoo.modalities import Image
from multimodal_zoo.modalities.image_header import jpeg_size
from multimodal_zoo.modalities.modality import Modality


def scene(height, width, edges=True):
    """Smooth colours, with an edge and a disc or without."""
    y, x = (np.mgrid[0:height, 0:width] + 0.5) / [[[height]], [[width]]]
    pixels = np.stack([x, y, 0.5 + 0.5 * np.sin(6 * x * y)], axis=-1)
    if edges:
        pixels[x > 0.7] *= 0.4
        pixels[(x - 0.3) ** 2 + (y - 0.5) ** 2 < 0.04] = [1.0, 0.9, 0.1]
    return np.round(255 * pixels).astype("uint8")


def jpeg(height, width, edges=True):
    return tf.io.encode_jpeg(scene(height, width, edges), quality=95).numpy()


def decoded(image, *raw):
    found = image.decode(tf.constant(raw))
    return found.tensor.numpy(), found.present.numpy().tolist()


@pytest.mark.parametrize(
    ("height", "width", "halvings"),
    [(31, 31, 0), (63, 64, 0), (64, 64, 1), (64, 500, 1), (127, 127, 1), (128, 128, 2), (255, 256, 2), (900, 700, 3)],
)
def test_the_size_is_halved_as_often_as_the_target_allows(height, width, halvings):
    assert int(Image(32, 32, draft=True).halvings(jpeg_size(tf.constant(jpeg(height, width))))) == halvings


def test_what_is_no_jpeg_is_never_halved():
    image = Image(8, 8, draft=True)
    for other in (tf.io.encode_png(scene(90, 90)).numpy(), b"", b"\xff\xd8", b"junk"):
        assert int(image.halvings(jpeg_size(tf.constant(other)))) == 0
    png = tf.io.encode_png(scene(90, 90)).numpy()
    np.testing.assert_array_equal(decoded(image, png)[0], decoded(Image(8, 8), png)[0])


@pytest.mark.parametrize("halvings", [1, 2, 3])
def test_pixels_are_those_that_the_library_of_the_format_decodes_at_that_size(halvings):
    """Pillow's `draft` asks the same of libjpeg."""
    raw = jpeg(256, 320)
    target = (256 >> halvings, 320 >> halvings)
    found = Image(*target, draft=True).pixels(tf.constant(raw))[0].numpy()
    other = Pillow.open(io.BytesIO(raw))
    other.draft("RGB", target[::-1])
    wanted = np.asarray(other.convert("RGB"), "int32")
    assert found.shape == wanted.shape == (*target, 3)
    # Each has its own way to make the halved colours large again.
    assert np.abs(found.astype("int32") - wanted).mean() < 1.0


@pytest.mark.parametrize("resize", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("size", [(64, 64), (66, 88), (100, 300), (300, 257), (600, 800)])
def test_the_picture_differs_little(resize, size):
    whole = Image(32, 32, resize=resize)
    draft = dataclasses.replace(whole, draft=True)
    # Sides that are no multiple of 8 are rounded up: at the far end by less than a pixel of what the network sees, and
    # from one pixel to the next these colours change by 0.1 at most. An edge stays sharp where the filter blurs it.
    for edges, mean, most in ((False, 0.02, 0.1), (True, 0.03, 0.5)):
        raw = jpeg(*size, edges)
        (tensor, present), (wanted, _) = decoded(draft, raw), decoded(whole, raw)
        difference = np.abs(tensor - wanted)
        assert present == [True]
        assert difference.mean() < mean and difference.max() < most


@pytest.mark.parametrize("resize", ["stretch", "pad", "crop"])
def test_what_is_decoded_at_the_right_size_is_left_as_it_is(resize):
    image, raw = Image(32, 40, resize=resize, draft=True), jpeg(128, 160)
    pixels = tf.io.decode_jpeg(raw, channels=3, ratio=4).numpy()
    np.testing.assert_allclose(decoded(image, raw)[0][0], pixels / 255.0, atol=1e-6)
    np.testing.assert_allclose(dataclasses.replace(image, draft=False).resized(pixels), pixels / 255.0, atol=1e-6)


def test_smaller_pictures_are_decoded_as_before():
    raw = jpeg(60, 63)
    np.testing.assert_array_equal(decoded(Image(32, 32, draft=True), raw)[0], decoded(Image(32, 32), raw)[0])


def test_a_broken_jpeg_is_absent_and_leaves_the_others_alone():
    image, raw = Image(16, 16, draft=True), jpeg(100, 100)
    tensor, present = decoded(image, raw, raw[:200], b"\xff\xd8\xff junk", b"", raw)
    assert present == [True, False, False, False, True]
    np.testing.assert_array_equal(tensor[0], decoded(image, raw)[0][0])
    np.testing.assert_array_equal(tensor[4], tensor[0])
    assert not tensor[1:4].any()


def test_a_grey_network_sees_a_grey_picture():
    tensor, _ = decoded(Image(16, 16, 1, draft=True), jpeg(100, 100))
    assert tensor.shape == (1, 16, 16, 1)
    np.testing.assert_allclose(tensor, decoded(Image(16, 16, 1), jpeg(100, 100))[0], atol=0.2)


def test_a_bundle_keeps_the_choice_and_older_ones_have_none():
    config = Image(16, 16, draft=True).to_config()
    assert Modality.from_config(config) == Image(16, 16, draft=True)
    del config["draft"]
    assert Modality.from_config(config) == Image(16, 16)


def test_an_export_does_the_same(tmp_path):
    """In a SavedModel, without this package."""
    image = Image(16, 16, draft=True)
    module = tf.Module()
    module.decode = tf.function(
        lambda raw: image.decode(raw).tensor, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False
    )
    tf.saved_model.save(module, str(tmp_path / "export"))
    raw = [jpeg(100, 120), jpeg(20, 20), tf.io.encode_png(scene(90, 90)).numpy(), b"", jpeg(700, 600)]
    loaded = tf.saved_model.load(str(tmp_path / "export"))
    np.testing.assert_array_equal(loaded.decode(tf.constant(raw)).numpy(), decoded(image, *raw)[0])
