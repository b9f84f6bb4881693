"""What the answers to questions are held against."""

import numpy as np
import pytest

from multimodal_zoo.datasets import DataSet, Records, column, dataset_card
from multimodal_zoo.recipes.questions import by_image, by_question


def records(*rows):
    images, questions, answers = zip(*rows, strict=True)
    return Records({"image": column(images), "question": column(questions)}, np.array(answers, np.int32))


def test_the_answers_that_need_no_network():
    training = records((b"1", "red?", 0), (b"1", "form?", 2), (b"2", "red?", 0), (b"3", "red?", 1), (b"3", "form?", 2))
    test = records((b"7", "red?", 1), (b"7", "form?", 2), (b"7", "form?", 2), (b"8", "red?", 0), (b"8", "form?", 1))
    data = DataSet(dataset_card("easy-vqa"), "official", {}, (), {"train": training, "test": test})
    assert by_question(data)["accuracy"] == pytest.approx(3 / 5)  # "red?" is 0, "form?" is 2
    assert by_image(data)["accuracy"] == pytest.approx(3 / 5)  # image 7: 2 of its 3 questions; image 8: one of its 2
