"""A real browser (Debian's Chromium) on a real server on 127.0.0.1. Skipped with a reason where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.driving import Desk, served
from tests.console.house import House, build

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Not for the whole session: the driver keeps an event loop running in this thread, and no other test could run its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium fonts-noto-cjk (without the fonts Chinese is boxes)")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = build(tmp_path, seen_ms=400)
    yield built
    built.database.close()


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """The console's address."""
    with served(house) as found:
        yield found


@pytest.fixture
def desk(chromium: object, address: str, house: House) -> Iterator[Desk]:
    """A moderator's browser. Nothing may be asked of another host, and no script or style may be refused or fail."""
    with Desk.opened(chromium, address, house) as opened:
        yield opened
        assert [] == opened.foreign
        assert [] == opened.complaints
