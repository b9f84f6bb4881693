"""What every client does, whatever it speaks: describe once, fill in, ask, cut into records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np

from multimodal_zoo.export.client.answers import rows_of
from multimodal_zoo.export.client.errors import RequestRefused
from multimodal_zoo.export.client.requests import columns_of
from multimodal_zoo.export.client.retries import Backoff, Deadline, Retries
from multimodal_zoo.export.client.signatures import PREPROCESSED, PRESENCE, Signature


class PredictionClient(ABC):
    """A client of one model on one server; safe to share between threads.

    Args:
        model: the name of the model on the server.
        timeout: seconds for a whole call: description, request, waits and further attempts.
        retries: further attempts after the first, only for what may pass by itself.
        backoff: the waits between attempts.
        signatures: what the model takes and gives, where it is known; otherwise the server is asked once.
    """

    def __init__(
        self,
        model: str,
        timeout: float,
        retries: int,
        backoff: Backoff | None,
        signatures: Mapping[str, Signature] | None,
    ) -> None:
        Deadline(timeout)
        self.model = model
        self.timeout = timeout
        self._retries = Retries(retries, backoff or Backoff())
        self._given = dict(signatures or {})
        self._described: dict[str, Signature] = {}

    @abstractmethod
    def _describe(self, signature_name: str, deadline: Deadline) -> Signature:
        """Ask the server what a signature takes and gives."""

    @abstractmethod
    def _ask(
        self, columns: dict[str, np.ndarray], signature_name: str, signature: Signature, deadline: Deadline
    ) -> dict[str, Any]:
        """Send the columns; nested lists by the name of the output come back."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _signature(self, signature_name: str, deadline: Deadline) -> Signature:
        known = self._given.get(signature_name) or self._described.get(signature_name)
        if known is None:
            known = self._described[signature_name] = self._describe(signature_name, deadline)
        return known

    def _predict(self, records: Iterable[Mapping[str, Any]], signature_name: str) -> list[dict[str, Any]]:
        deadline = Deadline(self.timeout)
        if not isinstance(records, Mapping):
            records = list(records)
            if not records:
                return []
        signature = self._signature(signature_name, deadline)
        raw = signature_name != PREPROCESSED and PRESENCE not in signature.inputs
        columns = columns_of(records, signature.inputs, may_lack=raw)
        try:
            outputs = self._ask(columns, signature_name, signature, deadline)
        except RequestRefused:
            # A newer version may take something else: the next call asks again.
            self._described.clear()
            raise
        return rows_of(outputs, len(records))
