"""What the pages count."""

from __future__ import annotations

from datetime import timedelta

from records import overview
from records.database import Database
from records.overview import Decided, Waiting
from records.personal import Keyring
from records.values import CaseState, Judgement, VerdictKind
from review import queue
from review.verdicts import give_verdict, undo
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put


def test_waiting_cases_are_counted_by_queue_label_and_state(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review(surface="news"), for_review(score=0.9), for_review(), for_review())
    with database.unit() as unit:
        queue.claim(unit, "mia", now=NOW, queue="forum")
        assert [
            Waiting("forum", "gambling", "zh", CaseState.CLAIMED, 1, NOW),
            Waiting("forum", "gambling", "zh", CaseState.OPEN, 2, NOW),
            Waiting("news", "gambling", "zh", CaseState.OPEN, 1, NOW),
        ] == overview.waiting(unit)


def test_verdicts_that_stand_are_counted(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *[for_review() for _ in range(4)])
    kinds = (VerdictKind.APPROVE, VerdictKind.REJECT, VerdictKind.UNSURE, VerdictKind.APPROVE)
    with database.unit() as unit:
        for kind, case in zip(kinds, queue.claim(unit, "mia", now=NOW, count=4), strict=True):
            judgement = Judgement(kind, ("fraud",) if kind is VerdictKind.REJECT else ())
            last = give_verdict(unit, NAMES, case.id, judgement, moderator="mia", token=None, now=NOW).verdict
        assert Decided(3, 2) == overview.decided_since(unit, NOW)
        assert Decided(3, 2) == overview.decided_since(unit, NOW, moderator="mia")
        assert Decided(0, 0) == overview.decided_since(unit, NOW, moderator="noah")
        assert Decided(0, 0) == overview.decided_since(unit, NOW + timedelta(seconds=1))
        assert last == overview.last_verdict_by(unit, "mia")
        assert [last] == overview.verdicts_about(unit, last.decision_id)
        undo(unit, last.case_id, moderator="mia", now=NOW)
        assert Decided(2, 1) == overview.decided_since(unit, NOW)
