"""Words as a person wrote them, where Bash completes: it cuts them at colons and equals signs.

`ml-100k:ctr` comes as `ml-100k`, `:` and `ctr`, and what is offered takes the place of the last piece alone. Typer
knows nothing of it.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator

# The first two are those of Bash, the last one that of Typer.
WORDS, POSITION, COMPLETE = "COMP_WORDS", "COMP_CWORD", "_MULTIMODAL_ZOO_COMPLETE"


@contextlib.contextmanager
def whole_words_for_bash() -> Iterator[None]:
    """While Bash completes: put the pieces together for Typer, and take off what it offers what is written already."""
    if os.environ.get(COMPLETE) != "complete_bash" or WORDS not in os.environ:
        yield
        return
    # The script that Bash runs puts each piece into a line; by hand there are spaces.
    pieces = os.environ[WORDS].split("\n" if "\n" in os.environ[WORDS] else None)
    words, position, written = put_together(pieces, int(os.environ[POSITION]))
    os.environ.update({WORDS: "\n".join(words), POSITION: str(position)})
    offered = io.StringIO()
    try:
        with contextlib.redirect_stdout(offered):
            yield
    finally:
        sys.stdout.writelines(f"{line.removeprefix(written)}\n" for line in offered.getvalue().splitlines())


def put_together(pieces: list[str], position: int) -> tuple[list[str], int, str]:
    """The words that Bash cut into pieces.

    Args:
        pieces: of the whole line.
        position: of the piece that is completed; one behind the last is an empty word.

    Returns:
        The words up to that piece, the position of its word, and what of the word stands before the piece and so is not
        offered again; of an option joined to its value by an equals sign, what of the value.

    Example:
        >>> put_together(["zoo", "train", "--data", "ml-100k", ":", "c"], 5)
        (['zoo', 'train', '--data', 'ml-100k:c'], 3, 'ml-100k:')
    """
    words: list[str] = []
    before = ""
    joins = False
    for piece in [*pieces, ""][: position + 1]:
        cut = piece != "" and not piece.strip(":=")
        # The first piece is the command.
        if len(words) > 1 and (cut or joins):
            before = words[-1] + (piece if cut else "")
            words[-1] += piece
        else:
            before = piece if cut else ""
            words.append(piece)
        joins = cut
    if words[-1].startswith("--"):
        before = before.partition("=")[2]
    return words, len(words) - 1, before
