"""A person says that it is no campaign: what waited behind its case waits by itself again, and is folded no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance import bulk, campaign_cases, campaign_findings
from governance.campaigns import QUEUE
from records import campaigns as stored
from records import cases, groups, leases
from records.campaign_findings import Answer
from records.database import Database
from records.personal import Keyring
from records.values import CaseRecord, CaseState
from tests.governance.test_campaign_cases import burst, decide, gather, take
from tests.governance.test_campaigns import TEXT, of, spread
from tests.records.databases import NOW
from tests.records.factories import for_review


def folded(database: Database, keyring: Keyring) -> list[CaseRecord]:
    """Four copies behind one case, with a finding that waits for an answer."""
    burst(database, keyring)
    assert 3 == gather(database)
    campaign_findings.weigh_some(database, NOW)
    return waiting(database)


def waiting(database: Database) -> list[CaseRecord]:
    with database.reading() as look:
        return list(cases.page(look, limit=200).items)


def say(database: Database, answer: Answer) -> None:
    campaign_id = of(database, TEXT).id
    with database.unit() as unit:
        campaign_findings.decide(unit, campaign_id, answer, by="mia", note="everybody writes this today", now=NOW)
        unit.commit()


def taken(database: Database, *people: str) -> list[CaseRecord]:
    return [case for case in (take(database, who) for who in people) if case is not None]


def test_after_no_campaign_its_comments_come_one_by_one_from_their_own_queue(
    database: Database, keyring: Keyring
) -> None:
    before = folded(database, keyring)
    assert 1 == len(taken(database, "mia")), "one stood for all"
    with database.unit() as unit:
        leases.put_back(unit, cases.lock(unit, of(database, TEXT).case_id))
        unit.commit()
    say(database, Answer.NO_CAMPAIGN)
    after = waiting(database)
    assert {one.id for one in before} == {one.id for one in after}, "none is lost"
    assert {("forum", None, CaseState.OPEN)} == {(one.queue, one.group_id, one.state) for one in after}
    assert "campaign" not in {one.why for one in after}
    with database.reading() as look:
        promise = look.queues.promises.of("forum")
    assert {promise} == {one.due_at - one.created_at for one in after}
    assert 4 == len({case.id for case in taken(database, "mia", "ben", "eva", "lin")})


def test_it_is_folded_no_more_whatever_comes_later(database: Database, keyring: Keyring) -> None:
    folded(database, keyring)
    say(database, Answer.NO_CAMPAIGN)
    spread(database, keyring, TEXT, item=for_review("高价回收礼品卡9", known_as="c-9", score=0.7))
    assert 0 == gather(database)
    found = waiting(database)
    assert (5, {None}, {"forum"}) == (len(found), {one.group_id for one in found}, {one.queue for one in found})
    with database.reading() as look:
        assert 5 == stored.size(look, of(database, TEXT).id), "it is known with the others all the same"


def test_no_verdict_over_all_is_offered_any_more(database: Database, keyring: Keyring) -> None:
    found = folded(database, keyring)
    with database.reading() as look:
        assert all(bulk.touched(look, one) is not None for one in found)
    say(database, Answer.NO_CAMPAIGN)
    with database.reading() as look:
        assert [None] * 4 == [bulk.touched(look, one) for one in found]


@pytest.mark.parametrize("answer", [Answer.ONE_HAND, Answer.MANY_PEOPLE])
def test_whoever_is_behind_it_copies_of_one_text_stay_one_question(
    database: Database, keyring: Keyring, answer: Answer
) -> None:
    folded(database, keyring)
    say(database, answer)
    assert 1 == len(taken(database, "mia", "ben"))
    spread(database, keyring, TEXT, item=for_review("高价回收礼品卡9", known_as="c-9", score=0.7))
    assert 1 == gather(database)


def test_what_somebody_has_in_hand_stays_in_their_hands(database: Database, keyring: Keyring) -> None:
    folded(database, keyring)
    [mine] = taken(database, "mia")
    say(database, Answer.NO_CAMPAIGN)
    with database.reading() as look:
        case = cases.get(look, mine.id)
    assert (CaseState.CLAIMED, QUEUE, mine.lease_token) == (case.state, case.queue, case.lease_token)
    assert 3 == len(taken(database, "ben", "eva", "lin"))
    decide(database, case)


def test_what_was_decided_and_is_taken_back_stands_behind_nobody(database: Database, keyring: Keyring) -> None:
    folded(database, keyring)
    [mine] = taken(database, "mia")
    decide(database, mine)
    say(database, Answer.NO_CAMPAIGN)
    with database.reading() as look:
        assert None is cases.get(look, mine.id).group_id


def test_a_worker_that_read_before_the_answer_folds_nothing_after_it(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = folded(database, keyring)
    say(database, Answer.NO_CAMPAIGN)
    stale = {of(database, TEXT).id: [one.id for one in found]}
    monkeypatch.setattr(groups, "spread", lambda *_, **__: stale)
    campaign_cases.gather(database, NOW + timedelta(seconds=5))
    assert {None} == {one.group_id for one in waiting(database)}
