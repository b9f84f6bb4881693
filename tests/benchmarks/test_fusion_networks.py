import keras
import numpy as np
import pytest
from fusion_networks import vector_network, video_network, windows

VIDEO = {"length": 6, "dim": 8, "dropout": 0.0, "modality_dropout": 0.0, "steps": 3}
WIDTHS = {"text": 3, "audio": 2, "video": 4}


def videos(count=2, seed=0):
    random = np.random.default_rng(seed)
    return {name: random.standard_normal((count, 6, width)).astype("float32") for name, width in WIDTHS.items()}


def test_windows_hold_an_utterance_last_and_those_before_it():
    utterances = np.arange(1, 9, dtype="float32").reshape(2, 4, 1)
    expected = [[0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [0, 0, 5], [0, 5, 6], [5, 6, 7], [6, 7, 8]]
    np.testing.assert_array_equal(windows(keras.ops.convert_to_tensor(utterances), 3)[..., 0], expected)


@pytest.mark.parametrize("fusion", ["concat", "tensor_fusion", "memory_fusion", "perceiver"])
def test_an_absent_modality_is_silent_in_the_whole_video(fusion):
    model = video_network(WIDTHS, 2, fusion, **VIDEO)
    presence = np.array([[1, 0, 1], [1, 1, 1]], "float32")
    inputs = videos()
    other = {**inputs, "audio": inputs["audio"] + np.array([7.0, 0.0], "float32")[:, None, None]}
    first, second = (np.asarray(model({**one, "presence": presence})) for one in (inputs, other))
    np.testing.assert_allclose(first, second, atol=1e-6)
    complete = np.asarray(model({**inputs, "presence": np.ones((2, 3), "float32")}))
    assert np.abs(complete[0] - first[0]).max() > 1e-4
    np.testing.assert_allclose(complete[1], first[1], atol=1e-6)


def test_the_answer_of_an_utterance_depends_on_the_others_of_its_video_only():
    model = video_network(WIDTHS, 2, "concat", **VIDEO)
    inputs = {**videos(), "presence": np.ones((2, 3), "float32")}
    changed = {**inputs, "text": inputs["text"].copy()}
    changed["text"][0, 5] += 5
    difference = np.abs(np.asarray(model(changed)) - np.asarray(model(inputs))).max(axis=-1)
    # Two convolutions, each of which sees two utterances on either side.
    assert (difference[0] > 1e-6).tolist() == [False, True, True, True, True, True]
    assert not difference[1].any()
    np.testing.assert_allclose(np.asarray(model(inputs)).sum(axis=-1), 1, atol=1e-5)


def test_a_modality_alone_needs_no_presence():
    assert list(vector_network({"a": 4}, 3, "concat", dim=8, dropout=0.1, modality_dropout=0.3).input) == ["a"]
    assert list(video_network({"text": 3}, 2, "concat", **VIDEO).input) == ["text"]
