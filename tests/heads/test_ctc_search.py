import numpy as np
import pytest
from keras import ops

from multimodal_zoo.heads import ctc_search
from tests.heads.spoken_texts import collapsed, random_frames, text_probabilities


def searched(frames, beam_width):
    numbers, scores = (ops.convert_to_numpy(one) for one in ctc_search(frames, beam_width))
    assert numbers.shape == frames.shape[:2] and numbers.dtype == np.int32 and scores.shape == frames.shape[:1]
    return [tuple(row[row > 0].tolist()) for row in numbers], scores


def test_the_greedy_search_collapses_the_best_path():
    frames = random_frames(0, 40, 9, 4)
    texts, scores = searched(frames, 1)
    assert texts == [collapsed(row) for row in frames.argmax(-1)]
    np.testing.assert_allclose(scores, np.log(frames.max(-1)).sum(-1), rtol=1e-5)
    assert len(set(texts)) > 30


def test_a_wide_beam_finds_the_most_probable_text_and_its_probability():
    frames = random_frames(1, 12, 5, 4)
    texts, scores = searched(frames, 200)
    greedy, _ = searched(frames, 1)
    for row, text, score in zip(frames, texts, scores, strict=True):
        truth = text_probabilities(row)
        assert text == max(truth, key=truth.get)
        assert score == pytest.approx(np.log(truth[text]), abs=1e-4)
    assert texts != greedy


def test_two_ways_to_say_a_text_can_beat_the_best_way():
    """The example of every lecture: the blank is best at both frames, and the text of one character still wins."""
    frames = np.float32([[[0.6, 0.4], [0.6, 0.4]]])
    (greedy,), (greedy_score,) = searched(frames, 1)
    (found,), (score,) = searched(frames, 4)
    assert greedy == () and greedy_score == pytest.approx(np.log(0.36), abs=1e-5)
    assert found == (1,) and score == pytest.approx(np.log(0.64), abs=1e-5)


@pytest.mark.parametrize("beam_width", [1, 8])
def test_certain_frames_say_what_they_say(beam_width):
    frames = np.eye(3, dtype="float32")[[[0, 1, 1, 0, 1, 2, 2, 0], [0] * 8]]
    texts, scores = searched(frames, beam_width)
    assert texts == [(1, 1, 2), ()]
    np.testing.assert_allclose(scores, 0, atol=1e-5)


@pytest.mark.parametrize("beam_width", [1, 8])
def test_certain_blanks_behind_change_nothing(beam_width):
    frames = random_frames(2, 6, 7, 4)
    blanks = np.broadcast_to(np.eye(4, dtype="float32")[0], (6, 5, 4))
    texts, scores = searched(frames, beam_width)
    longer, longer_scores = searched(np.concatenate([frames, blanks], axis=1), beam_width)
    assert longer == texts
    np.testing.assert_allclose(longer_scores, scores, rtol=1e-4)


def test_what_it_refuses():
    with pytest.raises(ValueError, match=r"\(batch, frames, characters\); received \(2, 3\)"):
        ctc_search(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="1 .greedy. or more; received 0"):
        ctc_search(np.zeros((1, 2, 3)), 0)
