"""What holds the commands in documents against the command line, and the blocks apart."""

import pytest

from multimodal_zoo.unknown_name import UnknownName
from tests.docs.code_blocks import Block, blocks_of
from tests.docs.shell_commands import check, commands_of, parsed
from tests.docs.test_code_blocks import run_document


def test_blocks_and_what_is_said_of_them():
    text = """Text.

<!-- before
x = 1
-->
```python
y = x
```

<!-- not run: it takes
an hour -->
```python
z
```

<!-- not run: not of the block below -->

A sentence between.

```
make run
```

<!-- run -->
```
make test
```
"""
    assert blocks_of(text) == [
        Block(7, "python", "y = x\n", before="x = 1\n"),
        Block(13, "python", "z\n", not_run="it takes\nan hour"),
        Block(21, "", "make run\n"),
        Block(26, "", "make test\n", run=True),
    ]


def test_names_go_on_and_an_error_tells_the_line_of_the_document(tmp_path):
    document = "```python\nx = 1\n```\n\n```python\nassert x == 1\nassert x == 2\n```\n"
    with pytest.raises(AssertionError) as caught:
        run_document(document, tmp_path / "page.md")
    assert caught.traceback[-1].lineno + 1 == 7


@pytest.mark.parametrize(
    "document", ["```python\nx =\n```", "<!-- not run: why -->\n```python\nx =\n```", "```ruby\n1\n```"]
)
def test_blocks_that_cannot_run_are_refused(document, tmp_path):
    with pytest.raises((SyntaxError, AssertionError)):
        run_document(document, tmp_path / "page.md")


def test_commands_are_cut_at_lines_and_pipes_and_lose_their_comments():
    code = "multimodal-zoo list '*a b*' \\\n  --task ranking  # those\n# nothing\nmake run && make test | kubectl get\n"
    assert commands_of(code) == [
        ["multimodal-zoo", "list", "*a b*", "--task", "ranking"],
        ["make", "run"],
        ["make", "test"],
        ["kubectl", "get"],
    ]


def test_a_command_is_read_by_its_own_parser():
    name, values = parsed(
        ["train", "deepfm", "--data", "ml-100k", "--out", "runs/x", "--epochs", "3", "--set", "dropout=0.1"]
    )
    assert (
        name == "train" and values["name"] == "deepfm" and values["epochs"] == 3 and values["set_"] == ["dropout=0.1"]
    )


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("multimodal-zoo train deepfm --data ml-100k --out x --epoch 3", "No such option"),
        ("multimodal-zoo train depfm --data ml-100k --out x", "depfm"),
        ("multimodal-zoo train deepfm --data ml-100 --out x", "ml-100"),
        ("multimodal-zoo train deepfm --data ml-100k:nothing --out x", "nothing"),
        ("multimodal-zoo train deepfm --data ml-100k --out x --set droput=1", "droput"),
        ("multimodal-zoo launch -- train depfm --data ml-100k --out x", "depfm"),
        ("multimodal-zoo reproduce ml-100k/depfm", "depfm"),
        ("multimodal-zoo evalute x", "evalute"),
        ("srun multimodal-zoo show depfm", "depfm"),
        ("make nothing-of-this", "no such target"),
        ("pip install 'multimodal-zoo[nothing]'", "no such extra"),
        ("python benchmarks/nothing.py", "no such script"),
        ("rm -r runs", "no command that documents may name"),
    ],
)
def test_what_could_not_run_is_refused(command, error):
    (words,) = commands_of(command)
    with pytest.raises(Exception, match=error) as caught:
        check(words)
    assert isinstance(caught.value, (AssertionError, UnknownName)) or hasattr(caught.value, "format_message")
