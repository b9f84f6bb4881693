"""The rows of `ml-100k:next-item`: the film each user likes next, beside films drawn at random."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from multimodal_zoo.datasets.records import column

# Films drawn beside each that was liked. In training each stands for many; elsewhere a rank is told among a hundred.
DRAWN = {"train": 4, "validation": 100, "test": 100}


class NextItems(NamedTuple):
    """Candidates, each with what its user liked before.

    `pairs` `(rows, 2)` user id, item id; `labels` `(rows,)` bool, whether the film was the next one; `histories`
    `(rows,)` lists of item ids as strings, oldest first.
    """

    pairs: np.ndarray
    labels: np.ndarray
    histories: np.ndarray


def next_items(ratings: np.ndarray, positive_from: int, length: int, seed: int) -> dict[str, NextItems]:
    """Leave one out: of what each user liked, the last film is for test, the one before it for validation.

    A user who liked fewer than three films has no part in it. Films that were liked within one second stand in an
    order drawn once: by their numbers or as in the file, a network could learn that order and would know nothing of
    taste. Beside each film stand others, drawn from all: in training from those that are not among the user's training
    films (what is held out is among them, as it would be in use), elsewhere from those that the user never rated.

    Args:
        ratings: `(ratings, 4)` user id, item id, rating, second.
        positive_from: the lowest rating of a film that was liked.
        length: films of a history, the newest ones.
        seed: of the order and the drawing.

    Returns:
        Rows for "train", "validation" and "test". The first film of a user is no candidate: nothing came before it.

    Reference: Kang and McAuley 2018, arXiv:1808.09781, section 4.1 (the split) and 4.3 (a hundred drawn films).
    """
    random = np.random.default_rng(seed)
    films = np.unique(ratings[:, 1])
    liked = ratings[ratings[:, 2] >= positive_from]
    # By number first, so that the order of the file makes no difference to what is drawn.
    liked = liked[np.lexsort((liked[:, 1], liked[:, 0]))]
    liked = liked[np.lexsort((random.random(len(liked)), liked[:, 3], liked[:, 0]))]
    found: dict[str, list[tuple[int, int, bool, list[str]]]] = {name: [] for name in DRAWN}
    users, starts = np.unique(liked[:, 0], return_index=True)
    for user, own in zip(users, np.split(liked[:, 1], starts[1:]), strict=True):
        if len(own) < 3:
            continue
        names = [str(film) for film in own]
        unseen = np.setdiff1d(films, own[:-2])
        unrated = np.setdiff1d(films, ratings[ratings[:, 0] == user, 1])
        for place in range(1, len(own)):
            part = {len(own) - 1: "test", len(own) - 2: "validation"}.get(place, "train")
            history = names[max(0, place - length) : place]
            pool = unseen if part == "train" else unrated
            others = random.choice(pool, min(DRAWN[part], len(pool)), replace=False)
            found[part].append((user, own[place], True, history))
            found[part] += [(user, other, False, history) for other in others]
    return {
        name: NextItems(
            np.array([row[:2] for row in rows], np.int64).reshape(-1, 2),
            np.array([row[2] for row in rows], bool),
            column(row[3] for row in rows),
        )
        for name, rows in found.items()
    }
