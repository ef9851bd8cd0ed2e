"""A group by keys: of a long text all is shown, and what was ticked and chosen stays."""

from __future__ import annotations

import os
from pathlib import Path

from review.groups import gather
from tests.browser.driving import Desk
from tests.console.house import House, case_in


def test_the_key_shows_all_of_the_text_in_the_row_that_has_the_focus(desk: Desk, house: House) -> None:
    for number in range(6):
        house.comment(f"{'今天天气不错' * 300}回血{number}", author="spammer", thread_id=f"t{number}")
    gather(house.database, house.clock())
    desk.log_in()
    page = desk.page
    desk.go("/work")
    case_id = case_in(page.content())
    desk.go(f"/work/{case_id}/group")
    for key in ("j", "j", " ", "j"):
        page.keyboard.press(key)
    assert [True, False, True] == [page.locator(f"#pick-{place}").is_checked() for place in (1, 2, 3)]
    with page.expect_navigation():
        page.keyboard.press("v")
    texts = page.locator(".together .waits label").all_inner_texts()
    assert [False, False, True, False] == [len(text) > 1800 for text in texts[:4]]
    assert "pick-3" == page.evaluate("document.activeElement.id")
    assert [True, False, True] == [page.locator(f"#pick-{place}").is_checked() for place in (1, 2, 3)]
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=str(Path(folder) / "group.png"), full_page=True)
