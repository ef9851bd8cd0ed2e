"""Cases of a campaign wait behind one, in its queue, until somebody decides it; then behind the next."""

from __future__ import annotations

from datetime import timedelta

from governance import bulk, bulk_steps, campaign_cases, campaigns, verdicts
from governance.bulk import Wish
from governance.campaigns import QUEUE
from records import awaiting, cases, comments, erasing, groups, house, leases, overview, users
from records import campaigns as stored_campaigns
from records.cases import Wanted
from records.database import Database
from records.personal import Keyring
from records.values import CaseRecord, CaseState
from records.waiting import COMPLAINTS
from review import queue
from serving.views import group_document, moment
from tests.governance.public import APPROVE, HOUSE, REJECT, report
from tests.governance.test_campaigns import TEXT, of, spread
from tests.records.databases import NOW
from tests.records.factories import for_review, put

LATER = NOW + timedelta(seconds=30)


def burst(database: Database, keyring: Keyring, count: int = 4) -> list[CaseRecord]:
    """Copies that each wait in the forum's queue; their cases, by turn."""
    for at in range(count):
        spread(database, keyring, TEXT, item=for_review(f"高价回收礼品卡{at}", known_as=f"c-{at}", score=0.7))
    with database.reading() as look:
        return sorted(cases.page(look, limit=200).items, key=lambda one: (one.turn_at, one.id))


def gather(database: Database) -> int:
    return campaign_cases.gather(database, NOW)


def take(database: Database, who: str, wanted: str | None = None) -> CaseRecord | None:
    with database.unit() as unit:
        found = queue.take(unit, who, Wanted(wanted), now=LATER)
        unit.commit()
    return found[0] if found else None


def decide(database: Database, case: CaseRecord, who: str = "mia") -> None:
    with database.unit() as unit:
        verdicts.give(unit, HOUSE, case.id, APPROVE, moderator=who, token=case.lease_token, now=LATER)
        unit.commit()


def test_the_case_that_opened_it_waits_in_the_campaigns_queue_by_its_promise(
    database: Database, keyring: Keyring
) -> None:
    found = burst(database, keyring, 2)
    with database.reading() as look:
        lead = cases.get(look, of(database, TEXT).case_id)
        promised = look.queues.promises.of(QUEUE)
    assert (QUEUE, "campaign") == (lead.queue, lead.why)
    assert lead.due_at == lead.created_at + promised
    assert lead.id in {one.id for one in found}


def test_one_stands_for_the_others_and_nobody_is_given_one_of_them(database: Database, keyring: Keyring) -> None:
    burst(database, keyring)
    assert (3, 0) == (gather(database), gather(database))
    first = take(database, "mia")
    assert first is not None
    assert of(database, TEXT).case_id == first.id
    assert [None, None] == [take(database, "ben"), take(database, "ben", "forum")]


def test_whoever_decides_the_one_in_hand_hands_on_to_the_next(database: Database, keyring: Keyring) -> None:
    burst(database, keyring)
    gather(database)
    seen = []
    for _ in range(4):
        case = take(database, "mia")
        assert case is not None
        seen.append(case.id)
        with database.reading() as look:
            about = stored_campaigns.about(look, case)
        assert about is not None
        assert about.id == of(database, TEXT).id
        decide(database, case)
        gather(database)
    assert 4 == len(set(seen))
    assert take(database, "mia") is None


def test_however_the_first_ends_another_stands_for_what_is_left(database: Database, keyring: Keyring) -> None:
    burst(database, keyring)
    gather(database)
    with database.unit() as unit:
        lead = cases.get(unit, of(database, TEXT).case_id)
        erasing.erase_one(unit, lead.comment_id, now=NOW)
        unit.commit()
    assert 2 == gather(database)
    case = take(database, "mia")
    assert case is not None
    assert (of(database, TEXT).case_id, QUEUE) == (case.id, case.queue)
    assert take(database, "ben") is None


