"""However a case of any kind ends by what people and the system do, `audit verify` says nothing; by hand it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from governance import appeals, contests, verdicts
from governance.reopening import reopen
from records import cases, comments, decisions, leases
from records.database import Database
from records.personal import Keyring
from records.underlying import differences
from records.unit_of_work import Unit
from records.values import CaseRecord, CaseState, Purpose
from review import quality
from review.verdicts import SETTLED_AFTER
from tests.governance.public import APPROVE, HOUSE, REJECT, RULES, SETTLED, decide, report, settle
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, for_review, put

SOON, LATER = NOW + SETTLED_AFTER, NOW + timedelta(hours=1)


@dataclass
class Place:
    database: Database
    keyring: Keyring

    def in_unit(self, do: Callable[[Unit], object]) -> None:
        with self.database.unit() as unit:
            do(unit)
            unit.commit()

    def told(self) -> list[str]:
        with self.database.reading() as look:
            return [each.sentence for each in differences(look)]

    def opinion(self) -> CaseRecord:
        with self.database.reading() as look:
            found = cases.page(look).items
        return next(each for each in found if each.purpose is Purpose.OPINION)


def drawn(unit: Unit, case_id: str, now: datetime) -> None:
    """A second look at what was decided in a case waits."""
    given = unit.execute(text("SELECT id FROM verdicts WHERE case_id = :id"), {"id": case_id}).scalars().all()
    quality.verdicts.weigh_from(unit, given[-1], now)
    assert 1 == quality.weigh(unit, now=now)


def second_look_at_a_reject(place: Place) -> str:
    [one] = put(place.database, place.keyring, for_review(known_as="c-1"))
    case = decide(place.database, REJECT)
    place.in_unit(lambda unit: drawn(unit, case.id, SOON))
    return one.comment_id


def appealed(place: Place) -> None:
    about = second_look_at_a_reject(place)
    place.in_unit(
        lambda unit: appeals.make(
            unit, decisions.latest_of(unit, about).id, "", RULES, sender="t", now=LATER + timedelta(microseconds=7)
        )
    )


def appealed_in_hand(place: Place) -> None:
    about = second_look_at_a_reject(place)
    place.in_unit(lambda unit: leases.lease(unit, place.opinion().id, "ben", expires_at=LATER + timedelta(hours=1)))
    place.in_unit(
        lambda unit: appeals.make(unit, decisions.latest_of(unit, about).id, "", RULES, sender="t", now=LATER)
    )


def contested(place: Place) -> None:
    put(place.database, place.keyring, an_answer(a_comment("x", known_as="c-1")))
    made = report(place.database, place.keyring)
    case = decide(place.database, APPROVE)
    settle(place.database, now=NOW + SETTLED)
    place.in_unit(lambda unit: drawn(unit, case.id, SOON))
    place.in_unit(lambda unit: contests.make(unit, made.id, "", RULES, now=LATER))


def looked_at_for_a_third_time(place: Place) -> None:
    """What was settled on appeal is opened again while a second look at a later verdict waits."""
    appealed(place)
    settled = decide(place.database, REJECT, by="cle", wanted="appeals", now=LATER + timedelta(minutes=1))
    place.in_unit(lambda unit: appeals.settle(unit, RULES, now=LATER + timedelta(minutes=5)))
    again = LATER + timedelta(minutes=9)
    place.in_unit(
        lambda unit: cases.ask_again(
            unit, cases.get(unit, settled.id), queue="forum", why="model", purpose=Purpose.OPINION, now=again
        )
    )
    place.in_unit(
        lambda unit: reopen(
            unit, settled.id, RULES, moderator="eve", reason="new facts", now=again + timedelta(minutes=1)
        )
    )


def edited(place: Place) -> None:
    second_look_at_a_reject(place)
    put(place.database, place.keyring, for_review("other words", known_as="c-1"), now=LATER)


def erased(place: Place) -> None:
    about = second_look_at_a_reject(place)
    place.in_unit(lambda unit: comments.erase(unit, about, now=LATER))


def answered(place: Place) -> None:
    second_look_at_a_reject(place)
    with place.database.unit() as unit:
        case = leases.lease(unit, place.opinion().id, "ben", expires_at=LATER + timedelta(hours=1))
        verdicts.give(unit, HOUSE, case.id, APPROVE, moderator="ben", token=case.lease_token, now=LATER)
        unit.commit()
    place.in_unit(lambda unit: quality.weigh(unit, now=LATER + SETTLED_AFTER))


ENDS = (appealed, appealed_in_hand, contested, looked_at_for_a_third_time, edited, erased, answered)


@pytest.mark.parametrize("ends", ENDS, ids=lambda each: each.__name__)
def test_a_second_look_that_ends_is_no_finding(
    database: Database, keyring: Keyring, ends: Callable[[Place], None]
) -> None:
    place = Place(database, keyring)
    ends(place)
    assert CaseState.CLOSED is place.opinion().state
    assert [] == place.told()


def test_one_that_somebody_closed_by_hand_is_told_though_an_appeal_began_later(
    database: Database, keyring: Keyring
) -> None:
    place = Place(database, keyring)
    appealed(place)
    hidden = place.opinion()
    moment = {"at": LATER - timedelta(minutes=1), "id": hidden.id}
    if database.dialect == "sqlite":
        moment["at"] = "2026-03-01 12:59:00.000000"  # type: ignore[assignment]
    place.in_unit(lambda unit: unit.execute(text("UPDATE cases SET closed_at = :at WHERE id = :id"), moment))
    [sentence] = place.told()
    assert hidden.id in sentence
    assert sentence.endswith("state.")
