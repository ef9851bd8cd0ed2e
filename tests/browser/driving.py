"""How the tests use the browser: log in, press keys, wait for the next case, take pictures."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from tests.console.house import PASSWORD, House

PICTURES = Path(__file__).resolve().parents[2] / "var" / "screenshots"
TIMEOUT_MS = 15_000
AGAIN = 0.5
"""Seconds after which the same key may be pressed again; `slips.js` takes it for a slip before 0.4."""
UNSEEN = "form.verdict[data-seen-ms]"


@contextmanager
def served(house: House) -> Iterator[str]:
    """The console's address, served by uvicorn in a thread on a free port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(house.app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/console"
    server.should_exit = True
    thread.join(timeout=20)
    listening.close()
    assert not thread.is_alive()


@dataclass
class Desk:
    """One browser window. `complaints` are errors of its console, `foreign` requests that left the server."""

    page: Any
    context: Any
    address: str
    house: House
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    _pressed: tuple[str, float] = "", 0.0

    @classmethod
    @contextmanager
    def opened(cls, browser: Any, address: str, house: House, **options: Any) -> Iterator[Desk]:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, "locale": "en-GB", **options})
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        desk = cls(page, context, address, house)
        page.on("console", desk._hear)
        page.on("pageerror", lambda error: desk.complaints.append(str(error)))
        page.on("request", lambda request: desk._watch(request.url))
        yield desk
        context.close()

    def _hear(self, message: Any) -> None:
        # A refused verdict is a 4xx answer, which browsers report as an error of the page; it is not.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _watch(self, url: str) -> None:
        if not url.startswith((self.address.removesuffix("/console"), "data:", "about:")):
            self.foreign.append(url)

    def log_in(self, name: str = "mei", role: str = "moderator") -> None:
        if name not in self.house.people:
            self.house.person(name, role)
        self.page.goto(f"{self.address}/login")
        self.page.locator("input[name=name]").fill(name)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("header nav", state="attached")  # folded where the window is narrow

    def in_chinese(self) -> None:
        """Changes the language by its button, which a narrow window has in the menu."""
        button = self.page.locator("button[name=locale]")
        if not button.is_visible():
            self.page.locator("label[for=menu-open]").click()
        button.click()
        self.page.wait_for_selector("html[lang=zh]")

    def go(self, path: str) -> int:
        """Opens a page; its status."""
        return int(self.page.goto(f"{self.address}{path}").status)

    @property
    def case_id(self) -> str:
        return str(self.page.locator("#main").get_attribute("data-case"))

    def press(self, key: str) -> None:
        """As a person does: not before the case was looked at, nor the same key twice at once, which is a slip."""
        if len(key.rpartition("+")[2]) == 1 and self.page.locator(UNSEEN).count():
            self.wait_until_seen()
        last, at = self._pressed
        if key == last and (left := at + AGAIN - time.monotonic()) > 0:
            self.page.wait_for_timeout(1000 * left)
        self._pressed = key, time.monotonic()
        self.page.keyboard.press(key)

    def wait_until_seen(self) -> None:
        """Until the case was on the screen for as long as a person needs to see it: from then on a verdict counts."""
        self.page.wait_for_selector("#main[data-seen]", state="attached")

    def press_and_go_on(self, key: str) -> str:
        """Presses a key that ends this case, waits for the next; returns the case that was decided."""
        before = self.case_id
        self.press(key)
        self.wait_for_another(before)
        return before

    def wait_for_another(self, case_id: str) -> None:
        self.page.wait_for_selector(f"#main:not([data-case='{case_id}'])")

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())

    def picture(self, name: str, *, full: bool = True) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        # Hiding the caret would need a style element, which the pages' policy refuses.
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=full, caret="initial")
