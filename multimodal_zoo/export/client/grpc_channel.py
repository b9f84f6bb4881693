"""gRPC calls under a deadline, failures named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc

from multimodal_zoo.export.client.errors import DeadlineExceeded, ModelNotFound, RequestRefused, ServerFailed
from multimodal_zoo.export.client.retries import Deadline, Retries, TryAgain

MAY_PASS = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
REFUSED = (
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED,
)

OPTIONS = (
    # Answers such as joint representations pass the 4 MB that gRPC allows by itself.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # The client counts its attempts itself, and each of them is to be a real one.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


class GrpcChannel:
    """A channel to one server.

    Args:
        target: host and port, such as `127.0.0.1:8500`.
        headers: metadata sent with every call, names in lower case.
        credentials: for TLS; plain text without them.

    Raises:
        ValueError: the target is a URL, or names no host.

    Example:
        >>> channel = GrpcChannel("127.0.0.1:8500")
        >>> channel.call("/tensorflow.serving.PredictionService/Predict", request, Answer, Deadline(2.0), Retries())
    """

    def __init__(
        self,
        target: str,
        headers: Mapping[str, str] | None = None,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        if not target or target.startswith(("http://", "https://")):
            raise ValueError(f"Expected host and port such as 127.0.0.1:8500, got {target!r}.")
        self.target = target
        self._metadata = tuple((headers or {}).items())
        if credentials is None:
            self._channel = grpc.insecure_channel(target, OPTIONS)
        else:
            self._channel = grpc.secure_channel(target, credentials, OPTIONS)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def call(self, method: str, request: Any, answer: Any, deadline: Deadline, retries: Retries) -> Any:
        """Send one message and read one back.

        Args:
            method: full path of the method.
            request: the message.
            answer: class of the message that comes back.
            deadline: of the whole call.
            retries: how often it may be sent again.

        Returns:
            The answer.

        Raises:
            ServingError: whichever names what happened.
        """
        send = self._channel.unary_unary(
            method, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
        )

        def attempt() -> Any:
            try:
                return send(request, timeout=deadline.left(), metadata=self._metadata)
            except grpc.RpcError as error:
                raise self._failure(error, method, deadline) from error

        return retries.call(attempt, deadline, self.target)

    def _failure(self, error: Any, method: str, deadline: Deadline) -> Exception:
        code, text = error.code(), error.details() or ""
        came = f"{self.target} answered {method} with {code.name}: {text}"
        if code in MAY_PASS:
            return TryAgain(f"{code.name} ({text})")
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceeded(deadline.message(f"{self.target} had not answered ({text})"))
        if code is grpc.StatusCode.NOT_FOUND:
            return ModelNotFound(
                f"{came}. Expected a model that is loaded: "
                "look at its name, its version or label, and the server's log."
            )
        if code in REFUSED:
            return RequestRefused(f"{came}. What was sent does not suit this model.", code.name, text)
        return ServerFailed(f"{came}. Expected OK: the server's log says more.", code.name, text)
