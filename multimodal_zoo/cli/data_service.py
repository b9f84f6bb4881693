"""`data-service`: make training batches for a trainer on another machine, or beside this process."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from multimodal_zoo.quiet_start import load_tensorflow


def data_service(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where trainers reach it; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="The name or address of this machine that trainers know.")] = "127.0.0.1",
) -> None:
    """Make the batches of trainings elsewhere.

    For `train --data-service ADDRESS`, until Ctrl-C or SIGTERM; the first line on stdout is the address.

    It asks for no password and runs what it is sent: only for a closed network.
    """
    load_tensorflow()
    from multimodal_zoo.training import start_data_service

    service = start_data_service(port, host)
    print(service.address, flush=True)
    ended = threading.Event()
    # Also where whoever started it ignores interruptions, as a script's background jobs do.
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: ended.set())
    ended.wait()
    service.close()
