"""Whoever has a case in hand learns nowhere in the console what others said of it; of an appeal, nothing at all."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from governance import appeals
from records import cases, leases
from records.storing import Stored
from records.tables import cases as cases_table
from records.values import CaseRecord, Purpose, VerdictKind
from review.chosen import Why
from tests.console.house import House, Visitor, case_in
from tests.console.test_search import index

LABEL = "advertising"


def _removed(house: House) -> Stored:
    """Two comments of one account; mei rejected one, the other waits for nobody."""
    stored = house.comment("加微信", id="c1")
    house.comment("今天的云真好看", id="c2")
    assert 303 == house.logged_in("mei").decide("reject", labels=LABEL).status_code
    index(house)
    return stored


def _appealed(house: House, stored: Stored) -> Visitor:
    """The appeal in ben's hands."""
    with house.database.unit() as unit:
        rules = house.parts.complaints
        appeals.make(unit, stored.decision_id, "it was a joke", rules, sender="t", now=house.clock())
        unit.commit()
    ben = house.logged_in("ben")
    assert "it was a joke" in ben.page("/work?queue=appeals")
    index(house)
    return ben


def _asked_blind(house: House, stored: Stored, purpose: Purpose) -> Visitor:
    """The same comment in ben's hands, as a check of what was said."""
    ben = house.logged_in("ben")
    with house.database.unit() as unit:
        decided: CaseRecord = cases.get(unit, str(stored.case_id))
        again = cases.ask_again(unit, decided, queue="forum", why="review", purpose=purpose, now=house.clock())
        leases.lease(unit, again.id, house.people["ben"].id, expires_at=house.clock().replace(year=2999))
        unit.commit()
    return ben


def _figures(page: str) -> list[int]:
    """Comments, blocked, decided by people, against the machine."""
    sums = page[page.index('<dl class="figures">') : page.index("</dl>")]
    return [int(told) for told in re.findall(r"<dd>(\d+)", sums)]


def _row(page: str, text: str) -> str:
    """The row of a comment in a list."""
    return next(row for row in page.split('<li class="hit">')[1:] if text in row).partition("</li>")[0]


@pytest.mark.parametrize("path", ["/search?q=加微信", "/comments/{id}/account"])
def test_of_an_appeal_no_list_tells_the_outcome_the_labels_or_the_marks(house: House, path: str) -> None:
    stored = _removed(house)
    ben = _appealed(house, stored)
    row = _row(ben.page(path.format(id=stored.comment_id)), "加微信")
    assert "in your hands: how it stands" in row
    told = [part for part in ("outcome", "tag", "Advertising", "Blocked", "review") if part in row]
    assert [] == told
    assert ("<mark" in row) is ("search" in path), "of a search the words that were looked for, and no more"


def test_an_appeal_is_found_under_no_filter_that_would_tell_it(house: House) -> None:
    ben = _appealed(house, _removed(house))
    assert "加微信" in ben.page("/search?surface=forum")
    for told in (f"label={LABEL}", "outcome=block", "outcome=pass", "decided=person", "decided=overturned"):
        assert 'class="hit"' not in ben.page(f"/search?q=加微信&{told}"), told


def test_the_sums_of_an_account_leave_out_what_is_appealed(house: House) -> None:
    stored = _removed(house)
    path = f"/comments/{stored.comment_id}/account"
    assert [2, 1, 1, 0] == _figures(house.logged_in("mei").page(path))
    assert [2, 0, 0, 0] == _figures(_appealed(house, stored).page(path))


@pytest.mark.parametrize("purpose", [Purpose.OPINION, Purpose.GOLD])
def test_the_sums_do_not_give_away_that_a_case_is_a_check(house: House, purpose: Purpose) -> None:
    stored = _removed(house)
    ben = _asked_blind(house, stored, purpose)
    page = ben.page(f"/comments/{stored.comment_id}/account")
    assert [2, 0, 0, 0] == _figures(page)
    assert "Rejected" not in page


def test_once_decided_all_of_it_is_told(house: House) -> None:
    stored = _removed(house)
    ben = _appealed(house, stored)
    page = ben.page("/work?queue=appeals")
    assert 303 == ben.decide("reject", page=page, labels=LABEL).status_code
    assert VerdictKind.REJECT is house.verdicts(case_in(page))[0].verdict
    assert [2, 1, 1, 0] == _figures(ben.page(f"/comments/{stored.comment_id}/account"))


def test_what_is_drawn_at_random_is_judged_without_the_machine(house: House) -> None:
    """Whoever sees the scores measures how well they agree with the machine."""
    for text, why in (("下注稳赢的平台", Why.RANDOM), ("下注日进斗金", Why.UNCERTAIN)):
        stored = house.comment(text)
        with house.database.unit() as unit:
            unit.execute(update(cases_table).where(cases_table.c.id == stored.case_id).values(why=why))
            unit.commit()
        who = house.logged_in(f"mei-{why}")
        page = who.page("/work")
        assert stored.case_id == case_in(page)
        shows = why is not Why.RANDOM
        assert (shows, shows, not shows) == (
            "<mark" in page, "label suspected" in page, "is not shown: it is what is measured" in page
        )  # fmt: skip
        assert 303 == who.decide("reject", page=page, labels="gambling").status_code


