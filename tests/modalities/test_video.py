"""Videos by hand: which frames are seen, and what broken ones become."""

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Image, Video, batch_records
from tests.gif_bytes import gif_bytes

# Frame i is (10 i + 5) / 255 all over.
SHADES = np.arange(5, 255, 10, dtype="uint8")
FRAMES = np.tile(SHADES[:, None, None], (1, 6, 8))


def png(shade, height=6, width=8):
    return tf.io.encode_png(np.full((height, width, 1), shade, "uint8")).numpy()


STILLS = [png(shade) for shade in SHADES]


def decoded(video, *values):
    return video.decode(batch_records({"x": video}, [{"x": value} for value in values])["x"])


def shades(tensor):
    """The grey of each frame that is there, after checking that it is the same all over; the mask of all."""
    tensor = tensor.numpy() if hasattr(tensor, "numpy") else tensor
    mask = tensor[..., -1]
    assert (mask == mask[:, :1, :1]).all() and not tensor[mask[:, 0, 0] == 0].any()
    seen = tensor[mask[:, 0, 0] == 1][..., :-1]
    assert np.ptp(seen, axis=(1, 2, 3)).max(initial=0) < 1e-5
    return np.round(seen[:, 0, 0, 0] * 255).astype(int).tolist(), mask[:, 0, 0].astype(int).tolist()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("value", [gif_bytes(FRAMES), STILLS], ids=["gif", "stills"])
def test_frames_are_spread_evenly_over_the_video(value, channels):
    found = decoded(Video(5, 4, 4, channels), value)
    assert found.tensor.shape == (1, 5, 4, 4, channels + 1)
    assert shades(found.tensor[0]) == ([25, 75, 125, 175, 225], [1] * 5)
    assert found.given.numpy().tolist() == found.present.numpy().tolist() == [True]


@pytest.mark.parametrize("as_gif", [True, False])
def test_a_stride_takes_frames_from_the_beginning(as_gif):
    video = Video(4, 4, 4, 1, stride=3)
    long, short = (FRAMES, FRAMES[:5]) if as_gif else (STILLS, STILLS[:5])
    found = decoded(video, gif_bytes(long), gif_bytes(short)) if as_gif else decoded(video, long, short)
    assert shades(found.tensor[0]) == ([5, 35, 65, 95], [1, 1, 1, 1])
    assert shades(found.tensor[1]) == ([5, 35], [1, 1, 0, 0])


def test_a_short_video_ends_in_padding_or_repeats_its_frames():
    for value in (gif_bytes(FRAMES[:2]), STILLS[:2]):
        assert shades(decoded(Video(4, 4, 4, 1), value).tensor[0]) == ([5, 15], [1, 1, 0, 0])
        assert shades(decoded(Video(4, 4, 4, 1, repeat=True), value).tensor[0]) == ([5, 5, 15, 15], [1] * 4)
    assert shades(decoded(Video(4, 4, 4, 1, stride=2, repeat=True), STILLS[:4]).tensor[0])[0] == [5, 5, 25, 25]


def test_one_still_is_seen_as_an_image_sees_it():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype("uint8")
    for encoded in (tf.io.encode_png(pixels).numpy(), tf.io.encode_jpeg(pixels).numpy()):
        for resize in ("stretch", "pad", "crop"):
            seen = decoded(Video(2, 8, 8, 3, resize=resize), encoded).tensor[0, 0, :, :, :3]
            wanted = Image(8, 8, 3, resize=resize).decode(tf.constant([encoded])).tensor[0]
            np.testing.assert_array_equal(seen, wanted)


def test_the_frames_of_a_gif_are_resized_as_an_image_is():
    pixels = np.random.default_rng(0).integers(0, 256, (1, 20, 30)).astype("uint8")
    for resize in ("stretch", "pad", "crop"):
        seen = decoded(Video(2, 8, 8, 3, resize=resize), gif_bytes(pixels)).tensor[0, 0, :, :, :3]
        wanted = Image(8, 8, 3, resize=resize).decode(tf.constant([gif_bytes(pixels)])).tensor[0]
        np.testing.assert_allclose(seen, wanted, atol=1e-6)


