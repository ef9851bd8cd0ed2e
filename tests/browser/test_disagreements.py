"""A lead settles by keys what people decided apart; its pages and the case page beside it keep nobody out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.driving import Desk
from tests.browser.test_pages import WAYS, _looked_at, axe
from tests.console.house import House, build
from tests.console.test_disagreements import WHY, apart, checking

__all__ = ["axe"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = checking(build(tmp_path))
    yield built
    built.database.close()


@pytest.mark.parametrize(("language", "scheme"), WAYS)
def test_what_was_decided_apart_is_settled_by_keys_and_read_beside_the_policy(
    chromium: Any, address: str, house: House, axe: str, language: str, scheme: str
) -> None:
    stored = apart(house)
    options = {"viewport": {"width": 1280, "height": 860}, "locale": language, "color_scheme": scheme}
    with Desk.opened(chromium, address, house, **options) as desk:
        desk.log_in("li", "lead")
        if language == "zh-CN":
            desk.in_chinese()
        found = {}
        for path in ("/quality/disagreements", f"/quality/disagreements/{stored.decision_id}"):
            desk.go(path)
            found[path] = _looked_at(desk, axe, f"apart-{len(found)}-{language[:2]}-{scheme}")
        desk.press("6")
        desk.press("m")
        desk.press("6")
        desk.press("Enter")
        desk.press("w")
        desk.page.keyboard.type(WHY)
        desk.press("Control+Enter")
        desk.page.wait_for_url("**/labels/abuse")
        found["label"] = _looked_at(desk, axe, f"label-{language[:2]}-{scheme}")
        assert WHY in desk.text("#main")
        house.comment("楼上的蠢货，别再来了，没人想看")
        desk.go("/work")
        desk.press("6")
        assert WHY in desk.text("#policy-abuse")
        found["work"] = _looked_at(desk, axe, f"work-edge-{language[:2]}-{scheme}")
        assert {} == {path: told for path, told in found.items() if told}
        assert ([], []) == (desk.foreign, desk.complaints)
