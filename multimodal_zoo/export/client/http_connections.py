"""HTTP requests over connections that are kept alive, under a deadline, failures named."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from multimodal_zoo.export.client.errors import (
    DeadlineExceeded,
    ModelNotFound,
    RequestRefused,
    ServerFailed,
    ServerUnreachable,
    UnreadableAnswer,
)
from multimodal_zoo.export.client.retries import Deadline, Retries, TryAgain

MAY_PASS = (429, 502, 503, 504)
CHUNK = 1 << 16
# How much of a server's words an error repeats.
LONGEST_TEXT = 2000


class HttpAnswer(NamedTuple):
    """A successful answer: its headers, names in lower case, and its body."""

    headers: dict[str, str]
    body: bytes


class HttpConnections:
    """Connections to one server.

    Args:
        url: `http://` or `https://`, host, port, and a path in front if the server stands behind one.
        headers: sent with every request, such as `Authorization`.
        ssl_context: for `https`; the system's certificates without it.

    Raises:
        ValueError: the URL has no host or another scheme.

    Example:
        >>> connections = HttpConnections("http://127.0.0.1:8501")
        >>> connections.request("GET", "/v1/models/deepfm", None, {}, Deadline(2.0), Retries())
    """

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"Expected a URL such as http://127.0.0.1:8501, got {url!r}.")
        self.url = url.rstrip("/")
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self._headers = dict(headers or {})
        self._context = (ssl_context or ssl.create_default_context()) if parts.scheme == "https" else None
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        deadline: Deadline,
        retries: Retries,
    ) -> HttpAnswer:
        """Send a request and read the whole answer.

        Raises:
            ServingError: whichever names what happened.
        """

        def attempt() -> HttpAnswer:
            status, got, content = self._exchange(method, path, body, headers, deadline)
            if status == 200:
                return HttpAnswer(got, content)
            raise self._failure(status, got, content, f"{method} {self._prefix}{path}")

        return retries.call(attempt, deadline, self.url)

    def _open(self) -> http.client.HTTPConnection:
        if self._context:
            return http.client.HTTPSConnection(self._host, self._port, context=self._context)
        return http.client.HTTPConnection(self._host, self._port)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], deadline: Deadline
    ) -> tuple[int, dict[str, str], bytes]:
        request = (method, self._prefix + path, body, {**self._headers, **headers})
        with self._lock:
            idle = self._idle.pop() if self._idle else None
        try:
            if idle is not None:
                # The server may have closed it while it lay idle: that is no failure of this request.
                with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
                    return self._send(idle, request, deadline)
            return self._send(self._open(), request, deadline)
        except DeadlineExceeded:
            raise
        except http.client.RemoteDisconnected as error:
            raise TryAgain("the connection was closed without an answer (a gRPC port does that)") from error
        except OSError as error:
            raise self._no_connection(error, deadline) from error
        except http.client.IncompleteRead as error:
            raise TryAgain(f"the connection broke off within the answer ({error})") from error
        except http.client.HTTPException as error:
            raise UnreadableAnswer(
                f"{self.url} does not answer as HTTP does ({type(error).__name__}: {error!s:.80}). "
                "Is it the server's REST port, and not the one of gRPC?"
            ) from error

    def _send(
        self, connection: http.client.HTTPConnection, request: tuple[Any, ...], deadline: Deadline
    ) -> tuple[int, dict[str, str], bytes]:
        try:
            connection.timeout = deadline.left()
            wire = connection.sock
            if wire is None:
                connection.connect()
                wire = connection.sock
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire.settimeout(deadline.left())
            connection.request(*request)
            wire.settimeout(deadline.left())
            response = connection.getresponse()
            content = b"".join(self._chunks(response, wire, deadline))
            reusable = not response.will_close
            response.close()
        except BaseException:
            connection.close()
            raise
        if reusable:
            with self._lock:
                self._idle.append(connection)
        else:
            connection.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, content

    @staticmethod
    def _chunks(response: http.client.HTTPResponse, wire: socket.socket, deadline: Deadline) -> Any:
        """The body piece by piece, each under what is left of the deadline: a trickle does not stretch it."""
        expected, got = response.length, 0
        while expected is None or got < expected:
            wire.settimeout(deadline.left())
            chunk = response.read1(CHUNK)
            if not chunk:
                break
            got += len(chunk)
            yield chunk
        if expected is not None and got < expected:
            raise http.client.IncompleteRead(b"", expected - got)

    def _no_connection(self, error: OSError, deadline: Deadline) -> Exception:
        if isinstance(error, TimeoutError) and error.errno != errno.ETIMEDOUT:
            return DeadlineExceeded(deadline.message(f"{self.url} had not answered"))
        wrong_name = isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN
        no_trust = isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError)
        if wrong_name or no_trust:
            return ServerUnreachable(f"{self.url}: {error}. Are the host's name and its certificate right?")
        return TryAgain(f"no connection ({error})")

    def _failure(self, status: int, headers: Mapping[str, str], content: bytes, what: str) -> Exception:
        text = error_text(content)[:LONGEST_TEXT]
        came = f"{self.url} answered {what} with {status}"
        if status in MAY_PASS:
            asked = headers.get("retry-after", "")
            return TryAgain(f"answered {status} ({text})", float(asked) if asked.isdecimal() else 0.0)
        # Older Triton servers call a model they do not have a bad request.
        if status == 404 or (status == 400 and "unknown model" in text):
            return ModelNotFound(
                f"{came}: {text or 'not found'}. Expected a model that is loaded: "
                "look at its name, its version or label, and the server's log."
            )
        if status >= 500:
            return ServerFailed(f"{came}: {text}. Expected 200: the server's log says more.", status, text)
        return RequestRefused(f"{came}: {text}. Expected 200: what was sent does not suit this model.", status, text)


def error_text(content: bytes) -> str:
    r"""The server's words out of `{"error": "..."}`, or the whole body where it is something else.

    TensorFlow Serving escapes them as C does, which is not always JSON: `\'` is none.

    Example:
        >>> error_text(rb'{ "error": "Missing \'inputs\' key" }')
        "Missing 'inputs' key"
    """
    text = content.decode("utf-8", errors="replace").strip()
    try:
        document = json.loads(text)
        return str(document["error"])
    except (ValueError, KeyError, TypeError):
        pass
    escaped = re.fullmatch(r'\{\s*"error"\s*:\s*"(.*)"\s*\}', text, re.DOTALL)
    return unescape(escaped.group(1)) if escaped else text


def unescape(text: str) -> str:
    """Undo C's escapes; bytes beyond ASCII are written in octal there."""

    def character(found: re.Match[bytes]) -> bytes:
        code = found.group(1)
        return bytes([int(code, 8) & 255]) if code.isdigit() else SHORT_ESCAPES.get(code, code)

    return re.sub(rb"\\([0-7]{3}|.)", character, text.encode(), flags=re.DOTALL).decode("utf-8", errors="replace")


SHORT_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def json_of(answer: HttpAnswer, url: str, length: int | None = None) -> dict[str, Any]:
    """The JSON object in an answer, or in its first `length` bytes; NaN and Infinity are welcome.

    Raises:
        UnreadableAnswer: it is none.
    """
    content = answer.body[:length]
    try:
        document = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise UnreadableAnswer(
            f"{url} answered with something that is no JSON ({error}): {content[:80]!r}. Is it the right port?"
        ) from error
    if not isinstance(document, dict):
        raise UnreadableAnswer(f"{url} answered with {content[:80]!r}, expected a JSON object.")
    return document
