import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import TextCritic
from tests.gradients import input_gradient
from tests.heads.spoken_texts import collapsed, random_frames
from tests.random_weights import randomise


def array(tensor):
    return ops.convert_to_numpy(tensor)


def test_labels_are_one_hot_places_and_blanks_behind():
    critic = TextCritic(4, places=3)
    np.testing.assert_array_equal(array(critic.of_labels([[2, 3]]))[0], np.eye(4)[[2, 3, 0]])
    np.testing.assert_array_equal(array(critic.of_labels([[1, 2, 3, 1]]))[0], np.eye(4)[[1, 2, 3]])


def test_an_answer_is_what_its_frames_say():
    frames = random_frames(5, 30, 8, 4)
    texts = array(TextCritic(4, places=6).of_answers(frames))
    for row, text in zip(frames, texts, strict=True):
        said = collapsed(row.argmax(-1))[:6]
        assert tuple(text.argmax(-1)[: len(said)]) == said
        np.testing.assert_array_equal(text[len(said) :], np.broadcast_to(np.eye(4)[0], (6 - len(said), 4)))
        # The distributions of the frames at which a character begins.
        best = row.argmax(-1)
        begins = [n for n, one in enumerate(best) if one and (n == 0 or best[n - 1] != one)][:6]
        np.testing.assert_allclose(text[: len(said)], row[begins])


def test_certain_answers_are_told_from_labels_by_nothing():
    critic = TextCritic(3, places=9)
    answers = np.eye(3, dtype="float32")[[[0, 1, 1, 0, 1, 2]]]
    np.testing.assert_array_equal(array(critic.of_answers(answers)), array(critic.of_labels([[1, 1, 2, 0]])))


def test_the_gradient_goes_into_the_frames_that_begin_a_character():
    frames = random_frames(6, 1, 6, 3)
    critic = TextCritic(3, places=4)
    gradient = input_gradient(lambda x: ops.sum(ops.square(critic.of_answers(x))), frames)[0]
    best = frames[0].argmax(-1)
    begins = [bool(one and (n == 0 or best[n - 1] != one)) for n, one in enumerate(best)]
    assert gradient.any(axis=-1).tolist() == begins and any(begins)


def test_it_is_convolutions_a_mean_and_a_line():
    critic = TextCritic(3, places=5, filters=(4,), kernel=3)
    texts = random_frames(7, 2, 5, 3)
    critic(texts)
    randomise(critic)
    kernel, bias = (array(one) for one in critic.convolutions[0].weights)
    padded = np.pad(texts, [(0, 0), (1, 1), (0, 0)])
    features = np.stack([np.einsum("bkc,kcf->bf", padded[:, n : n + 3], kernel) + bias for n in range(5)], axis=1)
    features = np.where(features > 0, features, 0.2 * features).mean(axis=1)
    line, offset = (array(one) for one in critic.score.weights)
    np.testing.assert_allclose(array(critic(texts)), features @ line + offset, rtol=1e-5, atol=1e-5)


def test_it_is_stored_with_its_settings():
    critic = TextCritic(3, places=5, filters=(4, 2), kernel=3, name="critic")
    again = keras.layers.deserialize(keras.layers.serialize(critic))
    assert again.get_config() == critic.get_config()


def test_what_it_refuses():
    with pytest.raises(ValueError, match="one character beside the blank; got characters=1"):
        TextCritic(1)
    with pytest.raises(ValueError, match=r"texts \(batch, 60, 3\)"):
        TextCritic(3)(np.zeros((1, 5, 3)))
