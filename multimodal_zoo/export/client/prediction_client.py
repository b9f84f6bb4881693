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
from multimodal_zoo.export.client.signatures import DEFAULT_SIGNATURE, PREPROCESSED, PRESENCE, Signature


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


class SignaturesClient(PredictionClient):
    """A client of a server that knows the signatures of a model, as TensorFlow Serving does."""

    def describe(self, signature_name: str = DEFAULT_SIGNATURE) -> Signature:
        """What a signature takes and gives, as the server says.

        Raises:
            ServingError: the server has no such model or signature, or gives no answer.

        Example:
            >>> sorted(client.describe("embed").inputs)
            ['image_bytes', 'report']
        """
        return self._signature(signature_name, Deadline(self.timeout))

    def predict(
        self, records: Iterable[Mapping[str, Any]], signature_name: str = DEFAULT_SIGNATURE
    ) -> list[dict[str, Any]]:
        """Ask about records.

        Args:
            records: dicts from the name of an input to its value; what is missing or None is absent.
            signature_name: `serving_default`, `embed`, `explain`, or another that the model has.

        Returns:
            One dict for each record, in their order, with the outputs under the names that the server gives them.

        Raises:
            RecordError: a record has a key the model does not take, or a value that does not fit.
            ModelNotFound: no such model, version, label or signature.
            RequestRefused: the server refused what was sent.
            ServerUnreachable: no connection, or too busy at every attempt.
            DeadlineExceeded: the timeout ran out.
            ServerFailed: the server broke while answering.
            UnreadableAnswer: what came back is not the server's format.

        Example:
            >>> client.predict([{"image": Path("chest.png"), "report": "no findings"}])[0]["probabilities"]
        """
        return self._predict(records, signature_name)


class OneSignatureClient(PredictionClient):
    """A client of a server that knows one set of inputs and outputs of a model, as in the Open Inference Protocol."""

    def describe(self) -> Signature:
        """What the model takes and gives, as the server says.

        Raises:
            ServingError: the server has no such model, or gives no answer.

        Example:
            >>> sorted(client.describe().inputs)
            ['image_bytes', 'report']
        """
        return self._signature(DEFAULT_SIGNATURE, Deadline(self.timeout))

    def predict(self, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Ask about records.

        Args:
            records: dicts from the name of an input to its value; what is missing or None is absent.

        Returns:
            One dict for each record, in their order, with the outputs under the names that the server gives them.

        Raises:
            RecordError: a record has a key the model does not take, or a value that does not fit.
            ModelNotFound: no such model or version.
            RequestRefused: the server refused what was sent.
            ServerUnreachable: no connection, or too busy at every attempt.
            DeadlineExceeded: the timeout ran out.
            ServerFailed: the server broke while answering.
            UnreadableAnswer: what came back is not the protocol's.

        Example:
            >>> client.predict([{"image": Path("chest.png"), "report": "no findings"}])[0]["probabilities"]
        """
        return self._predict(records, DEFAULT_SIGNATURE)
