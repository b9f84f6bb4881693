"""Make docs/images/demo.png: the page of `multimodal-zoo demo` after a question about an example.

    python docs/generator/demo_picture.py [BUNDLE] [--out docs/images/demo.png] [--number 0]

Without a bundle it is the small one that the command trains.
"""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path

from headless_chromium import headless_chromium, why_no_browser
from served_page import served_page

from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()
from multimodal_zoo.demo.app import demo_app  # noqa: E402  (it would import TensorFlow with all its remarks)
from multimodal_zoo.demo.offered_bundles import offered_bundles  # noqa: E402

WIDTH, HEIGHT = 1200, 900
# Seconds for an answer and its explanation.
PATIENCE = 300


def picture_of(address: str, number: int) -> bytes:
    """A PNG of the whole page once the example of this number, from 0, is answered and explained."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    with headless_chromium(WIDTH, HEIGHT) as driver:
        driver.get(address)

        def wait_for(status: str) -> None:
            WebDriverWait(driver, PATIENCE).until(lambda _: driver.find_element(By.ID, "status").text == status)

        wait_for("Fill in a record, or take the example, and ask.")
        for _ in range(number + 1):
            driver.find_element(By.ID, "example").click()
            wait_for("An example is filled in.")
        driver.find_element(By.ID, "ask").click()
        wait_for("Answered.")
        size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        whole = {"format": "png", "captureBeyondViewport": True, "clip": {**size, "scale": 1}}
        return base64.b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", whole)["data"])


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path, nargs="*")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "images" / "demo.png")
    parser.add_argument("--number", type=int, default=0, help="Which example, from 0.")
    arguments = parser.parse_args()
    if missing := why_no_browser():
        sys.exit(f"There is no picture: {missing}.")
    offered = offered_bundles(arguments.bundle)
    with served_page(demo_app(offered.bundles, offered.note)) as address:
        arguments.out.write_bytes(picture_of(address, arguments.number))
    print(arguments.out)


if __name__ == "__main__":
    main()
