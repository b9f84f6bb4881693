"""`demo`: a page in the browser where a person asks networks."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from multimodal_zoo.cli.options import existing_bundle
from multimodal_zoo.quiet_start import load_tensorflow

# Names that reach no other machine.
LOOPBACK = ("127.0.0.1", "localhost")


def demo(
    bundles: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[BUNDLE]...",
            help="Folders that `train` wrote. Without any: those of `make run`, "
            "or a small one trained now on built-in data.",
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is; 0 takes a free one.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen at; 127.0.0.1 is this machine alone.")] = LOOPBACK[0],
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page.")] = False,
) -> None:
    """Open a page to ask networks in the browser.

    Drop a picture, type a report, record a sound, and see what the answer is made of.

    The first line on stdout is its address. Ctrl-C ends it. Nothing is stored, and it asks for no password.
    """
    from multimodal_zoo.demo.extra import require_extra

    require_extra()
    for folder in bundles or []:
        existing_bundle(folder)
    load_tensorflow()
    from multimodal_zoo.demo.app import demo_app
    from multimodal_zoo.demo.offered_bundles import offered_bundles
    from multimodal_zoo.demo.serve import address_of, listening, serve

    with listening(host, port) as listener:
        offered = offered_bundles(bundles or [])
        app = demo_app(offered.bundles, offered.note, LOOPBACK if host in LOOPBACK else ("*",))
        print(address_of(listener), flush=True)
        if host not in LOOPBACK:
            print(f"Whoever reaches {host} can ask these networks.", file=sys.stderr)
        print(f"{offered.note} Ctrl-C ends the demo.".strip(), file=sys.stderr)
        if not no_browser:
            webbrowser.open(address_of(listener))
        serve(app, listener)
