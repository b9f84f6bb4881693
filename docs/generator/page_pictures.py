"""Open every page of the built documents in a browser, say what is wrong with it, and make docs/images/pages.png.

    make docs
    python docs/generator/page_pictures.py [--site site] [--out docs/images/pages.png]

The picture shows the upper parts of a few pages side by side. Ends with an error if a page has a picture that does not
load, is wider than the window, or has an error in its scripts.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import functools
import http.server
import io
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headless_chromium import headless_chromium, why_no_browser
from PIL import Image

WIDTH, HEIGHT = 1000, 1400
SHOWN = (
    "index.html",
    "start.html",
    "models/lstnet_diagnosis.html",
    "operators/gated.html",
    "datasets/covid-cxr.html",
    "benchmarks.html",
)
# A page in the picture has half its width.
SMALLER = 2


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextlib.contextmanager
def served_folder(folder: Path) -> Iterator[str]:
    """The address that a folder is served at, on this machine alone."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pages_of(site: Path) -> list[str]:
    """The pages of a built site, the one for what is not found left out."""
    return sorted(str(page.relative_to(site)) for page in site.rglob("*.html") if page.name != "404.html")


def complaints(driver: Any, address: str, page: str) -> list[str]:
    """What a reader would see to be wrong with a page; the browser stands at it afterwards."""
    driver.get_log("browser")
    driver.get(f"{address}/{page}")
    images = "return [...document.images].filter(one => !one.complete || !one.naturalWidth).map(one => one.src)"
    found = [f"{page}: the picture {source} does not load" for source in driver.execute_script(images)]
    wide = driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        found.append(f"{page}: {wide} pixels wider than the window")
    errors = [one["message"] for one in driver.get_log("browser") if one["level"] == "SEVERE"]
    return found + [f"{page}: {message}" for message in errors]


def picture_of(driver: Any) -> Image.Image:
    """The upper part of the page that the browser stands at."""
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "scale": 1}
    shot = driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip}
    )
    whole = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")
    return whole.resize((WIDTH // SMALLER, HEIGHT // SMALLER), Image.Resampling.LANCZOS)


def side_by_side(pictures: list[Image.Image], columns: int = 3, gap: int = 8) -> Image.Image:
    """Pictures of one size in rows."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + gap) - gap, rows * (height + gap) - gap), "gray")
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        sheet.paste(picture, (column * (width + gap), row * (height + gap)))
    return sheet


def main() -> None:
    """Look at all pages and write the picture."""
    root = Path(__file__).parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, default=root / "site")
    parser.add_argument("--out", type=Path, default=root / "docs" / "images" / "pages.png")
    arguments = parser.parse_args()
    if missing := why_no_browser():
        sys.exit(f"No page was opened: {missing}.")
    pages = pages_of(arguments.site)
    if not pages:
        sys.exit(f"There is no page in {arguments.site}: `make docs` builds them.")
    shown: dict[str, Image.Image] = {}
    wrong: list[str] = []
    with served_folder(arguments.site) as address, headless_chromium(WIDTH, HEIGHT) as driver:
        for page in pages:
            wrong += complaints(driver, address, page)
            if page in SHOWN:
                shown[page] = picture_of(driver)
    side_by_side([shown[page] for page in SHOWN]).quantize(64).save(arguments.out, optimize=True)
    print(f"{len(pages)} pages were opened; {arguments.out} shows {len(shown)} of them.")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
