"""What is lifted with a key counts, on whatever page, and once."""

from __future__ import annotations

from records.tables import texts_seen
from review import exposure
from review.exposure import UNLIMITED
from tests.browser.driving import Desk
from tests.console.house import House
from tests.console.test_search import index


def worst_seen(house: House) -> int:
    with house.database.reading() as look:
        return exposure.of(look, house.people["mei"].id, UNLIMITED, now=house.clock()).worst


def lift(desk: Desk) -> None:
    with desk.page.expect_response("**/seen") as told:
        desk.press("b")
    assert 204 == told.value.status
    assert desk.page.locator("#reveal").is_checked()


def test_what_a_key_lifts_is_counted_at_once_on_every_page_and_once(desk: Desk, house: House) -> None:
    stored = [house.comment(f"你这个蠢货{n}", id=f"c-{n}", thread_id="t-1") for n in range(3)]
    index(house)
    desk.log_in()
    desk.go("/search?surface=forum")
    assert 1 == worst_seen(house), "the case that the log-in led to"
    lift(desk)
    assert 3 == worst_seen(house)
    for path in (f"/decisions/{stored[0].decision_id}", f"/comments/{stored[0].comment_id}/thread"):
        desk.go(path)
        lift(desk)
    assert 3 == worst_seen(house)
    assert [] == desk.complaints


def test_concealed_and_lifted_again_it_is_told_once(desk: Desk, house: House) -> None:
    house.comment("你这个蠢货", id="c-1", thread_id="t-1")
    index(house)
    desk.log_in()
    sent = []
    desk.page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/seen") else None)
    desk.go("/search?surface=forum")
    lift(desk)
    for _ in range(2):
        desk.press("b")
    assert (1, True) == (len(sent), desk.page.locator("#reveal").is_checked())


def test_the_case_ahead_brings_a_veil_that_counts_for_it(desk: Desk, house: House) -> None:
    for number in range(14):
        house.comment(f"你这个蠢货{number}", author=f"a-{number}", thread_id=f"t-{number}")
    desk.log_in()
    desk.go("/work")
    lift(desk)
    first = desk.press_and_go_on("a")
    with desk.page.expect_response("**/seen") as told:
        desk.press("b")
    assert 204 == told.value.status
    with house.database.reading() as look:
        noted = {row.comment_id for row in look.execute(texts_seen.select())}
    assert {house.case(first).comment_id, house.case(desk.case_id).comment_id} == noted
    assert [] == desk.complaints
