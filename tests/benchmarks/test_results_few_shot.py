"""The tables of few-shot learning, from outcomes that are known, and the splits that no kind is shared by."""

import numpy as np
import results_few_shot

from multimodal_zoo.datasets import Records, column


def test_a_line_for_each_way_and_what_it_reads():
    outcome = {"test": {"1": 0.5, "5": 0.75}}
    other = {"test": {"1": 0.6, "5": 0.75}}
    dual = {"test": {read: {"1": 0.25, "5": 0.5} for read in results_few_shot.READS}}
    table = results_few_shot.table_of_examples(
        {"no training:picture": [outcome], "prototypes:both": [outcome, other], "dual encoder": [dual]}
    )
    assert table["rows"][:3] == [
        ["chance", "", "20.0", "20.0", None],
        ["no training", "picture", "50.0", "75.0", 1],
        ["prototypes", "both", "55.0 ± 7.1", "75.0 ± 0.0", 2],
    ]
    assert [row[:2] for row in table["rows"][3:]] == [["dual encoder", read] for read in ("picture", "name", "both")]
    assert all(len(row) == len(table["columns"]) for row in table["rows"])


def test_chance_of_names_is_that_of_as_many_kinds():
    run = {"test": {"zero-shot": {"1": 0.5, "5": 0.9, "kinds": 20}}}
    table = results_few_shot.table_of_names([run, run])
    assert table["rows"] == [
        ["chance", "5.0", "25.0", None],
        ["zero-shot, image_text_retrieval", "50.0 ± 0.0", "90.0 ± 0.0", 2],
    ]


def test_a_pair_is_of_its_own_class():
    split = Records({"text": column(["a", "b", "c"])}, np.array([4, 4, 7], np.int32))
    assert results_few_shot.as_pairs(split).labels.tolist() == [0, 1, 2]


def test_a_kind_in_words():
    assert results_few_shot.words_of("roles & careers") == "roles careers"
