"""Trusted flaggers: marked by two people on an award, first in the queue of complaints, by a promise of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from governance import dsa, flaggers, four_eyes
from governance.flaggers import Marking
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.decision import Outcome
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from records import approvals, comments, leases, ledger
from records import flaggers as stored
from records.complaints import of_comment
from records.database import Database
from records.personal import Keyring
from records.public_values import FlaggerRecord, FlaggerState
from records.underlying import differences
from records.waiting import FLAGGED, Wanted
from tests.governance.public import APPROVE, TAXONOMY, case_of, decide, report, settle
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

STANDARDS = Standards(TAXONOMY, NOW.date())
FIELDS = ("hate", "abuse", "harassment", "illegal", "minors", "self_harm")
LATER = NOW + timedelta(minutes=30)


def marking(
    by: str = "lin", *, value: str = "jugendschutz", expertise: tuple[str, ...] = (), until: datetime | None = None,
    source: str = "platform", **other: str,
) -> Marking:  # fmt: skip
    told = {"name": "jugendschutz.net", "authority": "Bundesnetzagentur", "country": "DE", "reference": "TF-2026-4",
            "reason": "awarded in March"} | other  # fmt: skip
    return Marking(source=source, value=value, by=by, expertise=expertise, valid_until=until, **told)


def asked(database: Database, keyring: Keyring, wish: Marking, *, now: datetime = NOW) -> FlaggerRecord:
    with database.unit() as unit:
        made = flaggers.mark(unit, keyring, wish, fields=FIELDS, now=now)
        unit.commit()
    return made


def agree(database: Database, made: FlaggerRecord, *, by: str = "mia", approve: bool = True) -> FlaggerRecord:
    with database.unit() as unit:
        [question] = approvals.waiting(unit, subject_id=made.id)
        four_eyes.answer(unit, question.id, Word(by, approve, "the register has it"), standards=STANDARDS, now=NOW)
        unit.commit()
    with database.reading() as look:
        return stored.get(look, made.id)


def marked(database: Database, keyring: Keyring, wish: Marking | None = None) -> FlaggerRecord:
    return agree(database, asked(database, keyring, wish or marking()))


def passed(database: Database, keyring: Keyring, *names: str, policy: str = "eu@1") -> None:
    judged = a_decision(Outcome.PASS)
    judged = replace(judged, versions=replace(judged.versions, policy=policy))
    put(database, keyring, *(an_answer(a_comment("hello", known_as=name), judged) for name in names))


def queued(database: Database, *, count: int = 9, queue: str | None = "complaints") -> list[str]:
    """Comments in the order in which they would be given to one person."""
    with database.unit() as unit:
        found = leases.claim(unit, "kim", count=count, expires_at=LATER, now=LATER, wanted=Wanted(queue))
        return [case.comment_id for case in found]


def known(database: Database, names: Collection[str]) -> list[str]:
    with database.reading() as look:
        ids = comments.known_ids(look, list(names))
    return [ids[name] for name in names]


def test_one_asks_another_agrees_and_the_ledger_says_on_which_award(database: Database, keyring: Keyring) -> None:
    made = asked(database, keyring, marking(until=NOW + timedelta(days=365)))
    assert FlaggerState.WAITING is made.state
    with pytest.raises(ForbiddenError):
        agree(database, made, by="lin")
    stands = agree(database, made)
    assert (FlaggerState.IN_FORCE, "mia", NOW) == (stands.state, stands.approved_by, stands.set_at)
    with database.reading() as look:
        [entry] = ledger.of_kind(look, made.id, "flagger.marked")
        assert b"Bundesnetzagentur" in entry.body
        assert b"TF-2026-4" in entry.body
        assert b'"jugendschutz"' not in entry.body
        assert [] == list(differences(look, keyring=keyring))


def test_declined_nobody_is_trusted(database: Database, keyring: Keyring) -> None:
    made = agree(database, asked(database, keyring, marking()), approve=False)
    assert FlaggerState.DECLINED is made.state
    passed(database, keyring, "c-1")
    assert report(database, keyring, by="jugendschutz").flagger_id is None


def test_every_fault_is_told_at_once(database: Database, keyring: Keyring) -> None:
    wish = marking(country="de", reference=" ", expertise=("cooking",), until=NOW)
    with pytest.raises(InvalidInputError) as refused:
        asked(database, keyring, wish)
    assert {"country", "reference", "expertise", "valid_until"} == {each.where for each in refused.value.faults}


@pytest.mark.parametrize("country", ["ZZ", "US", "GB", "EU", "EL", "CH", "ＤＥ", "DE\n"])
def test_only_a_member_of_the_eu_or_the_eea_awards_the_status(
    database: Database, keyring: Keyring, country: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        asked(database, keyring, marking(country=country))
    assert ["country"] == [each.where for each in refused.value.faults]


def test_every_country_of_the_transparency_database_can_award_it() -> None:
    assert set(flaggers.AWARDING) == set(dsa.shipped().published.values["territorial_scope"])


def test_nobody_is_marked_twice(database: Database, keyring: Keyring) -> None:
    marked(database, keyring)
    with pytest.raises(ConflictError):
        asked(database, keyring, marking(reference="TF-2026-5"))


def test_their_notice_comes_first_and_threats_to_life_before_it(database: Database, keyring: Keyring) -> None:
    made = marked(database, keyring)
    passed(database, keyring, "grave", "flagged", "life", "flagged too")
    report(database, keyring, about="grave", kind="illegal", by="reader-1")
    notice = report(
        database, keyring, about="flagged", kind="harassment", by="jugendschutz", now=NOW + timedelta(minutes=9)
    )
    report(database, keyring, about="life", kind="self_harm", by="reader-2", now=NOW + timedelta(minutes=20))
    report(database, keyring, about="flagged too", kind="spam", by="jugendschutz", now=NOW + timedelta(minutes=21))
    assert made.id == notice.flagger_id
    assert case_of(database, notice.case_id).ahead == FLAGGED
    order = known(database, ["life", "flagged", "flagged too", "grave"])
    assert order == queued(database)
    assert order == queued(database, queue=None)
    with database.reading() as look:
        seen = [leases.peek(look, "kim", now=LATER, after=place) for place in range(4)]
        assert order == [case.comment_id for case in seen if case]


def test_without_a_notice_of_theirs_nothing_stands_otherwise(database: Database, keyring: Keyring) -> None:
    passed(database, keyring, "grave", "life")
    report(database, keyring, about="life", kind="self_harm")
    first = case_of(database, report(database, keyring, about="grave", kind="illegal").case_id)
    assert known(database, ["life", "grave"]) == queued(database)
    assert first.ahead is None


def test_the_promise_is_the_policy_s_own_and_never_longer_than_the_kind_s(database: Database, keyring: Keyring) -> None:
    marked(database, keyring)
    passed(database, keyring, "spam", "life")
    passed(database, keyring, "elsewhere", policy="default@1")
    hours = {
        name: (report(database, keyring, about=name, kind=kind, by="jugendschutz").due_at - NOW) / timedelta(hours=1)
        for name, kind in (("spam", "spam"), ("life", "self_harm"), ("elsewhere", "spam"))
    }
    assert {"spam": 6, "life": 2, "elsewhere": 48} == hours


def test_outside_of_its_field_or_its_time_a_notice_is_a_report_like_any(database: Database, keyring: Keyring) -> None:
    marked(database, keyring, marking(expertise=("harassment", "hate"), until=NOW + timedelta(days=2)))
    passed(database, keyring, "field", "beside", "after")
    assert report(database, keyring, about="field", by="jugendschutz").flagger_id
    assert report(database, keyring, about="beside", kind="spam", by="jugendschutz").flagger_id is None
    late = NOW + timedelta(days=2)
    assert report(database, keyring, about="after", by="jugendschutz", now=late).flagger_id is None
    with database.unit() as unit:
        assert flaggers.settle(unit, late) == 1
        unit.commit()
    with database.reading() as look:
        assert [] == list(differences(look, keyring=keyring))


def test_it_is_withdrawn_with_a_reason(database: Database, keyring: Keyring) -> None:
    made = marked(database, keyring)
    with database.unit() as unit:
        with pytest.raises(InvalidInputError):
            flaggers.withdraw(unit, made.id, by="lin", why=" ", now=LATER)
        gone = flaggers.withdraw(unit, made.id, by="lin", why="the coordinator revoked it", now=LATER)
        unit.commit()
    assert (FlaggerState.WITHDRAWN, "lin", LATER) == (gone.state, gone.ended_by, gone.ended_at)
    passed(database, keyring, "c-1")
    assert report(database, keyring, by="jugendschutz", now=LATER).flagger_id is None
    with database.reading() as look:
        assert [] == list(differences(look, keyring=keyring))
    again = marked(database, keyring)
    assert again.id != made.id


def test_a_flagger_s_word_weighs_no_more_and_a_person_decides(database: Database, keyring: Keyring) -> None:
    marked(database, keyring)
    passed(database, keyring, "c-1", "c-2")
    notice = case_of(database, report(database, keyring, about="c-1", by="jugendschutz").case_id)
    other = case_of(database, report(database, keyring, about="c-2", by="reader-1").case_id)
    assert notice.priority == other.priority
    decide(database, APPROVE, wanted="complaints")
    settle(database)
    with database.reading() as look:
        [told] = of_comment(look, notice.comment_id)
    assert told.outcome == "kept"
