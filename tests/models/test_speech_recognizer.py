import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.heads import ctc_search
from multimodal_zoo.modalities import Audio, Image, Series
from multimodal_zoo.models import speech_recognizer
from tests.random_weights import randomise

SERIES = Series(3, 16, keep="oldest")
SMALL = {"num_classes": 5, "filters": (6,), "strides": (2,), "kernel": 3, "units": 4}


def recording(seed, length, steps=16):
    """The tensor of a recording, with its mask."""
    tensor = np.zeros((1, steps, 4), "float32")
    tensor[0, :length, :3] = np.random.default_rng(seed).normal(size=(length, 3))
    tensor[0, :length, 3] = 1
    return tensor


def answer(model, *arrays, **more):
    return ops.convert_to_numpy(model({"audio": np.concatenate(arrays), **more}, training=False))


def test_frames_are_distributions_and_blank_behind_the_recording():
    model = randomise(speech_recognizer(SERIES, **SMALL))
    probabilities = answer(model, recording(0, 16), recording(1, 7), recording(2, 0))
    assert probabilities.shape == (3, 8, 5)
    np.testing.assert_allclose(probabilities.sum(-1), 1, rtol=1e-5)
    blank = (probabilities == np.eye(5)[0]).all(-1)
    assert blank.sum(1).tolist() == [0, 4, 8]


def test_a_recording_reads_the_same_beside_a_longer_one_and_in_a_longer_network():
    model = randomise(speech_recognizer(SERIES, **SMALL))
    longer = randomise(speech_recognizer(Series(3, 31, keep="oldest"), **SMALL))
    alone = answer(model, recording(1, 7))
    np.testing.assert_allclose(answer(model, recording(0, 16), recording(1, 7))[1], alone[0], atol=1e-5)
    np.testing.assert_allclose(answer(longer, recording(1, 7, steps=31))[0, :4], alone[0, :4], atol=1e-5)


def test_loudness_and_microphone_make_no_difference():
    model = randomise(speech_recognizer(SERIES, **SMALL))
    one = recording(3, 12)
    other = one * np.float32([2.0, 0.5, 3.0, 1.0]) + one[..., 3:] * np.float32([5.0, -1.0, 0.0, 0.0])
    np.testing.assert_allclose(answer(model, one), answer(model, other), atol=1e-3)


def test_the_joint_is_the_mean_of_the_states():
    model = randomise(speech_recognizer(SERIES, **SMALL))
    states = keras.Model(model.input, [model.get_layer("joint").input[0], model.get_layer("joint").output])
    states, joint = (ops.convert_to_numpy(one) for one in states({"audio": recording(1, 7)}))
    np.testing.assert_allclose(joint[0], states[0, :4].mean(0), rtol=1e-5, atol=1e-6)


def test_a_recording_can_be_read_as_sound():
    audio = Audio(8000, 0.5, mels=12)
    model = randomise(speech_recognizer(audio, missing_modalities=True, **SMALL))
    spectrogram = np.random.default_rng(0).normal(size=(2, *audio.shape)).astype("float32")
    probabilities = answer(model, spectrogram, presence=np.float32([[1], [0]]))
    assert probabilities.shape == (2, 24, 5) and probabilities[0, :, 0].max() < 1
    numbers, scores = ctc_search(probabilities)
    assert not ops.convert_to_numpy(numbers)[1].any() and float(scores[1]) == pytest.approx(0, abs=1e-5)


def test_other_kinds_are_refused():
    for audio in (Image(8, 8, 1), Audio(8000, 0.5, features="waveform")):
        with pytest.raises(TypeError, match="speech_recognizer reads audio as Series, or as Audio with features"):
            speech_recognizer(audio)