def test_absent_and_broken_rows_leave_the_others_alone():
    video = Video(3, 4, 4, 1)
    gif = gif_bytes(FRAMES[:3])
    rows = [STILLS[:3], [], b"no video", gif, gif[:800], [STILLS[0], b"broken", STILLS[2]], [b"x", b"y"], [b"", b""]]
    found = decoded(video, *rows)
    assert found.given.numpy().tolist() == [True, False, True, True, True, True, True, False]
    assert found.present.numpy().tolist() == [True, False, False, True, False, True, False, False]
    assert shades(found.tensor[5]) == ([5, 25], [1, 0, 1])
    for row in (1, 2, 4, 6, 7):
        assert not found.tensor[row].numpy().any()
    assert shades(decoded(video, gif[:900]).tensor[0]) == ([5], [1, 0, 0])
    for row in (0, 3, 5):
        np.testing.assert_array_equal(found.tensor[row], decoded(video, rows[row]).tensor[0])


def test_what_declares_too_many_pixels_in_all_is_not_decoded():
    video = Video(4, 4, 4, 1, max_pixels=100)
    sound, large = [png(9, 5, 5)] * 4, [png(9, 5, 5)] * 3 + [png(9, 5, 6)]
    found = decoded(video, sound, large, gif_bytes(FRAMES[:2]), gif_bytes(FRAMES[:3]), [png(1, 200, 200), png(1, 1, 1)])
    assert found.given.numpy().all()
    assert found.present.numpy().tolist() == [True, False, True, False, False]
    # Of stills only those that are seen count.
    assert decoded(Video(1, 4, 4, 1, max_pixels=100), [png(9, 9, 9)] * 20).present.numpy().tolist() == [True]


def test_batches_of_nothing():
    video = Video(2, 4, 4, 1)
    assert video.decode(tf.zeros((0, 3), tf.string)).tensor.shape == (0, 2, 4, 4, 2)
    for empty in (tf.fill((2, 0), ""), tf.fill((2, 3), "")):
        assert not video.decode(empty).given.numpy().any()


def test_all_frames_move_alike_and_padding_stays_empty():
    video = Video(4, 8, 8, 3, flip=True, crop=0.3, rotate=30.0, noise=0.01)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype("uint8")
    tensor = tf.repeat(decoded(video, np.stack([pixels] * 3)).tensor, 16, axis=0)
    still_video = Video(4, 8, 8, 3, flip=True, crop=0.3, rotate=30.0)
    varied = still_video.augment(tensor, tf.constant([1, 2], tf.int64)).numpy()
    np.testing.assert_allclose(varied[:, 0], varied[:, 2], atol=1e-5)
    assert not np.allclose(varied[0], varied[1]) and not varied[:, 3].any()
    image = Image(8, 8, 3, flip=True, crop=0.3, rotate=30.0)
    wanted = image.augment(tensor[:, 0, :, :, :3], tf.constant([1, 2], tf.int64))
    np.testing.assert_allclose(varied[:, 0, :, :, :3], wanted, atol=1e-5)
    noisy = video.augment(tensor, tf.constant([1, 2], tf.int64)).numpy()
    assert not noisy[:, 3].any() and noisy[..., :3].min() >= 0 and noisy[..., :3].max() <= 1
    assert Video(4, 8, 8, 3).augment(tensor, tf.constant([0, 0])) is tensor


def test_measures():
    video = Video(4, 6, 8, 1)
    raw = batch_records({"x": video}, [{"x": [png(51), png(51), png(153)]}, {"x": [png(255)]}])["x"]
    found = video.measures(raw, video.decode(raw).tensor)
    np.testing.assert_allclose(found["frames"], [3, 1])
    np.testing.assert_allclose(found["brightness"], [(0.2 + 0.2 + 0.6) / 3, 1.0], atol=1e-6)
    np.testing.assert_allclose(found["contrast"], [0, 0], atol=1e-6)
    np.testing.assert_allclose(found["motion"], [0.2, 0], atol=1e-6)


def test_what_a_person_has(tmp_path):
    file = tmp_path / "0.png"
    file.write_bytes(STILLS[0])
    video = Video(4, 6, 8, 1)
    assert video.encode(str(file)) == video.encode([file]) == [STILLS[0]]
    assert video.encode(None) == video.encode([]) == video.encode(["", b""]) == []
    assert video.encode(np.array([b"a\0", b"b"], object)) == [b"a\0", b"b"]
    assert video.encode(FRAMES[:2, :, :, None]) == STILLS[:2]
    with pytest.raises(TypeError, match="bytes or the path"):
        video.encode(3.5)
    with pytest.raises(TypeError, match="pixels are uint8 .* got float32"):
        video.encode(np.zeros((2, 4, 4, 1), "float32"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"frames": 0}, "frames has to be greater than 0"),
        ({"stride": 0}, "stride has to be greater than 0"),
        ({"channels": 2}, "channels is 1"),
        ({"resize": "squeeze"}, "resize is one of"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        Video(**{"frames": 2, "height": 4, "width": 4, **arguments})
