"""What somebody found is decided where they stand, on both databases, with every record of any other decision."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from governance import deciding, verdicts
from governance import webhooks as governing
from governance.deciding import Who
from governance.overview import overview
from governance.targets import Targets
from governance.verdicts import HouseRules
from governance.webhooks import Wish
from moderation.decision import Outcome
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from moderation.policy import load_policies
from moderation.taxonomy import load_taxonomy
from records import cases, comments, decisions, ledger, outbox, story, tables
from records.database import Database
from records.house_values import DeliveryRecord, DeliveryState
from records.personal import Keyring
from records.story import Whose
from records.values import CaseState, Judgement, VerdictKind
from records.waiting import APPEAL
from review import queue
from review.verdicts import SETTLED_AFTER, reopen
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

TAXONOMY = load_taxonomy()
RULES = HouseRules(TAXONOMY, load_policies(TAXONOMY))
DELETE = Judgement(VerdictKind.REJECT, ("fraud",), measure="delete")
APPROVE = Judgement(VerdictKind.APPROVE)
LATER = NOW + timedelta(hours=1)
MIA, BEN = Who("mia"), Who("ben")


def decide(database: Database, comment_id: str, judgement: Judgement, who: Who = MIA, reason: str = "seen") -> None:
    with database.unit() as unit:
        deciding.decide(unit, RULES, comment_id, judgement, by=who, reason=reason, now=LATER)
        unit.commit()


def test_a_comment_that_the_machine_passed_is_rejected_with_a_case_of_its_own(
    database: Database, keyring: Keyring
) -> None:
    (stored,) = put(database, keyring, an_answer(a_comment("云真好看", known_as="a")))
    decide(database, stored.comment_id, DELETE)
    with database.reading() as look:
        record = decisions.get(look, stored.decision_id)
        [case] = cases.page(look, comment_id=stored.comment_id).items
        entries = [entry.kind for entry in ledger.page(look, subject_id=case.id).items]
    assert (Outcome.BLOCK, True) == (record.final_outcome, record.overturned)
    assert (CaseState.CLOSED, "found") == (case.state, case.opened_by)
    assert ["case.opened", "case.taken", "verdict"] == entries


def test_a_later_decision_takes_the_earlier_measure_back_and_the_story_tells_both(
    database: Database, keyring: Keyring
) -> None:
    (stored,) = put(database, keyring, for_review("刷单", known_as="a"))
    decide(database, stored.comment_id, DELETE)
    decide(database, stored.comment_id, APPROVE, BEN, "it was about a film")
    whose = Whose(authors=keyring.indexes("author", "author-7f3a"))
    with database.reading() as look:
        told = story.measures_on(look, [stored.comment_id])
        sums = story.sums(look, whose)
        said = story.verdicts_about(look, [stored.comment_id])
        page = story.comment_ids(look, whose, limit=10)
    assert [(False, "delete"), (True, "delete")] == [(each.is_withdrawn, each.measure) for each in told]
    assert "it was about a film" == told[1].reason
    assert (1, 0, 1, 1, True) == (sums.comments, sums.blocked, sums.by_people, sums.overturned, sums.is_whole)
    assert (["mia", "ben"], (stored.comment_id,)) == ([each.moderator for each in said], page.items)


def test_what_is_in_other_hands_erased_or_the_seniors_is_left(database: Database, keyring: Keyring) -> None:
    held, erased, escalated = put(
        database, keyring, *(for_review(text, known_as=text) for text in ("刷单", "下注", "约吗"))
    )
    with database.unit() as unit:
        comments.erase(unit, erased.comment_id, now=NOW)
        taken = {case.comment_id: case for case in queue.claim(unit, "wei", count=2, now=LATER)}
        queue.escalate(unit, taken[escalated.comment_id].id, "wei", None, now=LATER)
        unit.commit()
    for stored, error in ((held, ConflictError), (erased, ConflictError), (escalated, ForbiddenError)):
        with pytest.raises(error):
            decide(database, stored.comment_id, APPROVE)
    decide(database, escalated.comment_id, APPROVE, Who("ben", is_senior=True))
    with database.reading() as look:
        assert Outcome.PASS is decisions.get(look, escalated.decision_id).final_outcome
        assert "wei" == cases.get(look, str(held.case_id)).lease_owner


def test_nothing_is_decided_without_a_reason(database: Database, keyring: Keyring) -> None:
    (stored,) = put(database, keyring, for_review())
    with pytest.raises(InvalidInputError):
        decide(database, stored.comment_id, APPROVE, reason=" ")


def test_the_house_at_a_glance(database: Database, keyring: Keyring) -> None:
    first, _ = put(
        database, keyring, for_review("刷单", known_as="a", surface="live"), for_review("下注", known_as="b")
    )
    put(database, keyring, an_answer(a_comment("云", known_as="c"), a_decision(Outcome.PASS)))
    decide(database, first.comment_id, DELETE)
    with database.reading() as look:
        found = overview(look, now=LATER + timedelta(minutes=1), days=7)
    assert [("forum", 1, 1)] == [(line.now.queue, line.now.waiting, line.now.late) for line in found.live.queues]
    assert (3, 1, 1) == (found.days[-1].decisions, found.days[-1].by_people, found.days[-1].waiting)
    assert [("mia", 0, 1)] == [(load.moderator, load.in_hand, load.day.verdicts) for load in found.loads]
    assert [("gambling", 1, 0)] == [(each.label, each.judged, each.overturned) for each, _ in found.overturns]
    assert 0 == found.slice.wrong.rows


def test_what_is_appealed_is_decided_from_the_queue_alone(database: Database, keyring: Keyring) -> None:
    """Whoever found it sees what was decided and what the machine thinks; an appeal is decided without."""
    (stored,) = put(database, keyring, for_review("刷单", known_as="a"))
    with database.unit() as unit:
        unit.execute(update(tables.cases).values(why=APPEAL))
        unit.commit()
    with pytest.raises(ConflictError, match="contested: it is decided from the queue"):
        decide(database, stored.comment_id, DELETE)
    with database.reading() as look:
        assert [CaseState.OPEN] == [case.state for case in cases.page(look, comment_id=stored.comment_id).items]


def listening(database: Database, keyring: Keyring) -> None:
    """An endpoint that hears of everything."""
    with database.unit() as unit:
        wish = Wish(url="https://hooks.example.com/t", events=(), by="mia")
        governing.add(unit, wish, targets=Targets(), keyring=keyring, now=NOW)
        unit.commit()


def told_of(database: Database, kind: str) -> list[DeliveryRecord]:
    with database.reading() as look:
        return [one for one in outbox.page(look, DeliveryState.WAITING).items if one.type == kind]


def test_the_platform_is_told_that_a_measure_is_taken_back_once_it_cannot_be_undone(
    database: Database, keyring: Keyring
) -> None:
    listening(database, keyring)
    (stored,) = put(database, keyring, for_review("刷单", known_as="a"))
    decide(database, stored.comment_id, DELETE)
    assert [] == told_of(database, "measure.withdrawn")
    decide(database, stored.comment_id, APPROVE, BEN, "it was about a film")
    [asked], [back] = told_of(database, "measure.requested"), told_of(database, "measure.withdrawn")
    assert LATER + SETTLED_AFTER == back.next_at
    assert (asked.data["measure_id"], asked.data["verdict_id"]) == (back.data["measure_id"], back.data["verdict_id"])
    assert ("a", "delete", {"kind": "comment", "id": "a"}) == (
        back.data["id"],
        back.data["measure"],
        back.data["target"],
    )
    assert back.data["by_verdict_id"] not in (None, back.data["verdict_id"])
    assert "film" not in str(back.data)


def test_what_took_a_measure_back_and_is_undone_leaves_the_measure_as_it_was(
    database: Database, keyring: Keyring
) -> None:
    listening(database, keyring)
    (stored,) = put(database, keyring, for_review("刷单", known_as="a"))
    decide(database, stored.comment_id, DELETE)
    decide(database, stored.comment_id, APPROVE, BEN)
    with database.unit() as unit:
        [case] = [one for one in cases.page(unit, comment_id=stored.comment_id).items if one.opened_by == "found"]
        verdicts.take_back(unit, case.id, moderator="ben", now=LATER + timedelta(seconds=5))
        unit.commit()
    assert [] == told_of(database, "measure.withdrawn")
    with database.reading() as look:
        told = story.measures_on(look, [stored.comment_id])
    assert [False, True, False] == [each.is_withdrawn for each in told]
    assert told[0].reason == told[2].reason


def test_a_case_that_is_opened_again_takes_the_measure_back_too(sqlite: Database, keyring: Keyring) -> None:
    listening(sqlite, keyring)
    (stored,) = put(sqlite, keyring, for_review("刷单", known_as="a"))
    decide(sqlite, stored.comment_id, DELETE)
    with sqlite.unit() as unit:
        again = reopen(unit, str(stored.case_id), moderator="ben", reason="looked again", now=LATER)
        verdicts.give(unit, RULES, again.id, DELETE, moderator="ben", token=None, now=LATER)
        unit.commit()
    assert [] == told_of(sqlite, "measure.withdrawn")
    with sqlite.unit() as unit:
        again = reopen(unit, again.id, moderator="mia", reason="looked again", now=LATER)
        verdicts.give(unit, RULES, again.id, APPROVE, moderator="mia", token=None, now=LATER)
        unit.commit()
    assert 1 == len(told_of(sqlite, "measure.withdrawn"))
