"""The counts of a sketch against counting by hand, and the measures of each kind of modality."""

import json

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Audio, Image, MultiCategorical, Numeric, Text, wav_bytes
from multimodal_zoo.monitoring import sketch_inputs


def png(value, height=4, width=5):
    return tf.io.encode_png(tf.fill((height, width, 1), tf.constant(value, tf.uint8))).numpy()


def test_presence_counts_present_absent_and_undecodable():
    image = {"image": Image(4, 4, 1)}
    sketch = sketch_inputs(image, [{"image": tf.constant([png(0), b"", b"junk"])}, {"image": tf.constant([png(9)])}])
    assert sketch["image"]["presence"] == {"ids": [0, 1, 2], "counts": [2, 1, 1], "records": 4}
    assert sketch["image"]["brightness"]["records"] == 2


def test_the_measures_of_an_image():
    half = np.zeros((4, 4, 1), "uint8")
    half[:, :2] = 255
    raw = tf.constant([png(51, 1000, 2000), tf.io.encode_png(half).numpy()])
    image = Image(4, 4, 1)
    found = image.measures(raw, image.decode(raw).tensor)
    np.testing.assert_allclose(found["brightness"], [0.2, 0.5], atol=1e-6)
    np.testing.assert_allclose(found["contrast"], [0.0, 0.5], atol=1e-6)
    np.testing.assert_allclose(found["megapixels"], [2.0, 16e-6], rtol=1e-6)


def test_the_measures_of_a_sound():
    loud, soft = 0.5 * np.sin(np.arange(4000) / 3.0), 0.005 * np.sin(np.arange(8000) / 3.0)
    raw = tf.constant([wav_bytes(loud, 8000), wav_bytes(soft, 4000)])
    audio = Audio(sample_rate=8000, seconds=0.25)
    found = audio.measures(raw, audio.decode(raw).tensor)
    wanted = [10 * np.log10(np.mean(loud**2)), 10 * np.log10(np.mean(soft**2))]
    np.testing.assert_allclose(found["loudness"], wanted, atol=0.05)
    np.testing.assert_allclose(found["seconds"], [0.5, 2.0])


def test_the_measures_of_a_text():
    text = Text(10, 3).adapt(["heart large heart"])
    raw = tf.constant(["Heart is large, heart", "new"])
    found = text.measures(raw, text.decode(raw).tensor)
    np.testing.assert_allclose(found["words"], [4, 1])
    np.testing.assert_allclose(found["unknown_words"], [0.25, 1.0])
    assert found["word"].numpy().tolist() == [2, 1, 3, 2, 1]


def test_the_measures_of_several_ids_and_of_numbers():
    genres = MultiCategorical(10, 2).adapt([["war", "drama"], ["war"]])
    raw = tf.constant([["war", "drama", "war"], ["new", "", ""]])
    found = genres.measures(raw, genres.decode(raw).tensor)
    assert found["count"].numpy().tolist() == [3, 1] and found["id"].numpy().tolist() == [2, 3, 1]
    assert sorted(Numeric(2).measures(tf.constant([[1.0, 2.0]]), None)) == ["value_0", "value_1"]


def test_numbers_are_counted_by_tenths_and_again_by_the_same_bins():
    modality = {"age": Numeric().adapt([1.0, 2.0])}
    ages = tf.range(100, dtype=tf.float32)[:, None]
    first = sketch_inputs(modality, [{"age": ages}])
    assert first["age"]["value"]["counts"] == [10] * 10
    again = sketch_inputs(modality, [{"age": ages + 50}], like=first)
    edges = first["age"]["value"]["edges"]
    assert again["age"]["value"]["edges"] == edges
    wanted = np.histogram(np.arange(50, 150), [-np.inf, *np.nextafter(edges, np.inf), np.inf])[0]
    assert again["age"]["value"]["counts"] == wanted.tolist()


def test_a_frequent_value_has_a_bin_of_its_own():
    modality = {"age": Numeric().adapt([1.0, 2.0])}
    sketch = sketch_inputs(modality, [{"age": tf.constant([[0.0]] * 90 + [[5.0]] * 10)}])
    assert sum(sketch["age"]["value"]["counts"]) == 100 and 90 in sketch["age"]["value"]["counts"]


def test_ids_beyond_the_most_frequent_are_the_rest():
    text = {"text": Text(100, 60).adapt([" ".join(f"w{number}" for number in range(40))])}
    words = [" ".join(f"w{number}" for number in range(30)) + " w0 w1"]
    sketch = sketch_inputs(text, [{"text": tf.constant(words)}])["text"]["word"]
    assert len(sketch["ids"]) == 21 and sketch["ids"][-1] == -1
    assert sketch["counts"] == [2, 2, *[1] * 18, 10]
    unseen = sketch_inputs(text, [{"text": tf.constant(["w39 w0"])}], like={"text": {"word": sketch}})
    assert unseen["text"]["word"]["counts"] == [1, *[0] * 19, 1]


def test_it_is_json_and_nothing_cannot_be_sketched():
    modality = {"note": Text(10, 3).adapt(["a"])}
    sketch = sketch_inputs(modality, [{"note": tf.constant(["a b"])}])
    assert json.loads(json.dumps(sketch)) == sketch
    with pytest.raises(ValueError, match="no input"):
        sketch_inputs(modality, [])
