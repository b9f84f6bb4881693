"""An application of FastAPI, served by a thread of this process while it is looked at."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

from multimodal_zoo.demo.serve import address_of, listening


@contextlib.contextmanager
def served_page(app: Any) -> Iterator[str]:
    """The address that it is served at, on this machine alone."""
    listener = listening("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
