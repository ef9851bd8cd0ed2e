"""What one person chose and decided alone, what they put off, and what entries are about, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from governance import bulk_steps, deciding, together, verdicts, waiting_many
from governance.deciding import Who
from governance.hour import HourOverError
from governance.waiting_many import AskedAlreadyError
from records import alone, entries_about, ledger_pages, put_off
from records import bulk as stored
from records.bulk import MemberState
from records.database import Database
from records.personal import Keyring
from records.proving import Wanted
from records.values import Judgement, VerdictKind
from review import queue
from tests.governance.test_together import RULES, blocked, do, give, person
from tests.records.databases import NOW

DAY = NOW - timedelta(days=1)


def test_one_by_one_is_a_run_with_its_pace_and_counts_towards_the_hour(database: Database, keyring: Keyring) -> None:
    mei, made = person(database), blocked(database, keyring, 4)
    for one in made:
        do(database, give(database, mei, [one]))
    with database.reading() as look:
        [run] = alone.runs(look, since=DAY, least=4, limit=5)
        assert 4 == alone.given(look, [mei.id], since=NOW - timedelta(hours=1))
        assert [] == put_off.by_moderator(look, since=DAY), "the queue handed none of them out"
    assert (mei.id, 4, 4) == (run.moderator, run.comments, run.a_minute)


def test_what_passed_together_is_told_together_alone(database: Database, keyring: Keyring) -> None:
    mei, made = person(database), blocked(database, keyring, 4)
    do(database, give(database, mei, made))
    with database.reading() as look:
        assert [] == alone.runs(look, since=DAY, least=4, limit=5)
        assert 1 == len(stored.let_through(look, since=DAY, least=4, limit=5))


def test_what_was_taken_back_later_counts_and_its_cases_do_for_who_ticked_them(
    database: Database, keyring: Keyring
) -> None:
    mei, made, later = person(database), blocked(database, keyring, 3), NOW + timedelta(seconds=20)
    given = give(database, mei, made)
    do(database, given)
    with database.unit() as unit:
        together.take_back(unit, given.id, by=mei.id, any_ones=False, why="in haste", now=later)
        unit.commit()
    while bulk_steps.step(database, lambda: RULES, later):
        pass
    with database.reading() as look:
        assert 3 == alone.given(look, [mei.id], since=DAY)
        assert 3 == stored.let_through(look, since=DAY, least=3, limit=5)[0].comments
    approve = Judgement(VerdictKind.APPROVE)
    with database.unit() as unit:
        [case] = queue.claim(unit, mei.id, now=later)
        full = replace(RULES, alone_an_hour=3)
        with pytest.raises(HourOverError):
            verdicts.give(unit, full, case.id, approve, moderator=mei.id, token=None, now=later)
        verdicts.give(unit, RULES, case.id, approve, moderator=mei.id, token=None, now=later)
        unit.commit()
    with database.reading() as look:
        assert 4 == alone.given(look, [mei.id], since=DAY)
    wei = person(database, "wei").id
    with database.unit() as unit:
        [other] = queue.claim(unit, wei, now=later)
        full = replace(RULES, alone_an_hour=0)
        verdicts.give(unit, full, other.id, approve, moderator=wei, token=None, now=later)
        assert 0 == alone.given(unit, [wei], since=DAY), "a colleague chose nothing"


def test_a_colleague_s_verdicts_beside_a_question_are_told_to_who_answers(database: Database, keyring: Keyring) -> None:
    mei, wei, made = person(database), person(database, "wei"), blocked(database, keyring, 4)
    asked = give(database, mei, made, alone=2)
    with database.unit() as unit:
        with pytest.raises(AskedAlreadyError):
            waiting_many.check_free(unit, made[0].comment_id, mei.id)
        waiting_many.check_free(unit, made[0].comment_id, wei.id)
    with database.unit() as unit:
        approve = Judgement(VerdictKind.APPROVE)
        deciding.decide(unit, RULES, made[0].comment_id, approve, by=Who(wei.id), reason="fine", now=NOW)
        unit.commit()
    again = give(database, mei, made[1:3], alone=2)
    assert [MemberState.ASKED] * 2 == do(database, again)
    with database.reading() as look:
        assert 0 == alone.given(look, [mei.id], since=DAY), "what was left as it is counts nothing"
        [beside] = stored.decided_beside(look, asked, since=DAY)
    assert (wei.id, 1) == (beside.moderator, beside.comments)


def test_an_entry_is_about_whatever_comment_its_bytes_lead_to(database: Database, keyring: Keyring) -> None:
    mei, made = person(database), blocked(database, keyring, 2)
    do(database, give(database, mei, made[:1]))
    with database.reading() as look:
        entries = ledger_pages.leaf(look, Wanted(), limit=100).items
        about = entries_about.comments_of(look, entries)
        assert set() == entries_about.of_checks(look, entries)
    kinds = {kind: {one for each in entries if each.kind == kind for one in about[each.id]} for kind in KINDS}
    assert {kind: {made[0].comment_id} for kind in KINDS} == kinds


KINDS = ("case.taken", "verdict", "bulk.given")
