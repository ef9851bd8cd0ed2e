"""Nothing is measured without a reason: the tables refuse it, whoever writes into them."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from moderation.decision import Outcome
from records import approvals
from records.database import Database
from records.personal import Keyring
from records.tables import emergencies
from records.unit_of_work import Unit
from tests.governance.public import REJECT, decide
from tests.records.databases import NOW
from tests.records.factories import a_decision, an_answer, for_review, put

REFUSED = "nothing is measured without a reason"


def test_a_decision_with_a_measure_has_a_reason(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(decision=a_decision(Outcome.BLOCK, abuse=0.9)))
    with database.unit() as unit, pytest.raises(IntegrityError, match=REFUSED):
        unit.execute(text("UPDATE decisions SET reasons = '[]'"))
    with database.unit() as unit:
        names = unit.execute(text("SELECT * FROM decisions")).keys()
        picked = ", ".join({"id": "'d-2'", "reasons": "'[]'"}.get(name, name) for name in names)
        with pytest.raises(IntegrityError, match=REFUSED):
            unit.execute(text(f"INSERT INTO decisions SELECT {picked} FROM decisions"))


def test_a_verdict_with_a_measure_has_a_label_or_a_ground(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    decide(database, REJECT)
    with database.unit() as unit:
        unit.execute(text("UPDATE verdicts SET measure = 'delete'"))
        with pytest.raises(IntegrityError, match=REFUSED):
            unit.execute(text("UPDATE verdicts SET labels = '[]'"))


@pytest.mark.parametrize("lacking", ["why", "ground"])
def test_an_emergency_says_why_and_on_which_ground(database: Database, lacking: str) -> None:
    with database.unit() as unit:
        begin(unit, place="here")
    with database.unit() as unit, pytest.raises(IntegrityError, match=REFUSED):
        begin(unit, place="there", **{lacking: " \u200b"})


def begin(unit: Unit, **terms: str) -> None:
    asked = approvals.ask(unit, "emergency", "e", facts={}, asked_by="mia", why="a raid", now=NOW)
    row = {"id": "e", "effect": {}, "drill": False, "asked_by": "mia", "approved_by": "ben", "why": "a raid",
           "ground": "rule 1", "approval_id": asked.id, "starts_at": NOW, "ends_at": NOW}  # fmt: skip
    unit.execute(insert(emergencies).values(row | terms))
