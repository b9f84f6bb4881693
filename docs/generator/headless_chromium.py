"""A Chromium without a window, driven by Selenium."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
# It asks nothing of anybody but the page.
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def browser_path() -> str | None:
    """Where the browser is, or None."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def why_no_browser() -> str:
    """What is missing here to drive a browser; empty if nothing is."""
    there = {
        "Chromium": browser_path(),
        DRIVER: shutil.which(DRIVER),
        "the package selenium": find_spec("selenium"),
    }
    missing = [name for name, found in there.items() if not found]
    return f"a page is tried in a browser, and {', '.join(missing)} is not here" if missing else ""


@contextlib.contextmanager
def headless_chromium(width: int, height: int, further: Sequence[str] = ()) -> Iterator[Any]:
    """A Selenium driver with a new profile.

    Args:
        width, height: of the page, in CSS pixels.
        further: more arguments of the browser.
    """
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = browser_path()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for argument in (*ARGUMENTS, f"--user-data-dir={profile}", *further):
            options.add_argument(argument)
        driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which(DRIVER)))
        try:
            # A window has a least width; a page need not.
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            yield driver
        finally:
            driver.quit()