ADVERT = "加微信领取新人专属红包，名额有限先到先得，速来"


def _copies(house: House, text: str = ADVERT) -> list[Stored]:
    """Four of one text in a thread, a campaign; mei rejected the last three of them, one by one."""
    stored = [house.comment(text, id=f"c{n}", thread_id="t-1", author=f"author-{n}") for n in range(4)]
    mei = house.logged_in("mei")
    for _ in stored[:3]:
        assert 303 == mei.decide("reject", labels=LABEL).status_code
    house.campaign(*stored)
    index(house)
    return stored


def _asked(house: House, stored: Stored, kind: str) -> Visitor:
    """The comment in ben's hands, in a case of this kind."""
    if kind == "appeal":
        with house.database.unit() as unit:
            appeals.make(unit, stored.decision_id, "a joke", house.parts.complaints, sender="t", now=house.clock())
            unit.commit()
        ben = house.logged_in("ben")
        assert "a joke" in ben.page("/work?queue=appeals")
        return ben
    if kind == "disagreement":
        ben = house.logged_in("ben", "senior")
        with house.database.unit() as unit:
            decided = cases.get(unit, str(stored.case_id))
            third = cases.ask_again(
                unit, decided, queue="escalated", why=kind, purpose=Purpose.DECIDE, now=house.clock()
            )  # fmt: skip
            leases.lease(unit, third.id, house.people["ben"].id, expires_at=house.clock().replace(year=2999))
            unit.commit()
        return ben
    return _asked_blind(house, stored, Purpose(kind))


BLIND_KINDS = ["opinion", "gold", "lesson", "appeal", "disagreement"]


@pytest.mark.parametrize("kind", BLIND_KINDS)
@pytest.mark.parametrize("text", [ADVERT, "加微信"])
def test_what_is_asked_blind_shows_no_verdict_on_a_copy_anywhere(house: House, kind: str, text: str) -> None:
    stored = _copies(house, text)
    ben = _asked(house, stored[3], kind)
    for path in (
        "/comments/{id}/thread",
        "/comments/{id}/account",
        "/search?q=加微信",
        "/search?q=加微信&label=" + LABEL,
    ):
        page = ben.page(path.format(id=stored[3].comment_id))
        told = [word for word in ("Rejected", "mei", "outcome block", "Blocked</") if word in _hits(page)]
        assert [] == told, path
    for path in ("outcome=block", "decided=person"):
        assert 'class="hit"' not in ben.page(f"/search?q=加微信&{path}"), path


def _hits(page: str) -> str:
    return "".join(part.partition("</li>")[0] for part in page.split('<li class="hit">')[1:])


@pytest.mark.parametrize("kind", BLIND_KINDS)
def test_the_campaign_of_what_is_asked_blind_says_not_how_its_copies_were_decided(house: House, kind: str) -> None:
    stored = _copies(house)
    ben = _asked(house, stored[3], kind)
    case_id = case_in(
        ben.page("/work" + {"appeal": "?queue=appeals", "disagreement": "?queue=escalated"}.get(kind, ""))
    )
    page = ben.page(f"/work/{case_id}/campaign")
    assert "decided by a person before" not in page
    assert "left as they are" in page
    copy = ben.get(f"/decisions/{stored[1].decision_id}")
    assert "Rejected" not in copy.text
    assert (403 if kind == "appeal" else 200) == copy.status_code


def test_whoever_decides_first_reads_how_copies_were_decided(house: House) -> None:
    stored = _copies(house)
    mei = house.logged_in("mei")
    case_id = case_in(mei.page("/work"))
    page = mei.page(f"/work/{case_id}/campaign")
    assert "left as they are" in page, "as where it is asked blind"
    assert "decided by a person before" not in page
    assert "mei" in _hits(mei.page(f"/comments/{stored[0].comment_id}/thread"))


@pytest.mark.parametrize("kind", ["opinion", "gold"])
@pytest.mark.parametrize("text", [ADVERT, "加微信"])
def test_copies_of_what_measures_somebody_look_as_if_nobody_had_decided_them(
    house: House, kind: str, text: str
) -> None:
    """A sentence that stands there while such a case is in hand would tell that it is one."""
    stored = _copies(house, text)
    page = _asked(house, stored[3], kind).page("/search?q=加微信")
    rows = page.split('<li class="hit">')[1:]
    assert 4 == len(rows)
    assert [1, 0] == [page.count(word) for word in ("in your hands", "nearly the text")]
    copies = [row for row in rows if "in your hands" not in row]
    assert 3 == sum('class="outcome review"' in row and 'name="comment"' in row for row in copies)
    assert 1 == sum("<em>" in row for row in copies), "one waits for somebody"


def test_of_copies_the_visitors_own_verdicts_are_told(house: House) -> None:
    stored = _copies(house)
    mei = house.logged_in("mei")
    with house.database.unit() as unit:
        leases.lease(unit, str(stored[0].case_id), house.people["mei"].id, expires_at=house.clock().replace(year=2999))
        asked = update(cases_table).where(cases_table.c.id == stored[0].case_id)
        unit.execute(asked.values(purpose=Purpose.OPINION))
        unit.commit()
    assert 3 == mei.page("/search?q=加微信").count('class="outcome block"')
