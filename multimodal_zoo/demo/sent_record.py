"""The record that a request carries: read in memory, up to a size, and never written down."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from multimodal_zoo.demo.form_values import raw_value
from multimodal_zoo.modalities import Modality
from multimodal_zoo.unknown_name import UnknownName

if TYPE_CHECKING:
    from fastapi import Request

# Of one record with all its files, and of one typed text.
MOST_BYTES, MOST_TEXT_BYTES = 20 * 2**20, 2**20


class RecordTooLarge(ValueError):
    """A request carries more than a record may have."""


async def sent_record(request: Request, modalities: Mapping[str, Modality]) -> dict[str, Any]:
    """The raw values by modality of a request with a form; modalities without a part are absent.

    Raises:
        RecordTooLarge: the request has more than `MOST_BYTES`, or one of its texts more than `MOST_TEXT_BYTES`.
        UnknownName: a part is named like none of the modalities.
        ValueError: the request has no form, or a value does not suit its modality.
    """
    from starlette.formparsers import MultiPartException, MultiPartParser

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ValueError("A record is sent as a form (multipart/form-data) with a part for each modality.")
    parser = MultiPartParser(request.headers, within_limit(request.stream()), max_part_size=MOST_TEXT_BYTES)
    # Else it would write large files to the disk.
    parser.spool_max_size = MOST_BYTES
    try:
        form = await parser.parse()
    except MultiPartException as error:
        if "maximum size" in error.message:
            raise RecordTooLarge(f"The text is too long: at most {MOST_TEXT_BYTES // 2**20} MB are taken.") from None
        raise ValueError(f"The form could not be read: {error.message}") from None
    parts: dict[str, list[str | bytes]] = {}
    for name, part in form.multi_items():
        if name not in modalities:
            raise UnknownName("modality", name, modalities)
        parts.setdefault(name, []).append(part if isinstance(part, str) else await part.read())
    await form.close()
    return {name: raw_value(name, modalities[name], values) for name, values in parts.items()}


async def within_limit(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The stream of a request's body, for as long as it is no larger than a record may be."""
    so_far = 0
    async for chunk in stream:
        so_far += len(chunk)
        if so_far > MOST_BYTES:
            raise RecordTooLarge(f"The record is too large: its files may have {MOST_BYTES // 2**20} MB in all.")
        yield chunk
