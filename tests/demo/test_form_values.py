"""What a form holds becomes the raw value that a record has, for every kind; and an example finds its way back."""

import base64

import numpy as np
import pytest

from multimodal_zoo.demo.form_values import control_of, form_value, raw_value
from multimodal_zoo.modalities import (
    Audio,
    Categorical,
    IdSequence,
    Image,
    MultiCategorical,
    Numeric,
    Points,
    Series,
    Text,
    Video,
)
from multimodal_zoo.modalities.modality import KINDS

WORDS = ("drama", "war, and peace", "west")
KNOWN = {
    "audio": Audio(8000, seconds=0.3),
    "categorical": Categorical(9, vocabulary=WORDS),
    "id_sequence": IdSequence(9, vocabulary=WORDS),
    "image": Image(8, 8, 3),
    "multi_categorical": MultiCategorical(9, vocabulary=WORDS),
    "numeric": Numeric(3, mean=(0.1, 2e6, -3.0), variance=(1.0, 1e9, 0.01)),
    "points": Points(features=2, points=5, mean=(0.0, 0.0), variance=(1.0, 1.0)),
    "series": Series(features=2, steps=5, mean=(0.0, 0.0), variance=(1.0, 1.0)),
    "text": Text(9, 5, vocabulary=("lungs", "clear")),
    "video": Video(4, 8, 8),
}


def sent(value):
    """The parts of a form that the page makes of what it was filled in with."""
    return [value] if isinstance(value, str) else [base64.b64decode(one["b64"]) for one in value]


def test_every_kind_of_the_package_is_tried():
    assert set(KNOWN) == {kind for kind, one in KINDS.items() if one.__module__.startswith("multimodal_zoo.")}


@pytest.mark.parametrize("kind", sorted(KNOWN))
def test_an_example_comes_back_as_it_was(kind):
    modality = KNOWN[kind]
    for seed in range(3):
        value = modality.example(seed)
        back = raw_value("it", modality, sent(form_value(modality, value)))
        np.testing.assert_array_equal(modality.encode(back), modality.encode(value))


@pytest.mark.parametrize("kind", sorted(KNOWN))
def test_what_is_absent_is_empty_and_stays_absent(kind):
    modality = KNOWN[kind]
    assert form_value(modality, None) in ("", [])
    back = raw_value("it", modality, sent(form_value(modality, None)))
    np.testing.assert_array_equal(modality.encode(back), modality.encode(None))


def test_numbers_stand_between_commas_semicolons_tabs_or_blanks():
    speed = Series(features=2, steps=9)
    rows = raw_value("speed", speed, ["1, 2\n3;4\n\n5\t6\r\n7 8.5\n,9\n,"])
    expected = [[1, 2], [3, 4], [5, 6], [7, 8.5], [np.nan, 9], [np.nan, np.nan]]
    np.testing.assert_array_equal(rows, expected)
    assert raw_value("size", Numeric(3), ["1\n2, 3"]) == [1, 2, 3]


def test_missing_readings_within_a_series_keep_their_step():
    speed = Series(features=1, steps=9)
    value = [[1.0], [np.nan], [3.0]]
    np.testing.assert_array_equal(raw_value("speed", speed, [form_value(speed, value)]), value)


@pytest.mark.parametrize(
    ("kind", "parts", "message"),
    [
        ("image", ["/etc/hostname"], "'it' takes a file, and got something else."),
        ("video", [b"GIF8", "x.gif"], "'it' takes a file, and got something else."),
        ("text", [b"a report"], "'it' takes text, and got something else."),
        ("image", [b"one", b"two"], "'it' takes one value, got 2."),
        ("series", ["1, 2\nfast, 4"], "'it', line 2: expected numbers between commas, got 'fast, 4'."),
        ("series", ["1, 2\n3"], "'it' could not be read. Series: expected"),
        ("numeric", ["1, 2"], "'it' could not be read. Numeric: expected 3 number(s), got 2."),
    ],
)
def test_what_does_not_suit_is_told(kind, parts, message):
    with pytest.raises(ValueError) as raised:
        raw_value("it", KNOWN[kind], parts)
    assert str(raised.value).startswith(message)


def test_the_page_is_told_how_much_is_seen_and_which_ids_are_known():
    assert control_of("user", KNOWN["categorical"])["suggestions"] == list(WORDS)
    for kind, seen in {"image": "8 x 8", "audio": "0.3 s", "text": "first 5 words", "series": "5 steps"}.items():
        assert seen in control_of("it", KNOWN[kind])["hint"]
