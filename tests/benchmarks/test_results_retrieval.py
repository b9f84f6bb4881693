"""What the figures of retrieval are held against."""

import numpy as np
import pytest
import results_retrieval

from multimodal_zoo.datasets import Records, column


def test_by_chance_a_picture_is_found_among_the_pictures_and_a_text_among_the_texts():
    # Twenty pictures with two texts each, one of them said twice: a gallery of 20 and one of 40.
    numbers = np.repeat(np.arange(20), 2)
    texts = [f"{number} {row % 2}" for row, number in enumerate(numbers)]
    records = Records({"text": column([*texts, texts[0]])}, np.append(numbers, 0).astype("int32"))
    found = results_retrieval.chance(records)
    assert found["second_to_first"] == pytest.approx({f"recall_at_{k}": k / 20 for k in (1, 5, 10)})
    assert found["first_to_second"]["recall_at_1"] == pytest.approx(2 / 40)
    assert found["first_to_second"]["recall_at_5"] == pytest.approx(1 - 35 * 34 / (40 * 39))


def test_every_row_names_a_loss_and_data_that_exist():
    for row in results_retrieval.ROWS.values():
        assert row.loss in results_retrieval.LOSSES
        for name in (row.data, *row.tests.values()):
            results_retrieval.mz.dataset_card(name.partition(":")[0])


def test_only_takes_a_row_and_a_seed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["results_retrieval.py", "--only", "emojis", "0"])
    with pytest.raises(SystemExit) as stopped:
        results_retrieval.main()
    assert stopped.value.code == 2
    assert "--only takes one of emoji; emoji, SigLIP" in capsys.readouterr().err
