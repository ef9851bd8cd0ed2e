"""Cases that somebody put in, took away or closed with the database's own tools are found; what people do is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from records import cases, comments, ledger, storing
from records.cases import OPENED
from records.database import Database
from records.ids import first_id_of, new_id
from records.personal import Keyring
from records.storing import Stored
from records.tables import cases as table
from records.underlying import differences
from records.unit_of_work import Unit
from records.values import Doubt, Judgement, Purpose, VerdictKind
from records.waiting import Wanted
from review import chosen, quality, queue
from review.chosen import Chosen, Why
from review.feedback import give_feedback
from review.verdicts import SETTLED_AFTER, give_verdict, reopen, undo
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, for_review, put

REJECT, UNSURE = Judgement(VerdictKind.REJECT, ("gambling",)), Judgement(VerdictKind.UNSURE)
LATER = NOW + SETTLED_AFTER


def told(look: Any) -> list[str]:
    return [each.sentence for each in differences(look)]


def decided(unit: Unit, by: str, judgement: Judgement = REJECT, *, now: Any = NOW) -> str:
    [case] = queue.take(unit, by, Wanted(), now=now)
    give_verdict(unit, NAMES, case.id, judgement, moderator=by, token=case.lease_token, now=now)
    return case.id


def filled(database: Database, keyring: Keyring) -> list[Stored]:
    """One decided twice over, one undone, one doubted, one chosen, one edited, one erased and sent again."""
    stored = put(database, keyring, *(for_review(f"text {n}", known_as=f"c-{n}") for n in range(4)))
    passed = put(database, keyring, *(an_answer(a_comment(f"passed {n}", known_as=f"p-{n}")) for n in range(2)))
    with database.unit() as unit:
        first = decided(unit, "mia")
        quality.verdicts.weigh_from(unit, _verdict(unit, first), LATER)
        quality.weigh(unit, now=LATER)
        decided(unit, "ben", UNSURE, now=LATER)
        undo(unit, decided(unit, "cat", now=LATER), moderator="cat", now=LATER)
        reopen(unit, first, moderator="ben", reason="look again", now=LATER + timedelta(minutes=1))
        give_feedback(unit, NAMES, passed[0].decision_id, Doubt("key-1", "false_negative"), now=NOW)
        one = Chosen(passed[1].comment_id, passed[1].decision_id, a_decision(), "forum", Why.RANDOM)
        chosen.ask(unit, [one], now=NOW)
        unit.commit()
    put(database, keyring, for_review("other words", known_as="c-2"), now=LATER)
    with database.unit() as unit:
        comments.erase(unit, stored[3].comment_id, now=LATER)
        unit.commit()
    put(database, keyring, an_answer(a_comment("again", known_as="c-3")), now=LATER)
    return stored


def _verdict(unit: Unit, case_id: str) -> str:
    return unit.execute(text("SELECT id FROM verdicts WHERE case_id = :id"), {"id": case_id}).scalar_one()


def test_what_people_do_with_cases_differs_in_nothing(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.reading() as look:
        assert [] == told(look)
        openers = set(look.execute(select(table.c.opened_by)).scalars())
    assert {"decision", "quality", "reopened", "feedback", "chosen"} == openers


def test_a_decisions_entry_names_its_case_and_what_else_opens_one_has_an_entry(
    database: Database, keyring: Keyring
) -> None:
    filled(database, keyring)
    with database.reading() as look:
        kinds = [each.kind for each in ledger.page(look, limit=200).items]
        bodies = look.execute(text("SELECT body FROM ledger WHERE kind = 'decision'")).scalars().all()
        by_others = [one for one in look.execute(select(table.c.opened_by)).scalars() if one != "decision"]
    assert len(by_others) == kinds.count(OPENED)
    assert 5 == sum(b'"case_id"' in bytes(each) for each in bodies)


def forged(look: Any, **changed: Any) -> dict[str, Any]:
    """A case like one that is there, under another id."""
    row = look.execute(select(table).where(table.c.opened_by == "decision").order_by(table.c.id)).first()
    return {**row._mapping, "id": new_id(), "state": "closed", "closed_at": NOW, **changed}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"created_at": NOW + timedelta(days=1)},
        {"opened_by": "feedback"},
        {"opened_by": "reopened"},
        {"opened_by": "quality", "purpose": Purpose.OPINION, "id": first_id_of(NOW + timedelta(days=9999))},
    ],
)
def test_a_case_that_was_put_in_is_told_by_its_id(
    database: Database, keyring: Keyring, changed: dict[str, Any]
) -> None:
    filled(database, keyring)
    with database.unit() as unit:
        row = forged(unit, **changed)
        unit.execute(insert(table), [row])
        assert f"The case {row['id']} has no entry: it was removed, or the case inserted." in told(unit)


def test_a_case_that_was_closed_so_that_nobody_is_asked_is_told(database: Database, keyring: Keyring) -> None:
    [one] = put(database, keyring, for_review("text"))
    with database.unit() as unit:
        unit.execute(text("UPDATE cases SET state = 'closed', closed_at = created_at"))
        [sentence] = told(unit)
    assert sentence.startswith(f"The case {one.case_id} is not what entry ")
    assert sentence.endswith("the verdicts about it say: state.")


def test_a_case_that_was_taken_away_is_told_by_the_entry_that_names_it(database: Database, keyring: Keyring) -> None:
    [one] = put(database, keyring, for_review("text"))
    with database.unit() as unit:
        unit.execute(text("DELETE FROM cases"))
        [sentence] = told(unit)
    assert sentence.startswith(f"The case {one.case_id}, of which entry ")


def test_cases_of_programs_before_are_held_against_what_their_entries_say(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = storing._entry
    monkeypatch.setattr(storing, "_entry", lambda *given: _older(before(*given)))
    monkeypatch.setattr(cases, "_note", lambda *_: None)
    stored = put(database, keyring, for_review("text", known_as="c-1"), an_answer(a_comment("p", known_as="c-2")))
    with database.unit() as unit:
        give_feedback(unit, NAMES, stored[1].decision_id, Doubt("key-1", "false_negative"), now=NOW)
        unit.commit()
    with database.unit() as unit:
        assert [] == told(unit)
        unit.execute(insert(table), [forged(unit, created_at=NOW + timedelta(days=1))])
        assert 1 == len(told(unit))


def _older(entry: ledger.Entry) -> ledger.Entry:
    new = ("type", "case_id", "beside_commitment", "quoted_commitment")
    facts = {name: value for name, value in entry.facts.items() if name not in new}
    return ledger.Entry(
        entry.kind, entry.actor, entry.subject_kind, entry.subject_id, entry.reason, entry.ground, entry.versions, facts
    )
