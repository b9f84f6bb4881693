"""The code blocks of a Markdown document, and what comments beside them say to the tests.

Of three comments, each before a block:

    <!-- not run: WHY -->        it is only parsed
    <!-- before ... -->          the Python between is run first; readers do not see it
    <!-- run -->                 the commands of a block of the shell are run, too, and not only parsed
"""

from __future__ import annotations

import dataclasses
import re

from markdown_it import MarkdownIt

NOT_RUN = re.compile(r"<!-- not run: (.+?) -->", re.DOTALL)
BEFORE = re.compile(r"<!-- before\n(.*?)-->", re.DOTALL)
RUN = re.compile(r"<!-- run -->")


@dataclasses.dataclass(frozen=True)
class Block:
    """One block.

    Args:
        line: of the document, of its first line of code, from 1.
        language: "python", "json", "text", ...; empty for the shell.
        code: what stands in it.
        before: Python to run before it.
        not_run: why it is not run, or None.
        run: whether commands of the shell are run.
    """

    line: int
    language: str
    code: str
    before: str = ""
    not_run: str | None = None
    run: bool = False


def blocks_of(markdown: str) -> list[Block]:
    """The code blocks of a document, in their order."""
    blocks = []
    comments = ""
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "html_block":
            comments += token.content
        elif token.type == "fence":
            assert token.map is not None
            reason = NOT_RUN.search(comments)
            blocks.append(
                Block(
                    line=token.map[0] + 2,
                    language=token.info.strip(),
                    code=token.content,
                    before="".join(BEFORE.findall(comments)),
                    not_run=reason[1] if reason else None,
                    run=bool(RUN.search(comments)),
                )
            )
            comments = ""
        elif not token.hidden:
            comments = ""
    return blocks
