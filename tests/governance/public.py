"""What the tests of complaints and appeals say in plain words."""

from __future__ import annotations

from datetime import datetime, timedelta

from governance import appeals, complaints, verdicts
from governance.complaint_rules import shipped
from governance.complaints import Report, Reporter
from governance.verdicts import HouseRules
from moderation.policy import load_policies
from moderation.taxonomy import load_taxonomy
from records import cases
from records import complaints as stored
from records.cases import Wanted
from records.database import Database
from records.personal import Keyring
from records.public_values import AppealRecord, ComplaintRecord
from records.unit_of_work import Unit
from records.values import CaseRecord, Judgement, VerdictKind
from review import queue
from tests.records.databases import NOW

RULES = shipped()
TAXONOMY = load_taxonomy()
HOUSE = HouseRules(TAXONOMY, load_policies(TAXONOMY))
SETTLED = timedelta(seconds=13)
REJECT = Judgement(VerdictKind.REJECT, ("abuse",))
APPROVE = Judgement(VerdictKind.APPROVE)


def report(
    database: Database,
    keyring: Keyring,
    *,
    about: str = "c-1",
    kind: str = "harassment",
    by: str = "reader-1",
    note: str = "",
    now: datetime = NOW,
) -> ComplaintRecord:
    with database.unit() as unit:
        said = Report(about, kind, note, Reporter(complaints.PLATFORM, by))
        made = complaints.make(unit, said, RULES, keyring=keyring, now=now)
        unit.commit()
    return made


def decide(
    database: Database,
    judgement: Judgement = REJECT,
    *,
    by: str = "mia",
    wanted: str | None = None,
    now: datetime = NOW,
) -> CaseRecord:
    """Claims the next case and decides it."""
    with database.unit() as unit:
        [case] = queue.take(unit, by, Wanted(wanted), now=now)
        verdicts.give(unit, HOUSE, case.id, judgement, moderator=by, token=case.lease_token, now=now)
        unit.commit()
    return case


def settle(database: Database, *, now: datetime = NOW + SETTLED) -> int:
    with database.unit() as unit:
        count = complaints.settle(unit, RULES, now=now) + appeals.settle(unit, RULES, now=now)
        unit.commit()
    return count


def appeal(
    database: Database, decision_id: str, *, note: str = "it was a joke among friends", now: datetime = NOW
) -> AppealRecord:
    with database.unit() as unit:
        made = appeals.make(unit, decision_id, note, RULES, sender="test", now=now)
        unit.commit()
    return made


def complaint(database: Database, complaint_id: str) -> ComplaintRecord:
    with database.reading() as look:
        return stored.get(look, complaint_id)


def case_of(database: Database, case_id: str | None) -> CaseRecord:
    assert case_id is not None
    with database.reading() as look:
        return cases.get(look, case_id)


def claim(unit: Unit, by: str, *, queue_: str | None = None, now: datetime = NOW) -> list[CaseRecord]:
    return queue.take(unit, by, Wanted(queue_), now=now)
