"""The error for a name that nothing goes by."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UnknownName(ValueError):
    """A name that nothing is registered under; the message suggests the nearest and lists the known ones.

    Example:
        >>> raise UnknownName("model", "depfm", ["deepfm"])
        UnknownName: Unknown model 'depfm'. Did you mean 'deepfm'? Known: deepfm.
    """

    def __init__(self, what: str, name: object, known: Iterable[str]) -> None:
        known = sorted(known)
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"Unknown {what} {name!r}.{hint} Known: {', '.join(known) or 'none'}.")
