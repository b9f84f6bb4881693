"""An item and a history of items, to be looked up in one table."""

from __future__ import annotations

from multimodal_zoo.modalities import Categorical, IdSequence


def require_one_vocabulary(model: str, item: Categorical | None, history: IdSequence | None) -> None:
    """Refuse an item and a history whose ids do not mean the same.

    Raises:
        ValueError: either is missing, or the history does not take its ids from "item".
    """
    if item is None or history is None:
        raise ValueError(f"{model} reads an item and a history of items; got item={item!r} and history={history!r}.")
    if history.ids_of != "item" or history.vocabulary_size != item.vocabulary_size:
        raise ValueError(
            f"{model} looks the item and its history up in one table: declare the history as "
            f'IdSequence({item.vocabulary_size}, {history.length}, ids_of="item"); got {history!r}.'
        )
