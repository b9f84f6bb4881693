"""What the results of an4 are held against: the most frequent transcript."""

import numpy as np
import pytest
import results_an4

from multimodal_zoo.datasets import DataSet, Records, an4, column, dataset_card


def records(*texts):
    labels = an4.character_numbers(texts, 8)
    return Records({"audio": column(np.zeros((3, 13), "float32") for _ in texts)}, labels)


def test_the_most_frequent_transcript(monkeypatch):
    splits = {"train": records("GO", "A B", "A B"), "test": records("A B", "A C D", "GO")}
    data = DataSet(dataset_card("an4"), "official", {}, an4.CHARACTERS, splits)
    monkeypatch.setattr(results_an4, "data", lambda: data)
    figures = results_an4.most_frequent()
    # "A B" for "A C D": one word is another, one is missing; for "GO": another one and one too many.
    assert figures["wer"] == pytest.approx((0 + 2 + 2) / 6)
    # In characters: C is another, " D" is missing; and of "GO" nothing is right, with one too many.
    assert figures["cer"] == pytest.approx((0 + 3 + 3) / 10)


def test_only_takes_a_variant_and_a_seed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["results_an4.py", "--only", "gan", "0"])
    with pytest.raises(SystemExit) as stopped:
        results_an4.main()
    assert stopped.value.code == 2
    assert "--only takes one of ctc, critic and a seed" in capsys.readouterr().err
