"""Appeals of measures and of entries on lists count as appeals, and whoever made one is told what is so of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from governance import account_appeals, appeals, erasure, four_eyes, receipts, transparency
from governance.account_appeals import ENTRY, MEASURE
from governance.complaint_rules import ComplaintRules
from governance.erasure import Order
from governance.four_eyes import Word
from governance.receipts import Status
from moderation.taxonomy import Words as Told
from records import accountability, approvals, measures, users
from records.accountability import Late
from records.database import Database
from records.house_values import ApprovalRecord, ApprovalState
from records.personal import Keyring
from records.standing_values import MeasureState
from records.underlying import differences
from tests.governance.public import RULES
from tests.governance.standing import ACCOUNT, lift, take, wish
from tests.governance.test_listed_accounts import STANDARDS, WORDS, blacklist
from tests.records.databases import NOW

SOON = NOW + timedelta(days=1)
BODIES = Told(zh="您也可以向法院起诉。", en="You may also turn to a court.")
ELSEWHERE = RULES.model_copy(update={"appeals": RULES.appeals.model_copy(update={"elsewhere": BODIES})})
ORDER = Order(ACCOUNT, "mia", "asked for it by letter")


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


def contest(database: Database, measure_id: str, note: str = "it was not me", *, now: datetime = NOW) -> ApprovalRecord:
    with database.unit() as unit:
        made = account_appeals.make(unit, MEASURE, measure_id, note, RULES, sender="shop", now=now)
        unit.commit()
    return made


def contest_entry(database: Database, entry_id: str) -> ApprovalRecord:
    with database.unit() as unit:
        made = account_appeals.make(unit, ENTRY, entry_id, "it was not me", RULES, sender="shop", now=NOW)
        unit.commit()
    return made


def answer(database: Database, asked: ApprovalRecord, *, approve: bool, now: datetime = SOON) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, asked.id, Word("ben", approve, "looked anew"), standards=STANDARDS, now=now)
        unit.commit()


def waiting(database: Database, *, now: datetime = NOW) -> Late:
    with database.reading() as look:
        return accountability.late_appeals(look, now=now)


def reported(database: Database) -> transparency.Transparency:
    with database.reading() as look:
        return transparency.report(look, WORDS, NOW - timedelta(days=1), NOW + timedelta(days=60))


def status(
    database: Database, keyring: Keyring, asked: ApprovalRecord, rules: ComplaintRules = ELSEWHERE
) -> Status:  # fmt: skip
    with database.reading() as look:
        return receipts.appeal_under(look, keyring, receipts.given_for(keyring, "appeal", asked.id), rules)


def test_those_that_wait_are_counted_and_late_after_their_promise(database: Database, keyring: Keyring) -> None:
    asked = contest(database, take(database, keyring, wish(days=30)).id)
    contest_entry(database, blacklist(database, keyring).id)
    due = NOW + timedelta(days=RULES.appeals.days)
    assert Late(2, 0, None) == waiting(database)
    assert Late(2, 2, due) == waiting(database, now=due + timedelta(seconds=1))
    answer(database, asked, approve=False)
    assert Late(1, 0, None) == waiting(database)


def test_the_report_counts_them_in_a_row_of_their_own_and_says_what_was_taken_back(
    database: Database, keyring: Keyring
) -> None:
    wrong, right, over = (take(database, keyring, wish(days=30, target=f"author-{n}")) for n in range(3))
    answer(database, contest(database, wrong.id), approve=True)
    answer(database, contest(database, right.id), approve=False, now=NOW + timedelta(days=9))
    contest(database, over.id)
    lift(database, over.id, now=SOON)
    contest_entry(database, blacklist(database, keyring).id)
    found = reported(database)
    counted = found.account_appeals
    assert (4, 3, 1) == (counted.asked, counted.answered, counted.late)
    assert {"overturned": 1, "upheld": 1, "gone": 1} == dict(counted.outcomes)
    assert 24.0 == counted.hours
    assert counted in found.every_asked
    assert (3, 1) == (found.taken["author"]["suspend"], found.taken_back["author"]["suspend"])
    assert not found.is_empty
    assert 4 == found.document["account_appeals"]["asked"]
    assert 0 == found.appeals.asked


def test_whose_measure_or_entry_was_wrong_is_told_of_them(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        mia = users.create(unit, "mia", password_hash="x", role="lead", now=NOW).id
        users.create(unit, "ben", password_hash="x", role="senior", now=NOW)
        unit.commit()
    answer(database, contest(database, take(database, keyring, wish(days=30)).id), approve=True)
    answer(database, contest_entry(database, blacklist(database, keyring).id), approve=False)
    with database.reading() as look:
        [found] = appeals.overturns(look, since=NOW)
    assert ("moderator", mia, 1, 2) == (found.kind, found.name, found.share.hits, found.share.rows)


def test_a_receipt_says_what_is_appealed_and_names_bodies_outside_once_it_was_refused(
    database: Database, keyring: Keyring
) -> None:
    of_measure = contest(database, take(database, keyring, wish(days=30)).id)
    of_entry = contest_entry(database, blacklist(database, keyring).id)
    for asked, about in ((of_measure, "measure"), (of_entry, "entry")):
        assert (about, None) == (status(database, keyring, asked).about, status(database, keyring, asked).elsewhere)
        answer(database, asked, approve=False)
        assert BODIES == status(database, keyring, asked).elsewhere


def test_an_erasure_says_whose_words_of_appeals_went_and_the_receipt_says_so_too(
    database: Database, keyring: Keyring
) -> None:
    of_measure = contest(database, take(database, keyring, wish(days=30)).id)
    of_entry = contest_entry(database, blacklist(database, keyring).id)
    assert not status(database, keyring, of_measure).is_wordless
    done = erasure.erase(database, keyring, ORDER, now=SOON)
    assert {of_measure.id, of_entry.id} == set(done.appeals)
    assert set(done.appeals) == set(erasure.erase(database, keyring, ORDER, now=SOON).appeals), "begun again"
    assert status(database, keyring, of_measure).is_wordless
    assert status(database, keyring, of_entry).is_wordless
    with database.reading() as look:
        assert [] == list(differences(look))


def test_an_appeal_without_words_loses_none_and_one_of_a_measure_that_goes_is_over(
    database: Database, keyring: Keyring
) -> None:
    warning = take(database, keyring, wish("warn"))
    silent = contest(database, warning.id, note="")
    done = erasure.erase(database, keyring, ORDER, now=SOON)
    assert () == done.appeals
    told = status(database, keyring, silent)
    assert ("gone", False) == (told.outcome, told.is_wordless)
    with database.reading() as look:
        assert MeasureState.LIFTED is measures.get(look, warning.id).state
        assert ApprovalState.OVERTAKEN is approvals.get(look, silent.id).state
        assert [] == list(differences(look))
