"""Trusted flaggers, findings about who reports and the case with a flagger's notice: axe finds nothing, none is cut."""

from __future__ import annotations

from typing import Any

from tests.browser.driving import Desk
from tests.browser.test_pages import _looked_at, axe, house
from tests.console.house import House
from tests.console.test_flaggers import found, marked, report

__all__ = ["axe", "house"]


def test_their_pages_are_fit_for_everybody(chromium: Any, address: str, house: House, axe: str) -> None:
    marked(house, expertise=["harassment", "hate", "privacy"], valid_until="2031-01-01")
    finding = found(house)
    house.comment("hello", id="c-1", policy="eu")
    report(house, "c-1", by="pseudonym-91")
    options = {"viewport": {"width": 1280, "height": 860}, "locale": "en-GB", "color_scheme": "light"}
    with Desk.opened(chromium, address, house, **options) as desk:
        desk.log_in("ada", "admin")
        told = {}
        for name, path in (
            ("flaggers", "/flaggers"), ("reports", "/reports"), ("reporter", f"/reports/people/{finding}"),
            ("queue", "/queue"), ("work", "/work"), ("transparency", "/transparency"),
        ):  # fmt: skip
            assert desk.go(path) == 200
            desk.page.evaluate("for (const one of document.querySelectorAll('details:not(.menu)')) one.open = true")
            told[name] = _looked_at(desk, axe, f"flaggers-{name}")
    assert {} == {name: each for name, each in told.items() if each}
