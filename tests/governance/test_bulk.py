"""One verdict over a campaign: each comment its own record, nothing that was not seen, resumable, taken back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from governance import bulk, bulk_steps, four_eyes, together
from governance.bulk import Wish
from governance.four_eyes import Word
from governance.rules import Standards
from governance.verdicts import HouseRules
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from moderation.policy import load_policies
from moderation.taxonomy import load_taxonomy
from records import alone as chosen
from records import approvals, cases, comments, decisions, labels, leases, ledger, users, verdicts
from records import bulk as stored
from records.bulk import BulkRecord, BulkState, MemberState
from records.database import Database
from records.house_values import ApprovalState, UserRecord
from records.personal import Keyring
from records.values import CaseState, Judgement, VerdictKind
from review import queue
from review.verdicts import SETTLED_AFTER, give_verdict
from tests.governance.test_campaigns import TEXT, of, spread
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review

TAXONOMY = load_taxonomy()
RULES = HouseRules(TAXONOMY, load_policies(TAXONOMY))
REJECT = Judgement(VerdictKind.REJECT, ("gambling",), "delete", note="one advert", confidence=0.95)
LATER = NOW + SETTLED_AFTER
STANDARDS = Standards(TAXONOMY, NOW.date())


def person(database: Database, name: str = "mei", role: str = "moderator") -> UserRecord:
    with database.unit() as unit:
        user = users.create(unit, name, password_hash="x", role=role, now=NOW)
        unit.commit()
    return user


def campaign(database: Database, keyring: Keyring, size: int = 4) -> list[str]:
    """The comments of a campaign, that of its case first; each has a case that waits."""
    return [spread(database, keyring, TEXT, item=for_review(f"一条广告{n}")).comment_id for n in range(size)]


def give(
    database: Database, who: UserRecord, *, alone: int = 20, wish: Wish | None = None, judgement: Judgement = REJECT
) -> BulkRecord:
    with database.unit() as unit:
        case = cases.get(unit, of(database, TEXT).case_id)
        touched = bulk.touched(unit, case)
        assert touched is not None
        wish = wish or Wish(judgement, touched.revisions, "all the same advert")
        made = bulk.give(unit, RULES, case, wish, by=who, alone=alone, now=NOW)
        unit.commit()
    return made


def step(database: Database, now=LATER) -> int:  # noqa: ANN001
    return bulk_steps.step(database, lambda: RULES, now)


def states(database: Database, made: BulkRecord) -> dict[MemberState, int]:
    with database.reading() as look:
        return dict(stored.counts(look, made.id))


def state(database: Database, made: BulkRecord) -> BulkState:
    with database.reading() as look:
        return stored.get(look, made.id).state


def test_each_comment_gets_its_own_case_verdict_label_and_entry(database: Database, keyring: Keyring) -> None:
    first, *others = campaign(database, keyring)
    made = give(database, person(database))
    assert 0 == step(database, NOW + timedelta(seconds=5))
    assert 3 == step(database)
    assert 0 == step(database)
    with database.reading() as look:
        assert cases.undecided_of(look, first) is not None
        for comment_id in others:
            assert cases.undecided_of(look, comment_id) is None
            record = labels.in_force(look, comment_id)
            verdict = verdicts.holding_for(look, decisions.latest_of(look, comment_id).id)
            assert record is not None
            assert verdict is not None
            assert (1, 0.95) == (record.labels["gambling"], record.confidence)
            assert ("one advert", "delete", made.moderator) == (verdict.note, verdict.measure, verdict.moderator)
            kinds = [entry.kind for entry in ledger.page(look, subject_id=verdict.case_id).items]
            assert ["verdict"] == kinds
    assert BulkState.DONE is state(database, made)
    assert {MemberState.DECIDED: 3} == states(database, made)


def test_nothing_is_touched_that_was_not_seen(database: Database, keyring: Keyring) -> None:
    _, edited, erased, decided, fresh = campaign(database, keyring, 5)
    who = person(database)
    made = give(database, who)
    late = spread(database, keyring, TEXT, item=for_review("晚来的")).comment_id
    with database.unit() as unit:
        comments.erase(unit, erased, now=NOW)
        case = cases.lock(unit, cases.undecided_of(unit, decided).id)  # type: ignore[union-attr]
        token = leases.lease(unit, case.id, "ann", expires_at=LATER).lease_token
        give_verdict(unit, NAMES, case.id, Judgement(VerdictKind.APPROVE), moderator="ann", token=token, now=NOW)
        member = stored.member(unit, made.id, edited)
        unit.commit()
    with database.unit() as unit:
        from sqlalchemy import update

        from records.tables import bulk_members

        seen = (bulk_members.c.bulk_id == made.id, bulk_members.c.comment_id == edited)
        unit.execute(update(bulk_members).where(*seen).values(revision=member.revision + 1))
        unit.commit()
    step(database)
    expected = {MemberState.CHANGED, MemberState.ERASED, MemberState.DECIDED_BEFORE, MemberState.DECIDED}
    assert dict.fromkeys(expected, 1) == states(database, made)
    with database.reading() as look:
        assert labels.in_force(look, fresh) is not None
        assert labels.in_force(look, late) is None
        assert None is stored.get(look, made.id).note


def test_what_a_colleague_has_in_hand_waits_until_they_are_done(database: Database, keyring: Keyring) -> None:
    _, one = campaign(database, keyring, 2)
    made = give(database, person(database))
    with database.unit() as unit:
        case = cases.undecided_of(unit, one)
        assert case is not None
        leases.lease(unit, case.id, "ann", expires_at=LATER + timedelta(minutes=1))
        unit.commit()
    assert 0 == step(database)
    assert {MemberState.PENDING: 1} == states(database, made)
    assert 1 == step(database, LATER + timedelta(minutes=2))


def test_over_the_stated_size_it_waits_for_a_second_person(database: Database, keyring: Keyring) -> None:
    campaign(database, keyring)
    made = give(database, person(database), alone=2)
    person(database, "sen", "senior")
    assert BulkState.WAITING is made.state
    assert 0 == step(database)
    with database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=made.id)
        with pytest.raises(ForbiddenError):
            four_eyes.answer(unit, asked.id, Word("mei", True, "fine"), standards=STANDARDS, now=NOW)
        four_eyes.answer(unit, asked.id, Word("sen", True, "looked at ten"), standards=STANDARDS, now=LATER)
        unit.commit()
    assert (3, "gambling") == (asked.facts["comments"], asked.facts["labels"][0])
    assert 3 == step(database)


def test_refused_it_touches_nothing(database: Database, keyring: Keyring) -> None:
    campaign(database, keyring)
    made = give(database, person(database), alone=2)
    person(database, "sen", "senior")
    with database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=made.id)
        four_eyes.answer(unit, asked.id, Word("sen", False, "two are others"), standards=STANDARDS, now=NOW)
        unit.commit()
    assert 0 == step(database)
    assert (BulkState.REFUSED, {MemberState.PENDING: 3}) == (state(database, made), states(database, made))


def test_taken_back_within_seconds_it_never_was(database: Database, keyring: Keyring) -> None:
    _, one, *_ = campaign(database, keyring)
    who = person(database)
    made = give(database, who, alone=2)
    with database.unit() as unit:
        bulk.take_back_with(unit, made.case_id, by=who.id, now=NOW + timedelta(seconds=4))
        [asked] = approvals.about(unit, bulk.ASKED, made.id, state=ApprovalState.OVERTAKEN)
        unit.commit()
    assert asked.subject_id == made.id
    assert 0 == step(database)
    assert BulkState.WITHDRAWN is state(database, made)
    with database.reading() as look:
        assert labels.in_force(look, one) is None


def test_taken_back_later_each_comment_is_opened_again_and_recorded(database: Database, keyring: Keyring) -> None:
    _, *others = campaign(database, keyring)
    who = person(database)
    made = give(database, who)
    step(database)
    with database.unit() as unit:
        with pytest.raises(ForbiddenError):
            bulk.take_back(unit, made.id, by="ann", any_ones=False, why="wrong", now=LATER)
        bulk.take_back(unit, made.id, by=who.id, any_ones=False, why="two campaigns in one", now=LATER)
        unit.commit()
    assert 3 == step(database)
    step(database)
    assert (BulkState.WITHDRAWN, {MemberState.OPENED_AGAIN: 3}) == (state(database, made), states(database, made))
    with database.reading() as look:
        opened = [cases.undecided_of(look, comment_id) for comment_id in others]
        assert ["reopened"] * 3 == [case.opened_by for case in opened if case]
        kinds = [entry.kind for entry in ledger.page(look, subject_id=opened[0].id).items]  # type: ignore[union-attr]
    assert ["case.opened", "case.reopened"] == kinds


def test_a_worker_that_dies_is_followed_by_another_and_none_is_decided_twice(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, *others = campaign(database, keyring, 6)
    made = give(database, person(database))
    real, calls = bulk.verdicts.give, []

    def dies(*given: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(bulk.verdicts, "give", dies)
    with pytest.raises(KeyboardInterrupt):
        step(database)
    assert {MemberState.DECIDED: 2, MemberState.PENDING: 3} == states(database, made)
    assert 3 == step(database)
    with database.reading() as look:
        given = [verdicts.opinions_on(look, decisions.latest_of(look, one).id) for one in others]
    assert [1] * 5 == [len(each) for each in given]


def test_one_verdict_over_a_campaign_at_a_time_and_of_labels_that_exist(database: Database, keyring: Keyring) -> None:
    campaign(database, keyring)
    who = person(database)
    with pytest.raises(InvalidInputError):
        give(database, who, judgement=Judgement(VerdictKind.REJECT, ("opinion",)))
    with pytest.raises(InvalidInputError):
        give(database, who, judgement=Judgement(VerdictKind.REJECT))
    give(database, who)
    with pytest.raises(ConflictError):
        give(database, who)
    with database.reading() as look:
        assert CaseState.OPEN is cases.get(look, of(database, TEXT).case_id).state


def taken(database: Database, who: str, *, now: datetime = NOW, count: int = 9) -> list[str]:
    """The comments that they are given, which stay with them."""
    with database.unit() as unit:
        found = queue.claim(unit, who, now=now, count=count)
        unit.commit()
    return [case.comment_id for case in found]


def asked_over(database: Database, keyring: Keyring) -> tuple[UserRecord, list[str], BulkRecord]:
    """Five of a campaign, of which Mei has the first in hand and one taken ahead; she asks about the other four."""
    found = campaign(database, keyring, 5)
    mei = person(database, "mei")
    first, ahead = taken(database, mei.id, count=2)
    assert {first, ahead} <= {*found}
    made = give(database, mei, alone=3)
    with database.unit() as unit:
        leases.close(unit, of(database, TEXT).case_id, now=NOW)  # it is decided with the verdict
        unit.commit()
    assert BulkState.WAITING is state(database, made)
    return mei, found, made


def test_what_waits_for_a_second_person_is_handed_to_nobody_meanwhile(database: Database, keyring: Keyring) -> None:
    mei, _, _ = asked_over(database, keyring)
    assert [] == taken(database, mei.id)
    assert [] == taken(database, "ann", now=NOW + timedelta(hours=1))
    with database.reading() as look:
        assert [] == leases.leased_by(look, mei.id, now=NOW), "what was taken ahead waits with the others"


@pytest.mark.parametrize("how", ["refused", "taken back", "unanswered"])
def test_without_a_yes_they_are_handed_out_again(database: Database, keyring: Keyring, how: str) -> None:
    mei, found, made = asked_over(database, keyring)
    person(database, "sen", "senior")
    later = NOW + timedelta(hours=2)
    with database.unit() as unit:
        [asked] = approvals.waiting(unit)
        if how == "refused":
            four_eyes.answer(unit, asked.id, Word("sen", False, "two are others"), standards=STANDARDS, now=NOW)
        elif how == "taken back":
            bulk.take_back(unit, made.id, by=mei.id, any_ones=False, why="in haste", now=NOW)
        unit.commit()
    if how == "unanswered":
        assert 0 == step(database, later - timedelta(minutes=1))
        assert [] == taken(database, "ann", now=later)
        step(database, later)
        with database.reading() as look:
            assert [] == approvals.waiting(look)
            last = ledger.page(look, subject_id=made.campaign_id).items[-1]
            body = json.loads(last.body)
        assert ("bulk.taken_back", "machine", "no second person answered in time") == (
            last.kind, body["actor"]["kind"], body["reason"],
        )  # fmt: skip
        assert BulkState.WITHDRAWN is state(database, made)
    assert set(found[1:]) == {*taken(database, "ann", now=later)}


def test_what_a_reader_was_promised_is_handed_out_in_time_whatever_waits(database: Database, keyring: Keyring) -> None:
    _, found, _ = asked_over(database, keyring)
    with database.unit() as unit:
        reported = cases.undecided_of(unit, found[2])
        assert reported is not None
        due_at = NOW + timedelta(minutes=90)
        cases.give_to(unit, reported, queue="complaints", why="complaint", label=None, due_at=due_at)
        unit.commit()
    assert [] == taken(database, "ann", now=NOW + timedelta(minutes=59))
    assert [found[2]] == taken(database, "ann", now=NOW + timedelta(minutes=60))


def in_hand(database: Database, keyring: Keyring, size: int = 4) -> tuple[UserRecord, list[str]]:
    """A campaign; Mei has its case in hand."""
    found, mei = campaign(database, keyring, size), person(database, "mei")
    assert [found[0]] == taken(database, mei.id, count=1)
    return mei, found


def give_all(database: Database, who: UserRecord, *, alone: int) -> BulkRecord:
    """Over the whole campaign, the one in hand with it."""
    with database.reading() as look:
        case = cases.get(look, of(database, TEXT).case_id)
        touched = bulk.touched(look, case)
        assert touched is not None
        own = {case.comment_id: comments.get(look, case.comment_id).revision}
    return give(database, who, alone=alone, wish=Wish(REJECT, {**own, **touched.revisions}, "all the same advert"))


def is_decided(database: Database, comment_id: str) -> bool:
    with database.reading() as look:
        return labels.in_force(look, comment_id) is not None and cases.undecided_of(look, comment_id) is None


def test_the_one_in_hand_waits_for_the_second_person_as_the_others_do(database: Database, keyring: Keyring) -> None:
    mei, found = in_hand(database, keyring)
    person(database, "sen", "senior")
    made = give_all(database, mei, alone=3)
    assert {MemberState.PENDING: 4} == states(database, made)
    assert [False] * 4 == [is_decided(database, each) for each in found]
    assert [] == taken(database, "ann"), "neither it nor the others are handed to anybody meanwhile"
    with database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=made.id)
        four_eyes.answer(unit, asked.id, Word("sen", True, "looked at ten"), standards=STANDARDS, now=LATER)
        unit.commit()
    assert 4 == asked.facts["comments"]
    assert 4 == step(database)
    assert [True] * 4 == [is_decided(database, each) for each in found]


def test_declined_the_one_in_hand_is_handed_out_again_undecided(database: Database, keyring: Keyring) -> None:
    mei, found = in_hand(database, keyring)
    person(database, "sen", "senior")
    made = give_all(database, mei, alone=3)
    with database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=made.id)
        four_eyes.answer(unit, asked.id, Word("sen", False, "two are others"), standards=STANDARDS, now=NOW)
        unit.commit()
    assert not is_decided(database, found[0])
    assert found[0] in taken(database, "ann")


def test_as_many_as_one_may_decide_count_the_one_in_hand(database: Database, keyring: Keyring) -> None:
    mei, found = in_hand(database, keyring)
    made = give_all(database, mei, alone=4)
    assert BulkState.RUNNING is made.state
    assert {MemberState.DECIDED: 1, MemberState.PENDING: 3} == states(database, made)
    assert is_decided(database, found[0])
    step(database)
    with database.reading() as look:
        assert 4 == chosen.given(look, [mei.id], since=NOW - timedelta(hours=1))


def test_taken_back_while_it_waits_the_one_in_hand_is_in_the_same_hands(database: Database, keyring: Keyring) -> None:
    mei, found = in_hand(database, keyring)
    made = give_all(database, mei, alone=3)
    with database.unit() as unit:
        together.take_back(unit, made.id, by=mei.id, any_ones=False, why="in haste", now=NOW + timedelta(seconds=5))
        unit.commit()
    assert not is_decided(database, found[0])
    with database.reading() as look:
        assert [found[0]] == [case.comment_id for case in leases.leased_by(look, mei.id, now=NOW)]


@pytest.mark.parametrize("seconds", [5, 60])
def test_taken_back_the_one_in_hand_is_open_with_the_others(database: Database, keyring: Keyring, seconds: int) -> None:
    mei, found = in_hand(database, keyring)
    made = give_all(database, mei, alone=4)
    later = NOW + timedelta(seconds=seconds)
    if seconds > 10:
        step(database)
    with database.unit() as unit:
        together.take_back(unit, made.id, by=mei.id, any_ones=False, why="in haste", now=later)
        unit.commit()
    while step(database, later):
        pass
    step(database, later)
    assert BulkState.WITHDRAWN is state(database, made)
    with database.reading() as look:
        assert None not in [cases.undecided_of(look, each) for each in found]
