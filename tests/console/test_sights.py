"""What a page puts before somebody's eyes of the worst counts, whichever page it is, and once."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from console.preferences import COOKIE
from console.rendering import TEMPLATES
from console.routes import application
from records.storing import Stored
from records.tables import cases as cases_table
from records.tables import texts_seen
from review import edge_cases, exposure, gold
from review.chosen import Why
from review.edge_cases import Mark
from review.exposure import UNLIMITED, Wellness
from tests.console.house import House, Visitor, case_in, csrf_in, revealed_in
from tests.console.test_search import index

LISTS = (
    "/search?surface=forum",
    "/comments/{comment_id}/account",
    "/comments/{comment_id}/thread",
    "/decisions/{decision_id}",
    "/quality/gold",
    "/labels/abuse",
)
"""Pages far from the queue that show the one harsh text."""


def worst_seen(house: House, name: str) -> int:
    with house.database.reading() as look:
        return exposure.of(look, house.people[name].id, UNLIMITED, now=house.clock()).worst


def a_known_insult(house: House) -> Stored:
    """Decided, a known answer and an edge case."""
    stored = house.comment("你这个蠢货", id="c-1", thread_id="t-1")
    ben = house.logged_in("ben", "senior")
    assert 303 == ben.decide("reject", labels="abuse").status_code
    with house.database.unit() as unit:
        gold.vouch(unit, str(stored.case_id), why="plainly one", author="ben", now=house.clock())
        said = Mark(stored.decision_id, "abuse", "plainly one")
        edge_cases.mark(unit, house.parts.taxonomy.names, said, author="ben", now=house.clock())
        unit.commit()
    index(house)
    return stored


def lift(visitor: Visitor, page: str) -> int:
    """As the page's script does once the veil is lifted."""
    return int(visitor.post("/seen", {"csrf": csrf_in(page), "revealed": revealed_in(page)}).status_code)


def unblurred(visitor: Visitor) -> Visitor:
    visitor.client.cookies.set(COOKIE, "en-auto-off", path="/console")
    return visitor


def limited(house: House, most: int) -> None:
    house.app.routes[:] = [each for each in house.app.routes if getattr(each, "path", "") != "/console"]
    house.parts = replace(house.parts, wellness=Wellness(worst_an_hour=most))
    house.app.mount("/console", application(house.parts))


def test_a_text_that_is_read_far_from_the_queue_counts_once_wherever_it_is_read(house: House) -> None:
    stored = a_known_insult(house)
    lea = house.logged_in("lea", "lead")
    for path in LISTS:
        page = lea.page(path.format(comment_id=stored.comment_id, decision_id=stored.decision_id))
        assert (1, True) == (page.count('id="reveal"'), bool(revealed_in(page))), path
    assert 0 == worst_seen(house, "lea"), "still blurred"
    assert 204 == lift(lea, page)
    assert [1, 1, 1, 1, 1, 1] == [_after_lifting(house, lea, path, stored) for path in LISTS]
    house.clock.forward(minutes=61)
    lea.page("/search?surface=forum")
    assert 0 == worst_seen(house, "lea"), "an hour ago"


def _after_lifting(house: House, visitor: Visitor, path: str, stored: Stored) -> int:
    lift(visitor, visitor.page(path.format(comment_id=stored.comment_id, decision_id=stored.decision_id)))
    return worst_seen(house, "lea")


@pytest.mark.parametrize("path", LISTS)
def test_who_wants_nothing_blurred_has_read_it_with_the_page(house: House, path: str) -> None:
    stored = a_known_insult(house)
    lea = unblurred(house.logged_in("lea", "lead"))
    page = lea.page(path.format(comment_id=stored.comment_id, decision_id=stored.decision_id))
    assert (0, 1) == (page.count('id="reveal"'), worst_seen(house, "lea"))


def test_harsh_texts_around_a_mild_case_count_with_it(house: House) -> None:
    house.comment("你这个蠢货", thread_id="t-1")
    ben = house.logged_in("ben", "senior")
    ben.decide("reject", labels="abuse")
    house.clock.forward(minutes=90)
    house.comment("加微信看第1期", thread_id="t-1")
    mei = house.logged_in("mei")
    page = mei.page("/work")
    assert ("advertising", 0) == (house.case(case_in(page)).label, worst_seen(house, "mei"))
    assert 204 == lift(mei, page)
    assert 1 == worst_seen(house, "mei")


def test_what_lies_ahead_in_the_page_is_not_read_with_it(house: House) -> None:
    for number in range(14):
        house.comment(f"你这个蠢货{number}", author=f"a-{number}", thread_id=f"t-{number}")
    here, _, ahead = unblurred(house.logged_in("mei")).page("/work").partition("<template")
    assert (True, True, 1) == ("蠢货" in here, "蠢货" in ahead, _noted(house))


def _noted(house: House) -> int:
    with house.database.reading() as look:
        return len(look.execute(texts_seen.select()).all())


def test_nobody_counts_for_others_and_a_made_up_form_tells_nothing(house: House) -> None:
    stored = a_known_insult(house)
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    page = mei.page(f"/decisions/{stored.decision_id}")
    theirs = csrf_in(wei.page("/help"))
    for said in (revealed_in(page), stored.comment_id, f"{house.people['wei'].id} {stored.comment_id}", "5", ""):
        answer = wei.post("/seen", {"csrf": theirs, "revealed": said})
        assert (204, b"") == (answer.status_code, answer.content)
    assert (0, 0) == (worst_seen(house, "mei"), worst_seen(house, "wei"))
    assert 403 == mei.post("/seen", {"csrf": "0" * 64, "revealed": revealed_in(page)}).status_code
    assert 0 == worst_seen(house, "mei")


