"""Of what one verdict decided together another person looks again at a part, and at one at least, blind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from governance import another, bulk, bulk_steps, four_eyes, together
from governance.bulk import Wish
from governance.deciding import Who, decide_member
from governance.four_eyes import Word
from records import approvals, cases, comments, draws, leases
from records import bulk as stored
from records.bulk import BulkRecord, BulkState, MemberState
from records.database import Database
from records.house_values import UserRecord
from records.personal import Keyring
from records.underlying import differences
from records.values import CaseRecord, Judgement, Purpose, VerdictKind
from records.waiting import Wanted
from review import agreement, quality, queue
from review.quality import Quality
from review.verdicts import SETTLED_AFTER
from tests.governance.test_bulk import LATER, REJECT, RULES, STANDARDS, campaign, person, state
from tests.governance.test_campaigns import TEXT, of
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put

HARDLY, ALWAYS, NEVER = 1e-9, 1.0, 0.0
THEN = LATER + SETTLED_AFTER


def give(database: Database, who: UserRecord, share: float, *, alone: int = 20) -> BulkRecord:
    """A verdict over the whole campaign, its own case among it."""
    with database.unit() as unit:
        case = cases.get(unit, of(database, TEXT).case_id)
        case = leases.lease(unit, case.id, who.id, expires_at=NOW + timedelta(minutes=9))
        touched = bulk.touched(unit, case)
        assert touched is not None
        own = {case.comment_id: comments.get(unit, case.comment_id).revision}
        wish = Wish(REJECT, own | dict(touched.revisions), "all the same advert")
        made = bulk.give(unit, with_share(share), case, wish, by=who, alone=alone, now=NOW)
        unit.commit()
    return made


def with_share(share: float):  # noqa: ANN201
    return replace(RULES, quality=Quality(share))


def work(database: Database, share: float, now: datetime = LATER) -> None:
    """What a worker does until nothing is left, and then of verdicts that stand."""
    while bulk_steps.step(database, lambda: with_share(share), now):
        pass
    with database.unit() as unit:
        quality.weigh(unit, now=now + SETTLED_AFTER, asked=another.bar)
        unit.commit()


def looked_at(database: Database) -> list[CaseRecord]:
    with database.reading() as look:
        return [each for each in cases.page(look).items if each.purpose is Purpose.OPINION]


def handed(database: Database, who: UserRecord) -> set[str]:
    with database.unit() as unit:
        return {each.id for each in queue.take(unit, who.id, Wanted(blind=True), now=THEN, count=queue.MAX_COUNT)}


def test_each_is_drawn_as_any_verdict_is_and_another_person_is_asked_blind(
    database: Database, keyring: Keyring
) -> None:
    campaign(database, keyring)
    mei, ann = person(database), person(database, "ann")
    made = give(database, mei, ALWAYS)
    work(database, ALWAYS)
    asked = looked_at(database)
    assert (4, BulkState.DONE) == (len(asked), state(database, made))
    assert set() == handed(database, mei)
    assert {each.id for each in asked} - {each.id for each in asked if each.queue == "campaigns"} <= handed(
        database, ann
    )
    with database.reading() as look:
        told = [each.sentence for each in differences(look)]
    assert [] == [each for each in told if not each.startswith("The account ")], "accounts of tests have no entries"


@pytest.mark.parametrize("size", [2, 12])
def test_where_none_is_drawn_by_itself_one_is(database: Database, keyring: Keyring, size: int) -> None:
    campaign(database, keyring, size)
    mei = person(database)
    person(database, "ann")
    give(database, mei, HARDLY)
    work(database, HARDLY)
    [asked] = looked_at(database)
    with database.reading() as look:
        [draw] = draws.before(look, asked.comment_id, comments.get(look, asked.comment_id).revision, but="")
    assert (mei.id, pytest.approx(1 / size)) == (draw.moderator, draw.chance)


def test_where_verdicts_are_never_checked_none_of_these_is(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    campaign(sqlite, keyring_of_sqlite)
    mei = person(sqlite)
    person(sqlite, "ann")
    give(sqlite, mei, NEVER)
    work(sqlite, NEVER)
    assert [] == looked_at(sqlite)


def test_of_what_two_agreed_on_neither_looks_again_and_none_does_where_nobody_else_is(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    campaign(sqlite, keyring_of_sqlite, 6)
    mei, sen = person(sqlite), person(sqlite, "sen", "senior")
    made = give(sqlite, mei, HARDLY, alone=2)
    with sqlite.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=made.id)
        four_eyes.answer(unit, asked.id, Word("sen", True, "read all six"), standards=STANDARDS, now=NOW)
        unit.commit()
    ann = person(sqlite, "ann")
    work(sqlite, HARDLY)
    [second] = looked_at(sqlite)
    assert [set(), set(), {second.id}] == [handed(sqlite, each) & {second.id} for each in (mei, sen, ann)]


def test_with_both_of_a_house_of_two_in_it_nothing_is_drawn_that_would_wait_for_ever(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    campaign(sqlite, keyring_of_sqlite, 6)
    mei = person(sqlite)
    person(sqlite, "sen", "senior")
    made = give(sqlite, mei, ALWAYS, alone=2)
    with sqlite.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=made.id)
        four_eyes.answer(unit, asked.id, Word("sen", True, "read all six"), standards=STANDARDS, now=NOW)
        unit.commit()
    work(sqlite, ALWAYS)
    assert ([], BulkState.DONE) == (looked_at(sqlite), state(sqlite, made))


def test_of_a_list_that_was_ticked_one_is_looked_at_again(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    found = put(sqlite, keyring_of_sqlite, *(for_review(f"text {n}", known_as=f"c-{n}") for n in range(5)))
    mei = person(sqlite)
    person(sqlite, "ann")
    rules = replace(with_share(HARDLY), together=5)
    with sqlite.unit() as unit:
        ids = [each.comment_id for each in found]
        made = together.give(unit, rules, ids, REJECT, by=mei, alone=20, why="all adverts", now=NOW)
        unit.commit()
    with sqlite.reading() as look:
        members = stored.members(look, made.id, states=(MemberState.PENDING,), limit=9)
    for each in members:
        assert MemberState.DECIDED is decide_member(sqlite, rules, each, by=Who(mei.id), why="adverts", now=NOW)
    with sqlite.unit() as unit:
        bulk_steps.end(unit, made.id, rules, NOW)
        unit.commit()
    work(sqlite, HARDLY, now=NOW)
    assert 1 == len(looked_at(sqlite))


def test_a_worker_that_dies_at_the_end_is_followed_by_one_that_draws_it_once(
    sqlite: Database, keyring_of_sqlite: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign(sqlite, keyring_of_sqlite, 6)
    mei = person(sqlite)
    person(sqlite, "ann")
    made = give(sqlite, mei, HARDLY)
    bulk_steps.step(sqlite, lambda: with_share(HARDLY), LATER)
    with monkeypatch.context() as patched:
        patched.setattr(bulk_steps.ledger, "append", _dies)
        with pytest.raises(KeyboardInterrupt):
            bulk_steps.step(sqlite, lambda: with_share(HARDLY), LATER)
    assert BulkState.RUNNING is state(sqlite, made)
    work(sqlite, HARDLY)
    assert (1, BulkState.DONE) == (len(looked_at(sqlite)), state(sqlite, made))


def _dies(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_what_the_second_says_counts_in_the_figures_of_agreement(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    from governance.verdicts import give as said

    campaign(sqlite, keyring_of_sqlite, 6)
    mei, ann = person(sqlite), person(sqlite, "ann")
    give(sqlite, mei, HARDLY)
    work(sqlite, HARDLY)
    [asked] = looked_at(sqlite)
    with sqlite.unit() as unit:
        case = leases.lease(unit, asked.id, ann.id, expires_at=THEN + timedelta(minutes=9))
        other = Judgement(VerdictKind.APPROVE)
        said(unit, RULES, case.id, other, moderator=ann.id, token=case.lease_token, now=THEN)
        unit.commit()
    work(sqlite, HARDLY, now=THEN)
    with sqlite.reading() as look:
        told = agreement.measure(look, NAMES, since=NOW)
    assert (0, 1) == (told.alphas[0].agreed.hits, told.alphas[0].agreed.rows)
    assert {mei.id, ann.id} == {each.moderator for each in told.people}
    assert 1 == told.disagreements_waiting


def test_how_likely_each_of_many_is_looked_at_adds_up_to_how_many_are() -> None:
    for share, size in ((0.05, 12), (0.3, 4), (1.0, 3)):
        expected = size * share + (1 - share) ** size
        assert size * quality.chance_among(share, size) == pytest.approx(expected)
    assert [0.05, 0.0] == [quality.chance_among(0.05, 1), quality.chance_among(0.0, 40)]