def test_a_verdict_over_all_is_given_from_any_of_them(database: Database, keyring: Keyring) -> None:
    found = burst(database, keyring)
    gather(database)
    with database.unit() as unit:
        sue = users.create(unit, "sue", password_hash="x", role="senior", now=NOW)
        member = next(one for one in found if one.id != of(database, TEXT).case_id)
        case = leases.lease(unit, member.id, sue.id, expires_at=LATER + timedelta(minutes=9))
        touched = bulk.touched(unit, case)
        assert touched is not None
        assert 3 == len(touched.revisions)
        bulk.give(unit, HOUSE, case, Wish(REJECT, touched.revisions), by=sue, alone=20, now=LATER)
        verdicts.give(unit, HOUSE, case.id, REJECT, moderator=sue.id, token=case.lease_token, now=LATER)
        unit.commit()
    while bulk_steps.step(database, lambda: HOUSE, LATER + timedelta(minutes=1)):
        pass
    with database.reading() as look:
        assert {CaseState.CLOSED} == {one.state for one in cases.page(look, limit=200).items}


def test_what_somebody_was_promised_stays_where_it_is_and_stands_for_nobody(
    database: Database, keyring: Keyring
) -> None:  # fmt: skip
    item = for_review("高价回收礼品卡", known_as="c-0", score=0.7)
    [stored] = put(database, keyring, item)
    report(database, keyring, about="c-0", kind="spam")
    with database.unit() as unit:
        first = campaigns.Spread(stored.comment_id, stored.decision_id, item.decision, (TEXT,))
        campaigns.collect(unit, [first], now=NOW)
        unit.commit()
    for at in (1, 2):
        spread(database, keyring, TEXT, item=for_review(f"高价回收礼品卡{at}", known_as=f"c-{at}", score=0.7))
    assert 1 == gather(database)
    with database.reading() as look:
        mine = cases.get(look, stored.case_id or "")
        lead = cases.get(look, of(database, TEXT).case_id)
    assert (COMPLAINTS, None) == (mine.queue, mine.group_id)
    assert QUEUE == lead.queue
    assert {lead.id, mine.id} == {one.id for one in filter(None, (take(database, "mia"), take(database, "ben")))}


def test_a_report_takes_the_one_that_stood_for_a_campaign_out_of_it(database: Database, keyring: Keyring) -> None:
    burst(database, keyring)
    gather(database)
    lead_id = of(database, TEXT).case_id
    with database.reading() as look:
        known = comments.get(look, cases.get(look, lead_id).comment_id).external_id
    report(database, keyring, about=known or "", kind="threat")
    first = take(database, "mia", COMPLAINTS)
    assert first is not None
    assert lead_id == first.id
    assert first.due_at <= NOW + timedelta(hours=2)
    assert lead_id != of(database, TEXT).case_id
    assert 0 == gather(database)
    rest = take(database, "ben")
    assert rest is not None
    with database.reading() as look:
        group = groups.led_by(look, rest)
        assert group is not None
        assert 2 == len(groups.others(look, group))


def test_one_alone_has_nothing_behind_it(database: Database, keyring: Keyring) -> None:
    burst(database, keyring, 1)
    assert 0 == gather(database)


def test_a_young_case_that_stands_for_older_ones_waits_since_the_oldest_of_them(
    database: Database, keyring: Keyring
) -> None:
    """Behind a case of this minute wait two of two hours ago, which the forum promised a look within one."""
    early = NOW - timedelta(hours=2)
    items = [for_review(f"高价回收礼品卡{at}", known_as=f"c-{at}", score=0.7) for at in range(2)]
    stored = put(database, keyring, *items, now=early)
    spread(database, keyring, TEXT, item=for_review("高价回收礼品卡9", known_as="c-9", score=0.7))
    with database.unit() as unit:
        campaign_id = of(database, TEXT).id
        stored_campaigns.collect(unit, [(campaign_id, each.comment_id) for each in stored], now=NOW)
        unit.commit()
    assert 2 == gather(database)
    hour = timedelta(hours=1)
    with database.reading() as look:
        lead = cases.get(look, of(database, TEXT).case_id)
        told = awaiting.of(look, lead)
        assert (early, early, early + hour, True) == (told.since, told.promised_at, told.due_at, told.is_others)
        [campaigns_now] = [one for one in house.queues(look, now=NOW) if one.queue == QUEUE]
        assert (early, 1) == (campaigns_now.oldest, campaigns_now.late)
        [shown] = [one for one in overview.waiting(look) if one.queue == QUEUE]
        assert early == shown.oldest
        [group] = {one["waits_since"] for one in [group_document(look, lead)] if one}
        assert moment(early) == group
        member = cases.undecided_of(look, stored[0].comment_id)
        assert member is not None
        assert member.created_at == awaiting.of(look, member).since
    assert lead.created_at == NOW
    assert early <= lead.turn_at < early + hour
