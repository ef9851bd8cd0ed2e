"""Second opinions, a third person where two differ, and answers that are known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import cases, decisions, labels, leases, ledger, second_looks, verdicts
from records import gold as known_answers
from records.cases import DISAGREEMENT, ESCALATED, Wanted
from records.database import Database
from records.house_queues import AS_USUAL, SecondLooks
from records.personal import Keyring
from records.tables import cases as case_table
from records.values import CaseRecord, CaseState, GoldRecord, Judgement, Purpose, VerdictKind
from records.waiting import ANEW, APPEALS
from review import gold, quality, queue, seeming
from review.labels_export import export_labels
from review.verdicts import SETTLED_AFTER, Given, ask_second, give_verdict, undo
from tests.records.databases import NOW
from tests.records.factories import EXPORT, NAMES, for_review, put

REJECT = Judgement(VerdictKind.REJECT, ("gambling",))
OTHER = Judgement(VerdictKind.REJECT, ("fraud",))
APPROVE = Judgement(VerdictKind.APPROVE)
UNSURE = Judgement(VerdictKind.UNSURE)
BLIND = Wanted(blind=True)
SETTLED = NOW + SETTLED_AFTER


def take(
    database: Database, who: str, *, now: datetime = NOW, wanted: Wanted = BLIND, gold_share: float = 0.0
) -> CaseRecord | None:
    with database.unit() as unit:
        found = queue.take(unit, who, wanted, now=now, gold_share=gold_share)
        unit.commit()
    return found[0] if found else None


def give(
    database: Database,
    case: CaseRecord | None,
    judgement: Judgement,
    who: str,
    *,
    now: datetime = NOW,
    share: float = 0.0,
) -> Given:
    assert case is not None
    with database.unit() as unit:
        given = give_verdict(unit, NAMES, case.id, judgement, moderator=who, token=case.lease_token, now=now)
        ask_second(unit, given, share, now=now)
        unit.commit()
    return given


def weigh(database: Database, *, now: datetime = SETTLED) -> int:
    with database.unit() as unit:
        count = quality.weigh(unit, now=now)
        unit.commit()
    return count


def checked(database: Database, keyring: Keyring, judgement: Judgement = REJECT) -> Given:
    """A verdict of Mia's about which a second person is asked by now."""
    put(database, keyring, for_review("加微信进群", known_as="c-1"))
    given = give(database, take(database, "mia"), judgement, "mia", share=1.0)
    assert 1 == weigh(database)
    return given


def test_a_second_person_is_asked_once_the_verdict_stands_and_never_the_first(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, for_review())
    first = give(database, take(database, "mia"), REJECT, "mia", share=1.0)
    assert 0 == weigh(database, now=NOW + timedelta(seconds=10))
    assert 1 == weigh(database)
    assert 0 == weigh(database)
    assert None is take(database, "mia", now=SETTLED)
    second = take(database, "noah", now=SETTLED)
    assert second is not None
    assert (first.case.why, first.case.label, "forum", Purpose.OPINION) == (
        second.why,
        second.label,
        second.queue,
        second.purpose,
    )


def test_a_second_look_of_one_that_stood_for_others_is_promised_by_its_queue(
    database: Database, keyring: Keyring
) -> None:
    [stored] = put(database, keyring, for_review())
    sooner = NOW + timedelta(minutes=47)  # as the oldest of its group was promised
    with database.unit() as unit:
        unit.execute(update(case_table).where(case_table.c.id == stored.case_id).values(due_at=sooner))
        unit.commit()
    give(database, take(database, "mia"), REJECT, "mia", share=1.0)
    assert 1 == weigh(database)
    second = take(database, "noah", now=SETTLED)
    assert second is not None
    with database.reading() as look:
        shown = seeming.as_shown(look, second)
        [waits] = second_looks.waiting(look)
    hour = timedelta(hours=1)
    assert (hour, hour, hour) == (
        second.due_at - second.created_at, shown.due_at - shown.created_at, waits.seems_due - waits.seems_opened,
    )  # fmt: skip


def test_programs_get_no_second_opinions(database: Database, keyring: Keyring) -> None:
    checked(database, keyring)
    with database.unit() as unit:
        assert [] == queue.claim(unit, "key:abc", now=SETTLED)


