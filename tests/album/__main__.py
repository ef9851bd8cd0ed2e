"""`python -m tests.album [NAME ...]`: fills a home, photographs every page, or those named, and writes the document."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.album.album import ALBUM, PAGE, PICTURES, Shot, document
from tests.album.house import Scene, built, flow
from tests.browser.conftest import ARGUMENTS
from tests.browser.driving import Desk, served

WIDTH, HEIGHT = 1280, 860
COLOURS = (128, 64, 32, 20)
"""Of the palette: as many as leave a picture below `MOST_BYTES`."""
MOST_BYTES = 80_000
SAY = print


def main(names: list[str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chaffinch-album-"))
    try:
        scene = built(folder)
        with (
            patch("governance.staffing_measured.measure", lambda *_, **__: flow()),
            served(scene.house) as address,
            sync_playwright() as driver,
        ):
            path = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
            for chapter in ALBUM.chapters:
                for shot in chapter.shots:
                    if not names or shot.name in names:
                        photograph(browser, address, scene, shot, public=chapter.public)
    finally:
        shutil.rmtree(folder)
    PAGE.write_text(document(), encoding="utf-8")


def photograph(browser: Any, address: str, scene: Scene, shot: Shot, *, public: bool) -> None:
    """One picture. Raises `AssertionError` where the page is not there or complains."""
    locale = "zh-CN" if shot.locale == "zh" else "en-GB"
    options = {"viewport": {"width": WIDTH, "height": HEIGHT}, "locale": locale, "color_scheme": shot.scheme}
    with Desk.opened(browser, address, scene.house, **options) as desk:
        if shot.who:
            desk.log_in(shot.who)
            if desk.page.locator("html").get_attribute("lang") != shot.locale:
                desk.page.locator("button[name=locale]").click()
                desk.page.wait_for_selector(f"html[lang={shot.locale}]")
        url = address_of(address, scene, shot, public=public)
        status = desk.page.goto(url).status
        assert (200, url.partition("?")[0]) == (status, desk.page.url.partition("?")[0]), (
            shot.name,
            status,
            desk.page.url,
        )
        tall = desk.page.evaluate("document.documentElement.scrollHeight")
        if desk.page.locator(".buttons").count():  # what sticks to the window's bottom stands at the picture's
            desk.page.set_viewport_size({"width": WIDTH, "height": min(tall, shot.most)})
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(tall, shot.most)}
        taken = desk.page.screenshot(full_page=True, clip=clip, caret="initial")
        assert [] == desk.complaints, (shot.name, desk.complaints)
    size = save(taken, PICTURES / shot.file)
    SAY(f"{shot.file:30} {size / 1000:5.1f} kB, {tall} px tall")


def address_of(address: str, scene: Scene, shot: Shot, *, public: bool) -> str:
    """Where the page is; a public one is asked for in its language."""
    base, places = (address.replace("/console", "/public"), scene.public) if public else (address, scene.places)
    query = shot.query or scene.queries.get(shot.name, "")
    if public:
        query += f"{'&' if query else '?'}lang={shot.locale}"
    return base + places.get(shot.path, shot.path) + quote(query, safe="?=&%")


def save(taken: bytes, path: Path) -> int:
    """The picture in few colours, without loss of their edges; its size in bytes."""
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    for colours in COLOURS:
        few = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.convert("RGB").save(path, "WEBP", lossless=True, quality=70, method=4)
        if path.stat().st_size <= MOST_BYTES:
            break
    return path.stat().st_size


if __name__ == "__main__":
    main(sys.argv[1:])
