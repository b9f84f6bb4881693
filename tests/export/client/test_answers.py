import pytest

from multimodal_zoo.export.client.answers import rows_of
from multimodal_zoo.export.client.errors import UnreadableAnswer


def test_columns_become_records():
    outputs = {"labels": ["sick", "well"], "probabilities": [[0.1, 0.9], [0.8, 0.2]], "undecodable": [[True], [False]]}
    assert rows_of(outputs, 2) == [
        {"labels": "sick", "probabilities": [0.1, 0.9], "undecodable": [True]},
        {"labels": "well", "probabilities": [0.8, 0.2], "undecodable": [False]},
    ]


def test_bytes_are_decoded_where_they_are_text():
    outputs = {
        "labels": ["né".encode(), b"\xff"],
        "thumbnail_bytes": [b"text", {"b64": "/wA="}],
        "words": [[{"b64": "aGk="}], [b"ho"]],
    }
    assert rows_of(outputs, 2) == [
        {"labels": "né", "thumbnail_bytes": b"text", "words": ["hi"]},
        {"labels": b"\xff", "thumbnail_bytes": b"\xff\x00", "words": ["ho"]},
    ]


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"labels": ["a"]}, "The output labels has 1 rows, expected one for each of the 2 records"),
        ({"labels": 0.5}, "The output labels has a single float"),
        ({"labels": [{"b64": "?"}, {"b64": ""}]}, "no base64"),
    ],
)
def test_an_answer_that_does_not_fit_the_records_is_named(outputs, message):
    with pytest.raises(UnreadableAnswer, match=message):
        rows_of(outputs, 2)