def test_without_script_the_form_on_the_page_tells_what_was_read(house: House) -> None:
    a_known_insult(house)
    mei = house.logged_in("mei")
    page = mei.page("/search?surface=forum")
    assert re.search('id="reveal"[^>]* form="decide"', page)
    mei.post("/search/decide", {"csrf": csrf_in(page), "revealed": revealed_in(page), "verdict": "approve"})
    assert 1 == worst_seen(house, "mei")


def test_what_is_judged_blind_is_counted_by_its_case_alone(house: House) -> None:
    """Whether the text is harsh is just what the page does not say; the hour must not say it either."""
    stored = house.comment("你这个蠢货")
    with house.database.unit() as unit:
        unit.execute(update(cases_table).where(cases_table.c.id == stored.case_id).values(why=Why.RANDOM))
        unit.commit()
    mei = house.logged_in("mei")
    page = mei.page("/work")
    assert (1, "") == (page.count('id="reveal"'), revealed_in(page))
    unblurred(mei).page("/work")
    assert 0 == worst_seen(house, "mei")


def test_at_the_limit_of_the_hour_pages_stay_open_and_say_so(house: House) -> None:
    stored = a_known_insult(house)
    limited(house, 1)
    mei = house.logged_in("mei")
    place = f"/decisions/{stored.decision_id}"
    page = mei.page(place)
    assert "as this house sets as its limit" not in page
    lift(mei, page)
    house.clock.forward(minutes=20)
    told = mei.page(place)
    assert "as this house sets as its limit (1). Nothing here is closed to you" in told
    assert re.search(r"for you for (39|40) min\.", told)
    assert "as its limit" in unblurred(mei).page("/search?surface=forum")
    assert "as its limit" not in mei.page("/help")
    house.comment("蠢货二")
    assert "" == case_in(mei.page("/work")), "the queue keeps to it"


def test_the_crew_page_its_table_and_ones_own_page_count_it(house: House) -> None:
    stored = a_known_insult(house)
    house.comment("加微信看第1期", thread_id="t-9")
    mei = house.logged_in("mei")
    assert 303 == mei.decide("approve").status_code
    lift(mei, mei.page(f"/decisions/{stored.decision_id}"))
    house.clock.forward(minutes=5)
    lea = house.logged_in("lea", "lead")
    [row] = [each for each in _table(lea) if each["moderator"] == "mei"]
    assert ("1", "1") == (row["worst_seen_last_day"], row["worst_seen_last_hour"])
    assert "1 of 2" in mei.page("/mine")


def _table(lea: Visitor) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(lea.get("/quality/worst.csv").text.removeprefix("\ufeff"))))


# No page comes without it

NO_COMMENTS = {
    "_asked.html": "what whoever reports or appeals wrote",
    "_begins.html": "a rule's text",
    "_changes.html": "a rule's text",
    "_checked.html": "examples of a rule",
    "_mistakes.html": "rows of a data set, of no platform's comment",
    "_passed.html": "what colleagues wrote",
    "_verdicts.html": "notes of verdicts",
    "approval.html": "a rule's text",
    "rule.html": "a rule's text",
    "mine.html": "what a third person wrote",
    "story.html": "notes of verdicts",
}
"""Templates that write marked texts which are no comments, and what they write."""

WRITES, BLURS, LIFTS = re.compile(r"\b(show|texts)\.text\("), re.compile(r"\.(over|veiled)\("), ".veil("


def templates() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html")}


def with_parts(name: str, all_of: dict[str, str]) -> set[str]:
    """A template and all that it takes in."""
    found, left = set(), [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += re.findall(r"{% (?:include|import) '([\w.]+)'", all_of[one])
    return found


def test_every_template_that_writes_comments_says_which_are_harsh() -> None:
    found = {name for name, text in templates().items() if WRITES.search(text)}
    blurring = {name for name in found if BLURS.search(templates()[name])} | {"_attachments.html"}
    assert set(NO_COMMENTS) == found - blurring


def test_no_template_blurs_or_lifts_by_itself() -> None:
    by_hand = re.compile(r"class=\"[^\"{]*(veiled|blurred|hit-text harsh)|id=\"reveal")
    assert [] == [name for name, text in templates().items() if by_hand.search(text)]


def test_every_page_with_harsh_texts_has_the_way_to_them() -> None:
    all_of = templates()
    pages = [name for name, text in all_of.items() if "{% extends 'base.html' %}" in text]
    whole = {name: "".join(all_of[part] for part in with_parts(name, all_of)) for name in pages}
    harsh = {name for name in pages if BLURS.search(_without_macros_unused(name, all_of))}
    assert {"search.html", "story.html", "decision.html", "gold.html", "rule.html", "approval.html"} <= harsh
    assert set() == {name for name in harsh if LIFTS not in whole[name]}


def _without_macros_unused(name: str, all_of: dict[str, str]) -> str:
    """What the page writes: of macros that only some pages call, those that it calls."""
    parts = with_parts(name, all_of)
    own = all_of[name]
    if "_ground.html" in parts and ", sight)" not in "".join(all_of[part] for part in parts - {"_ground.html"}):
        parts -= {"_ground.html"}
    if "_decide.html" in parts and "deciding.hit(" not in own:
        parts -= {"_decide.html"}
    return "".join(all_of[part] for part in parts)
