"""Docstrings as Markdown."""

import pytest
from docstrings import as_markdown, escaped, is_formula, named_items, parsed

from multimodal_zoo.fusion import fusion_operator, list_fusions


def described():
    """Adds two numbers.

    Told in prose, which goes
    on. The share of each = a half. In each layer
    [x; y] = block([x; ...; y]),
    then h = tanh(W x);  z = sigmoid(W_z [x; y]). A line:
    f = z * h

    Args:
        first, second: the numbers,
            any of them.
        *names: of them: all.

    Returns:
        A number.

    Reference: Somebody 2020, section 1, which goes
        on here.
    """


def test_a_docstring_is_cut_into_its_parts():
    said = parsed(described)
    assert said.summary == "Adds two numbers."
    assert said.text.startswith("Told in prose,") and said.text.endswith("f = z * h")
    assert said.sections["Returns"] == "A number."
    assert said.sections["Reference"] == "Somebody 2020, section 1, which goes\non here."
    assert named_items(said.sections["Args"]) == {
        "first": "the numbers, any of them.",
        "second": "the numbers, any of them.",
        "*names": "of them: all.",
    }
    with pytest.raises(ValueError, match="has no docstring"):
        parsed(lambda: None)


def test_formulas_are_blocks_and_prose_is_prose():
    assert as_markdown(parsed(described).text) == (
        "Told in prose, which goes\non. The share of each = a half. In each layer\n\n"
        "```text\n[x; y] = block([x; ...; y]),\nthen h = tanh(W x);  z = sigmoid(W_z [x; y]).\n```\n\n"
        "A line:\n\n"
        "```text\nf = z * h\n```"
    )


@pytest.mark.parametrize(
    ("line", "formula"),
    [
        ("f = W [f_1; ...; f_n] + b", True),
        ("a = softmax_i(e_i . u);  f = sum_i a_i f_i'.", True),
        ("The share = a half of what every modality says by itself.", False),
        ("gamma = 1 + sum_j G_j f_j", True),
        ("no sign of equality", False),
    ],
)
def test_a_formula_is_told_from_a_sentence(line, formula):
    assert is_formula(line) is formula


def test_signs_of_markdown_mean_themselves_outside_of_code():
    assert escaped("a * b_1 in [0, 1) and `x_1 * y`, <this> | that") == (
        r"a \* b\_1 in \[0, 1) and `x_1 * y`, &lt;this\> \| that"
    )


@pytest.mark.parametrize("name", list_fusions())
def test_an_operator_tells_its_formula(name):
    said = parsed(fusion_operator(name))
    assert "```text\n" in as_markdown(said.summary) + as_markdown(said.text), f"{name} tells no formula"
