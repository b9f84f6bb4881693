"""Docstrings as Markdown."""

import pytest
from docstrings import as_markdown, escaped, is_formula, named_items, parsed

from multimodal_zoo.fusion import fusion_operator, list_fusions


def described():
    """Adds two numbers.

    Told in prose. f_i = W_i f_i + b_i, as prose, too, since it has words.

    h = tanh(W x);  z = sigmoid(W_z [x; y])
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
    assert said.text.startswith("Told in prose.") and said.text.endswith("f = z * h")
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
        "Told in prose. f\\_i = W\\_i f\\_i + b\\_i, as prose, too, since it has words.\n\n"
        "```text\nh = tanh(W x);  z = sigmoid(W_z [x; y])\nf = z * h\n```"
    )


@pytest.mark.parametrize(
    ("line", "formula"),
    [
        ("f = W [f_1; ...; f_n] + b", True),
        ("a = softmax_i(e_i . u);  f = sum_i a_i f_i'.", True),
        ("The share = a half of what every modality says by itself.", False),
        ("no sign of equality", False),
    ],
)
def test_a_formula_is_told_from_a_sentence(line, formula):
    assert is_formula(line) is formula


def test_signs_of_markdown_mean_themselves_outside_of_code():
    assert escaped("a * b_1 in [0, 1) and `x_1 * y`, <this> | that") == (
        r"a \* b\_1 in \[0, 1) and `x_1 * y`, \<this\> \| that"
    )


@pytest.mark.parametrize("name", list_fusions())
def test_an_operator_tells_its_formula(name):
    said = parsed(fusion_operator(name))
    lines = [*said.text.splitlines(), said.summary.partition(": ")[2]]
    assert any(map(is_formula, lines)), f"{name}: no line of its docstring is a formula"
