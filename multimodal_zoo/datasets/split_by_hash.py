"""Pinned splits by a hash, the same with every version of every library."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping


def split_by_hash(names: Iterable[str], shares: Mapping[str, int]) -> dict[str, str]:
    """Deal names to splits, in the order of their SHA-256.

    Args:
        names: of what is not to be in two splits, such as pictures or patients; repeated ones count once.
        shares: split -> how many of so many it gets: `{"train": 7, "validation": 1, "test": 2}` deals ten at a time.

    Returns:
        Name -> split.

    Example:
        >>> split_by_hash("abc", {"train": 2, "test": 1})
        {'c': 'train', 'b': 'train', 'a': 'test'}
    """
    turns = [split for split, share in shares.items() for _ in range(share)]
    ordered = sorted(set(names), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return {name: turns[place % len(turns)] for place, name in enumerate(ordered)}
