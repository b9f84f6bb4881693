"""De-identification by rules: what each finds, and what it is known to miss."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal_zoo.explain import deidentify


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Dr. Jane Roe saw the patient on 3 May 2021, aged 65.", "[NAME] saw the patient on [DATE], aged [NUMBER]."),
        ("Seen 2020-01-22 and 1/2/20, again on January 17, 2020.", "Seen [DATE] and [DATE], again on [DATE]."),
        ("Patient: Maria O'Neil-Smith, MRN A12-345.", "Patient: [NAME], MRN [NUMBER]."),
        ("Signed by: J. Müller", "Signed by: [NAME]"),
        ("Call +49-30-1234567 or write to x.y@clinic.org.", "Call [NUMBER] or write to [EMAIL]."),
        ("In March of the 2nd year, 1999.", "In March of the [NUMBER] year, [DATE]."),
        ("A 3.5 cm nodule; fever of 38,5.", "A [NUMBER] cm nodule; fever of [NUMBER]."),
        ("No focal consolidation. Clear lungs.", "No focal consolidation. Clear lungs."),
        ("It may improve.", "It may improve."),
        ("", ""),
    ],
)
def test_what_the_rules_take_out(text, wanted):
    assert deidentify(text).text == wanted


def test_known_names_go_in_any_case_and_each_word_alone():
    found = deidentify("JANE ROE was seen. Roe's heart; roentgen unchanged; jane left.", names=["Jane M. Roe"])
    assert found.text == "[NAME] was seen. [NAME]'s heart; roentgen unchanged; [NAME] left."


def test_numbers_can_stay_and_dates_go_all_the_same():
    assert deidentify("On 3 May 2021 a 65-year-old man.", keep_numbers=True).text == "On [DATE] a 65-year-old man."


def test_the_limits_are_as_stated():
    told = "Jane walked in last Tuesday, sixty-five years old, from Springfield."
    assert deidentify(told).text == told


@settings(deadline=None)
@given(st.text(alphabet="aZ .,:/-0123456789\n@Dr", max_size=60))
def test_no_digit_is_left_and_what_was_removed_puts_the_text_together_again(text):
    found = deidentify(text)
    assert not any(letter.isdigit() for letter in found.text)
    whole, place = found.text, 0
    for one in found.removed:
        assert one.text == text[one.start : one.end] and place <= one.start
        place = one.end
        whole = whole.replace(f"[{one.kind.upper()}]", one.text, 1)
    assert whole == text
