"""The page in a real browser: what a person does, and what the page then shows."""

import contextlib

import pytest
from demo.small_bundles import REPORT, diagnosis, sounds
from headless_chromium import headless_chromium, why_no_browser
from served_page import served_page

from multimodal_zoo.demo.app import demo_app
from multimodal_zoo.training import predict_record

MISSING = why_no_browser()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
# Seconds for an answer and its explanation, on a machine that has other things to do.
PATIENCE = 300
FAKE_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


class Page:
    """The page as a person sees it."""

    def __init__(self, driver):
        self.driver = driver

    def at(self, selector):
        from selenium.webdriver.common.by import By

        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        from selenium.webdriver.common.by import By

        return [one.text for one in self.driver.find_elements(By.CSS_SELECTOR, selector)]

    def wait(self, condition):
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, PATIENCE).until(lambda _: condition())

    def choose(self, value):
        from selenium.webdriver.support.ui import Select

        Select(self.at("#model")).select_by_value(value)

    def ask(self):
        """Ask by the keyboard and wait for the answer, or the error."""
        from selenium.webdriver.common.keys import Keys

        self.at("#ask").send_keys(Keys.ENTER)
        self.wait(lambda: self.at("#status").text == "Answered." or self.at("#error").is_displayed())


@pytest.fixture(scope="module")
def asked():
    return diagnosis()


@contextlib.contextmanager
def opened(bundles, width, further=()):
    with served_page(demo_app(bundles)) as address, headless_chromium(width, 900, further) as driver:
        driver.get(address)
        page = Page(driver)
        page.wait(lambda: len(page.texts("#model option")) == len(bundles))
        yield page, address


def test_a_person_asks_with_a_picture_and_a_report_and_then_without_the_report(asked, tmp_path):
    bundle, record = asked
    (tmp_path / "x.png").write_bytes(record["image"])
    (tmp_path / "notes.txt").write_text("This is no image.", encoding="utf-8")
    with opened({"other": sounds(), "diagnosis": bundle}, 400) as (page, address):
        page.choose("diagnosis")
        page.at("#value-report").send_keys(REPORT)
        page.at("#value-image").send_keys(str(tmp_path / "x.png"))
        page.wait(lambda: page.texts(".preview button") == ["Remove"])
        page.ask()
        assert_shows(page, predict_record(bundle, record))
        assert page.texts("#explanation h2")[:3] == ["What each modality contributed", "image", "report"]
        assert page.texts("#explanation .words span") == ["lungs", "clear", "zebra", "heart"]
        maps = "return [...document.querySelectorAll('#explanation img')].map(one => one.naturalWidth)"
        assert page.driver.execute_script(maps) == [288, 288, 288]

        page.at("#explain").click()
        page.at("#use-report").click()
        assert page.texts("#prediction *") == []
        page.ask()
        assert_shows(page, predict_record(bundle, {"image": record["image"]}))
        assert page.at("#seen").text == "Seen: image. Absent: report."
        assert page.texts("#explanation *") == []

        page.at("#value-image").send_keys(str(tmp_path / "notes.txt"))
        page.ask()
        assert page.at("#error").text.startswith("'image' could not be read: expected a JPEG")

        # Narrow as a telephone nothing stands out; every control has a name; nothing came from elsewhere.
        assert page.driver.execute_script("return document.documentElement.scrollWidth") <= 400
        nameless = "return [...document.querySelectorAll('input, select, textarea, button')].filter(one => !("
        nameless += "one.labels?.length || one.ariaLabel || one.textContent)).map(one => one.id)"
        assert page.driver.execute_script(nameless) == []
        loaded = page.driver.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
        assert any(one.startswith(f"{address}/style.css") for one in loaded)
        assert [one for one in loaded if not one.startswith((f"{address}/", "data:", f"blob:{address}/"))] == []
        assert [one for one in page.driver.get_log("browser") if "422" not in one["message"]] == []


def test_a_recording_and_an_example_can_be_asked():
    with opened({"sounds": sounds()}, 1000, FAKE_MICROPHONE) as (page, _):
        page.at("#record-audio").click()
        page.wait(lambda: page.at("#record-audio").text == "Stop recording")
        # Two tenths of a second at least.
        page.driver.execute_async_script("setTimeout(arguments[0], 500)")
        page.at("#record-audio").click()
        page.wait(lambda: page.texts(".preview button") == ["Remove"])
        page.ask()
        assert page.at("#seen").text == "Seen: audio. Absent: image."
        assert page.at("#error").text == ""
        assert "audio" in page.texts("#explanation h2")

        page.at("#example").click()
        page.wait(lambda: page.at("#status").text == "An example is filled in.")
        assert page.at("#told").text.startswith("Made up at random")
        page.at("#explain").click()
        page.ask()
        assert page.at("#seen").text == "Seen: audio, image."


def assert_shows(page, answer):
    """The page shows the label and the probabilities of an answer, the largest first."""
    assert page.at(".said").text == answer["label"]
    expected = sorted(answer["probabilities"].items(), key=lambda pair: -pair[1])
    assert page.texts("#prediction .bars th") == [name for name, _ in expected]
    assert page.texts("#prediction .bars td.number") == [f"{value:.4f}" for _, value in expected]