def test_a_verdict_that_was_taken_back_is_not_looked_at(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    given = give(database, take(database, "mia"), REJECT, "mia", share=1.0)
    with database.unit() as unit:
        undo(unit, given.case.id, moderator="mia", now=NOW)
        unit.commit()
    assert 0 == weigh(database)


def test_a_second_answer_changes_nothing_but_how_many_agree(database: Database, keyring: Keyring) -> None:
    first = checked(database, keyring)
    second = give(database, take(database, "noah", now=SETTLED), REJECT, "noah", now=SETTLED)
    assert second.label is None
    with database.reading() as look:
        before = labels.in_force(look, first.case.comment_id)
    assert before is not None
    assert (1, None) == (before.asked, before.agreement)
    weigh(database, now=SETTLED + SETTLED_AFTER)
    with database.reading() as look:
        after = labels.in_force(look, first.case.comment_id)
        assert after is not None
        assert (first.verdict.id, 2, 1.0) == (after.verdict_id, after.asked, after.agreement)
        assert first.decision == decisions.get(look, first.decision.id)
        assert None is cases.undecided_of(look, first.case.comment_id)
        assert "opinion" in [e.kind for e in ledger.page(look, subject_id=second.case.id).items]


@pytest.mark.parametrize("second", [APPROVE, OTHER])
def test_where_two_differ_a_senior_decides_and_the_label_flips(
    database: Database, keyring: Keyring, second: Judgement
) -> None:
    first = checked(database, keyring)
    later = SETTLED + SETTLED_AFTER
    give(database, take(database, "noah", now=SETTLED), second, "noah", now=SETTLED)
    weigh(database, now=later)
    with database.reading() as look:
        record = labels.in_force(look, first.case.comment_id)
        assert record is not None
        assert (2, 0.5) == (record.asked, record.agreement)
    seniors = Wanted(queue=ESCALATED, blind=True)
    for each in ("mia", "noah"):
        assert None is take(database, each, now=later, wanted=seniors)
    third = take(database, "ahui", now=later, wanted=seniors)
    assert third is not None
    assert (DISAGREEMENT, Purpose.DECIDE) == (third.why, third.purpose)
    settled = give(database, third, second, "ahui", now=later)
    assert settled.label is not None
    assert int("fraud" in second.labels) == settled.label.labels["fraud"]
    assert 0 == settled.label.labels["gambling"]
    weigh(database, now=later + SETTLED_AFTER)
    with database.reading() as look:
        record = labels.in_force(look, first.case.comment_id)
        assert record is not None
        assert (settled.verdict.id, 3, pytest.approx(2 / 3)) == (record.verdict_id, record.asked, record.agreement)
        assert settled.decision.outcome == decisions.get(look, first.decision.id).outcome


@pytest.mark.parametrize(
    ("second", "bound", "asked"),
    [
        (Judgement(VerdictKind.REJECT, ("gambling", "fraud")), 0.7, 0),
        (Judgement(VerdictKind.REJECT, ("gambling", "fraud")), 0.5, 1),
        (OTHER, 0.7, 1),
        (OTHER, 1.0, 0),
        (APPROVE, 1.0, 1),
    ],
)
def test_labels_that_are_nearly_alike_take_no_third_person(
    database: Database,
    keyring: Keyring,
    monkeypatch: pytest.MonkeyPatch,
    second: Judgement,
    bound: float,
    asked: int,
) -> None:
    looks = replace(AS_USUAL.second_looks, labels_apart=bound)
    monkeypatch.setattr(database, "_queues", lambda: replace(AS_USUAL, second_looks=looks))
    first = checked(database, keyring)
    later = SETTLED + SETTLED_AFTER
    give(database, take(database, "noah", now=SETTLED), second, "noah", now=SETTLED)
    weigh(database, now=later)
    third = take(database, "ahui", now=later, wanted=Wanted(queue=ESCALATED, blind=True))
    assert asked == (third is not None)
    with database.reading() as look:
        record = labels.in_force(look, first.case.comment_id)
    assert record is not None
    assert (first.verdict.id, 2, 0.5) == (record.verdict_id, record.asked, record.agreement)


def test_an_unsure_second_person_passes_it_to_a_third_pair_of_eyes(database: Database, keyring: Keyring) -> None:
    checked(database, keyring)
    give(database, take(database, "noah", now=SETTLED), UNSURE, "noah", now=SETTLED)
    assert None is take(database, "noah", now=SETTLED)
    again = take(database, "olga", now=SETTLED)
    assert again is not None
    assert Purpose.OPINION is again.purpose


def test_a_second_answer_taken_back_leaves_what_held(database: Database, keyring: Keyring) -> None:
    first = checked(database, keyring)
    given = give(database, take(database, "noah", now=SETTLED), APPROVE, "noah", now=SETTLED)
    with database.unit() as unit:
        again = undo(unit, given.case.id, moderator="noah", now=SETTLED)
        unit.commit()
    assert (CaseState.CLAIMED, "noah", Purpose.OPINION) == (again.state, again.lease_owner, again.purpose)
    assert 0 == weigh(database, now=SETTLED + SETTLED_AFTER)
    with database.reading() as look:
        assert first.label == labels.in_force(look, first.case.comment_id)
        assert first.decision == decisions.get(look, first.decision.id)


def test_an_edit_voids_the_second_opinion_on_the_old_text(database: Database, keyring: Keyring) -> None:
    checked(database, keyring)
    held = take(database, "noah", now=SETTLED)
    put(database, keyring, for_review("第二版", known_as="c-1"), now=SETTLED)
    with pytest.raises(ConflictError):
        give(database, held, REJECT, "noah", now=SETTLED)


@pytest.mark.parametrize(
    ("first", "answer", "agreement"), [(REJECT, APPROVE, 0.5), (REJECT, REJECT, 1.0), (None, APPROVE, None)],
    ids=["reversed", "upheld", "against the machine alone"],
)  # fmt: skip
@pytest.mark.parametrize("why", ANEW)
def test_what_an_appeal_came_to_counts_among_those_who_were_asked(
    database: Database, keyring: Keyring, tmp_path: Path, why: str, first: Judgement | None,
    answer: Judgement, agreement: float | None,
) -> None:  # fmt: skip
    """Whoever decides it knows nothing of the first word, as in a second look."""
    [stored] = put(database, keyring, for_review("加微信进群"))
    if first is not None:
        give(database, take(database, "mia"), first, "mia")
    with database.unit() as unit:
        case = cases.get(unit, str(stored.case_id))
        if first is None:
            leases.close(unit, case.id, now=NOW)
        cases.ask_again(unit, case, queue=APPEALS, why=why, purpose=Purpose.DECIDE, now=SETTLED)
        unit.commit()
    asked = take(database, "noah", now=SETTLED, wanted=Wanted(queue=APPEALS, blind=True))
    give(database, asked, answer, "noah", now=SETTLED)
    weigh(database, now=SETTLED + SETTLED_AFTER)
    with database.reading() as look:
        record = labels.in_force(look, stored.comment_id)
    assert record is not None
    assert (1 if first is None else 2, agreement) == (record.asked, record.agreement)
    export_labels(database, tmp_path, EXPORT, now=SETTLED + SETTLED_AFTER)
    [line] = [json.loads(each) for path in tmp_path.glob("*.jsonl") for each in path.read_text().splitlines()]
    assert ({} if agreement is None else {"asked": 2, "agreement": agreement}) == {
        name: line[name] for name in ("asked", "agreement") if name in line
    }


def test_agreement_stands_in_the_label_files(database: Database, keyring: Keyring, tmp_path: object) -> None:
    checked(database, keyring)
    give(database, take(database, "noah", now=SETTLED), REJECT, "noah", now=SETTLED)
    weigh(database, now=SETTLED + SETTLED_AFTER)
    [file] = export_labels(database, tmp_path, EXPORT, now=SETTLED).files  # type: ignore[arg-type]
    assert '"asked": 2, "agreement": 1.0' in file.read_text("utf-8")


def test_who_was_unsure_stands_in_the_label_files(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    put(database, keyring, for_review("加微信进群"), for_review("下注"))
    give(database, take(database, "mia"), UNSURE, "mia")
    for _ in range(2):
        give(database, take(database, "noah"), REJECT, "noah")
    export_labels(database, tmp_path, EXPORT, now=SETTLED)
    lines = [json.loads(each) for path in tmp_path.glob("*.jsonl") for each in path.read_text().splitlines()]
    assert [None, 1] == sorted((line.get("hesitated") for line in lines), key=bool)


def test_what_may_still_be_taken_back_is_not_exported(database: Database, keyring: Keyring, tmp_path: object) -> None:
    put(database, keyring, for_review())
    give(database, take(database, "mia"), REJECT, "mia")
    for now, expected in ((NOW + timedelta(seconds=11), 0), (SETTLED, 1)):
        done = export_labels(database, tmp_path, EXPORT, now=now, settled=SETTLED_AFTER)  # type: ignore[arg-type]
        assert expected == done.records


def vouched(database: Database, case_id: str) -> GoldRecord:
    with database.unit() as unit:
        known = gold.vouch(unit, case_id, why="a plain offer", author="ben", now=NOW)
        unit.commit()
    return known


def a_known_answer(database: Database, keyring: Keyring) -> GoldRecord:
    """Decided by Mia; another case waits beside which it can hide."""
    put(database, keyring, for_review("赌场", known_as="g-1", score=0.9))
    given = give(database, take(database, "mia"), REJECT, "mia")
    put(database, keyring, for_review("加好友"))
    return vouched(database, given.case.id)


def test_a_known_answer_comes_once_to_each_and_never_to_who_gave_it(database: Database, keyring: Keyring) -> None:
    known = a_known_answer(database, keyring)
    mine = take(database, "mia", gold_share=1.0)
    assert mine is not None
    assert None is mine.gold_id
    with database.unit() as unit:
        queue.release(unit, mine.id, "mia", None, now=NOW)
        unit.commit()
    hidden = take(database, "noah", gold_share=1.0)
    assert hidden is not None
    assert (known.id, Purpose.GOLD) == (hidden.gold_id, hidden.purpose)
    assert mine.created_at <= hidden.created_at <= NOW
    answered = give(database, hidden, APPROVE, "noah", share=1.0)
    assert CaseState.CLOSED is answered.case.state
    assert 0 == weigh(database)
    again = take(database, "noah", gold_share=1.0)
    assert again is not None
    assert None is again.gold_id
    with database.reading() as look:
        record = labels.in_force(look, known.comment_id)
        assert record is not None
        assert VerdictKind.REJECT is record.verdict
        assert VerdictKind.REJECT is verdicts.holding_for(look, known.decision_id).verdict  # type: ignore[union-attr]


def test_a_known_answer_that_is_left_goes_to_nobody_else(database: Database, keyring: Keyring) -> None:
    a_known_answer(database, keyring)
    hidden = take(database, "noah", gold_share=1.0)
    assert hidden is not None
    with database.unit() as unit:
        assert CaseState.CLOSED is queue.escalate(unit, hidden.id, "noah", None, now=NOW).state
        unit.commit()
    hidden = take(database, "olga", gold_share=1.0)
    with database.unit() as unit:
        assert 1 == queue.expire(unit, now=NOW + queue.LEASE)
        assert hidden is not None
        assert CaseState.CLOSED is cases.get(unit, hidden.id).state


def test_only_what_was_decided_can_be_known_and_once(database: Database, keyring: Keyring) -> None:
    known = a_known_answer(database, keyring)
    with database.unit() as unit:
        [waiting] = [case for case in cases.page(unit).items if case.state is CaseState.OPEN]
        [decided] = [case for case in cases.page(unit).items if case.state is CaseState.CLOSED]
        for case_id, sentence in ((waiting.id, "decide it first"), (decided.id, "known already")):
            with pytest.raises(ConflictError, match=sentence):
                gold.vouch(unit, case_id, why="plain", author="ben", now=NOW)
        with pytest.raises(InvalidInputError, match="/reason"):
            gold.vouch(unit, decided.id, why=" ", author="ben", now=NOW)
        assert [known] == known_answers.in_use(unit)
        gold.retire(unit, known.id, why="too easy", author="ben", now=NOW)
        assert [] == known_answers.in_use(unit)
        with pytest.raises(NotFoundError):
            gold.retire(unit, known.id, why="again", author="ben", now=NOW)


def test_shares_are_drawn_as_often_as_they_say() -> None:
    assert [0, 1000] == [sum(quality.is_drawn(share) for _ in range(1000)) for share in (0.0, 1.0)]
    assert 350 < sum(quality.is_drawn(0.4) for _ in range(1000)) < 450


def drawn(database: Database, looks: SecondLooks, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """With which share lots are drawn when Kim gives a verdict about each of three comments."""
    shares: list[float] = []
    monkeypatch.setattr(quality, "is_drawn", lambda share: shares.append(share) or False)
    monkeypatch.setattr(database, "_queues", lambda: replace(AS_USUAL, second_looks=looks))
    for _ in range(3):
        give(database, take(database, "kim"), APPROVE, "kim", share=0.05)
    return shares


def test_a_queue_has_a_share_of_its_own_and_the_first_verdicts_of_somebody_are_drawn_oftener(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, keyring, *(for_review(f"评论{at}", known_as=f"c-{at}") for at in range(6)))
    assert [0.2, 0.2, 0.05] == drawn(database, SecondLooks({}, new_verdicts=2, new_times=4), monkeypatch)
    assert [1.0, 0.5, 0.5] == drawn(database, SecondLooks({"forum": 0.5}, new_verdicts=4, new_times=4), monkeypatch)
