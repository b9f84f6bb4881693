"""Answers as named columns into one dict for each record, bytes decoded to text where they are text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from multimodal_zoo.export.client.errors import UnreadableAnswer
from multimodal_zoo.export.client.signatures import BYTES_SUFFIX


def rows_of(outputs: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """Cut the columns of an answer into records.

    Args:
        outputs: nested lists `(batch, ...)` by the name of the output. Bytes become str, unless the name ends in
            `_bytes` or they are no UTF-8.
        count: how many records were asked about.

    Returns:
        One dict for each record, in their order.

    Raises:
        UnreadableAnswer: an output has another number of rows.

    Example:
        >>> rows_of({"labels": [b"sick", b"well"], "probabilities": [[0.9, 0.1], [0.2, 0.8]]}, 2)[1]
        {'labels': 'well', 'probabilities': [0.2, 0.8]}
    """
    for name, column in outputs.items():
        if not isinstance(column, list) or len(column) != count:
            got = f"{len(column)} rows" if isinstance(column, list) else f"a single {type(column).__name__}"
            raise UnreadableAnswer(f"The output {name} has {got}, expected one for each of the {count} records sent.")
    decoded = {name: decode(column, name.endswith(BYTES_SUFFIX)) for name, column in outputs.items()}
    return [{name: column[row] for name, column in decoded.items()} for row in range(count)]


def decode(value: Any, keep_bytes: bool) -> Any:
    """Base64 objects and bytes inside nested lists, as bytes or as text."""
    if isinstance(value, list):
        return [decode(one, keep_bytes) for one in value]
    if isinstance(value, dict) and list(value) == ["b64"]:
        try:
            value = base64.b64decode(value["b64"], validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise UnreadableAnswer(f"The answer has a value that is no base64 ({error}): {value!r:.60}.") from error
    if isinstance(value, bytes) and not keep_bytes:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value
    return value
