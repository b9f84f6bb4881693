"""What can go wrong between a record and its answer, as exception classes a caller can tell apart."""

from __future__ import annotations


class ServingError(Exception):
    """Base of every error of the clients."""


class RecordError(ServingError, ValueError):
    """A record that cannot be sent: an unknown key, a value of the wrong type, a gap that has no empty value."""


class ServerUnreachable(ServingError, ConnectionError):
    """No connection, or a server too busy to answer, after every attempt that was allowed.

    Args:
        message: what came, what was expected, what to do.
        attempts: how many requests were tried.
    """

    def __init__(self, message: str, attempts: int = 1) -> None:
        super().__init__(message)
        self.attempts = attempts


class DeadlineExceeded(ServingError, TimeoutError):
    """The timeout of the whole call, waits and further attempts included, ran out."""


class ModelNotFound(ServingError, LookupError):
    """The server has no such model, version, label or signature."""


class RequestRefused(ServingError):
    """The server understood the request and refused it; sending it again would not help.

    Args:
        message: what came, what was expected, what to do.
        status: HTTP status such as 400, or name of the gRPC status such as `INVALID_ARGUMENT`.
        text: the server's own words.
    """

    def __init__(self, message: str, status: int | str, text: str) -> None:
        super().__init__(message)
        self.status = status
        self.text = text


class ServerFailed(ServingError):
    """The server broke while answering (HTTP 500, gRPC INTERNAL and the like).

    Args:
        message: what came, what was expected, what to do.
        status: HTTP status or name of the gRPC status.
        text: the server's own words.
    """

    def __init__(self, message: str, status: int | str, text: str) -> None:
        super().__init__(message)
        self.status = status
        self.text = text


class UnreadableAnswer(ServingError):
    """What came back is not what the protocol promises; most likely another kind of server answers there."""
