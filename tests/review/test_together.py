"""Edits, feedback and verdicts about one comment at the same time: all get through, none waits for good."""

from __future__ import annotations

import threading
from collections.abc import Callable

from moderation.errors import ConflictError
from records import cases, comments, labels, verdicts
from records.database import Database
from records.personal import Keyring
from records.values import CaseState, Doubt, Judgement, VerdictKind
from review import queue
from review.feedback import give_feedback
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put

REJECT = Judgement(VerdictKind.REJECT, ("gambling",))
TURNS = 25


def test_a_verdict_does_not_wait_for_who_looks_at_the_comment(postgres: Database, keyring_of_postgres: Keyring) -> None:
    [stored] = put(postgres, keyring_of_postgres, for_review())
    with postgres.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        unit.commit()
    with postgres.unit() as looker, postgres.unit() as decider:
        comments.lock(looker, stored.comment_id)
        give_verdict(decider, NAMES, case.id, REJECT, moderator="mia", token=None, now=NOW)
        decider.commit()


def test_edits_feedback_and_verdicts_get_through_together(database: Database, keyring: Keyring) -> None:
    mistakes: list[BaseException] = []
    decided: list[str] = []

    def edit(turn: int) -> None:
        put(database, keyring, *[for_review(f"{turn}", known_as=f"c-{n}") for n in (1, 2)])

    def doubt(turn: int) -> None:
        with database.unit() as unit:
            found = comments.known_ids(unit, [known := f"c-{turn % 2 + 1}"]).get(known)
            if found is not None:
                latest = cases.page(unit, comment_id=found).items[0].decision_id
                give_feedback(unit, NAMES, latest, Doubt(f"key-{turn}", "false_negative"), now=NOW)
            unit.commit()

    def decide(turn: int) -> None:
        with database.unit() as unit:
            case = queue.next_case(unit, f"m-{turn % 2}", now=NOW)
            unit.commit()
        if case is None:
            return
        try:
            with database.unit() as unit:
                give_verdict(unit, NAMES, case.id, REJECT, moderator=f"m-{turn % 2}", token=case.lease_token, now=NOW)
                unit.commit()
            decided.append(case.id)
        except ConflictError:  # edited in between: what the lease token is for
            pass

    def repeat(act: Callable[[int], None]) -> None:
        try:
            for turn in range(TURNS):
                act(turn)
        except BaseException as error:
            mistakes.append(error)

    put(database, keyring, *[for_review("0", known_as=f"c-{n}") for n in (1, 2)])
    threads = [threading.Thread(target=repeat, args=(act,)) for act in (edit, edit, doubt, decide, decide)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert [] == mistakes
    with database.reading() as look:
        found = cases.page(look, limit=200).items
        closed = [case for case in found if case.state is CaseState.CLOSED]
        assert sorted(decided) == sorted(case.id for case in closed)
        assert [1] * len(closed) == [len(verdicts.of_case(look, case.id)) for case in closed]
        labelled = {case.comment_id for case in closed if labels.in_force(look, case.comment_id)}
        assert {case.comment_id for case in closed} == labelled
