"""What the results of easy-vqa are held against: answers that need no network."""

import dataclasses

import numpy as np
import pytest
import results_easy_vqa

from multimodal_zoo.datasets import Records, column


@dataclasses.dataclass(frozen=True)
class Splits:
    """As much of a data set as is asked here."""

    splits: dict

    def split(self, name):
        return self.splits[name]


def records(*rows):
    images, questions, answers = zip(*rows, strict=True)
    return Records({"image": column(images), "question": column(questions)}, np.array(answers, np.int32))


def test_the_answers_that_need_no_network(monkeypatch):
    training = records((b"1", "red?", 0), (b"1", "form?", 2), (b"2", "red?", 0), (b"3", "red?", 1), (b"3", "form?", 2))
    test = records((b"7", "red?", 1), (b"7", "form?", 2), (b"7", "form?", 2), (b"8", "red?", 0), (b"8", "form?", 1))
    monkeypatch.setattr(results_easy_vqa, "data", lambda: Splits({"train": training, "test": test}))
    nothing, question, image = results_easy_vqa.without_network().values()
    assert nothing == pytest.approx(1 / 5)  # answer 0, the first of the two most frequent ones
    assert question == pytest.approx(3 / 5)  # "red?" is 0, "form?" is 2
    assert image == pytest.approx(3 / 5)  # image 7: 2 of its 3 questions; image 8: one of its 2


def test_only_takes_a_network_and_a_seed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["results_easy_vqa.py", "--only", "co_attention", "0"])
    with pytest.raises(SystemExit) as stopped:
        results_easy_vqa.main()
    assert stopped.value.code == 2
    assert "--only takes one of co_attention_vqa, stacked_attention_vqa and a seed" in capsys.readouterr().err
