"""Pages are opened in a real browser; skipped where there is none."""

import pytest
from headless_chromium import headless_chromium, why_no_browser
from page_pictures import HEIGHT, WIDTH, complaints, pages_of, picture_of, served_folder, side_by_side
from PIL import Image

pytestmark = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is a browser")


@pytest.fixture
def browser():
    with headless_chromium(WIDTH, HEIGHT) as driver:
        yield driver


def test_a_page_tells_what_is_wrong_with_it(browser, tmp_path):
    Image.new("RGB", (40, 40), "red").save(tmp_path / "here.png")
    (tmp_path / "good.html").write_text("<title>x</title><link rel=icon href=data:,><img src=here.png>")
    (tmp_path / "broken.html").write_text("<link rel=icon href=data:,><img src=gone.png>")
    (tmp_path / "wide.html").write_text(f"<link rel=icon href=data:,><div style='width:{WIDTH + 300}px'>x</div>")
    (tmp_path / "failing.html").write_text("<link rel=icon href=data:,><script>nothing.here()</script>")
    (tmp_path / "404.html").write_text("x")
    assert pages_of(tmp_path) == ["broken.html", "failing.html", "good.html", "wide.html"]
    with served_folder(tmp_path) as address:
        assert complaints(browser, address, "good.html") == []
        missing = complaints(browser, address, "broken.html")
        assert missing[0] == f"broken.html: the picture {address}/gone.png does not load"
        (wide,) = complaints(browser, address, "wide.html")
        assert "pixels wider than the window" in wide and int(wide.split()[1]) >= 300
        (failing,) = complaints(browser, address, "failing.html")
        assert "nothing is not defined" in failing


def test_the_picture_is_of_the_page_and_pictures_stand_in_rows(browser, tmp_path):
    (tmp_path / "blue.html").write_text("<body style='background: rgb(0, 0, 255)'>")
    with served_folder(tmp_path) as address:
        complaints(browser, address, "blue.html")
        blue = picture_of(browser)
    assert blue.size == (WIDTH // 2, HEIGHT // 2)
    assert blue.getpixel((100, 100)) == (0, 0, 255)
    red = Image.new("RGB", blue.size, (255, 0, 0))
    sheet = side_by_side([blue, red, red], columns=2, gap=10)
    assert sheet.size == (WIDTH + 10, HEIGHT + 10)
    assert sheet.getpixel((WIDTH // 2 + 5, 5)) == (128, 128, 128)
    assert sheet.getpixel((WIDTH // 2 + 15, 5)) == (255, 0, 0) == sheet.getpixel((5, HEIGHT // 2 + 15))
    assert sheet.getpixel((5, 5)) == (0, 0, 255)
