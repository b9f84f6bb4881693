import hashlib
from collections import Counter

from multimodal_zoo.datasets.split_by_hash import split_by_hash

SHARES = {"train": 7, "validation": 1, "test": 2}


def test_the_turns_go_round_in_the_order_of_the_hashes():
    names = [f"picture {number}" for number in range(25)]
    ordered = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    turns = (["train"] * 7 + ["validation"] + ["test"] * 2) * 3
    assert split_by_hash(names, SHARES) == dict(zip(ordered, turns, strict=False))


def test_neither_order_nor_repetition_matters():
    names = [f"picture {number}" for number in range(40)]
    splits = split_by_hash(names, SHARES)
    assert split_by_hash([*reversed(names), *names], SHARES) == splits
    assert Counter(splits.values()) == {"train": 28, "validation": 4, "test": 8}
