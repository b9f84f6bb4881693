"""Serve the page until Ctrl-C."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

# That an explanation under way has to end in, seconds.
PATIENCE = 5


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at an address; port 0 takes a free one.

    Raises:
        OSError: the address is taken or is none of this machine's; the message says what to do.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise OSError(
            f"Nothing can listen at {host}, port {port} ({error.strerror or error}). Choose another port: --port 0 "
            "takes a free one."
        ) from None


def address_of(listener: socket.socket) -> str:
    """What a person types into the browser.

    Example:
        >>> address_of(listening("127.0.0.1", 8000))
        'http://127.0.0.1:8000'
    """
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=PATIENCE))
    # It shuts down in order and raises the interruption once more.
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
