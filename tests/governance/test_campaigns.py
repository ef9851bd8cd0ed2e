"""One campaign a burst, one case a campaign, whoever sees it first."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from governance import campaigns
from governance.campaigns import QUEUE, Spread
from moderation.behaviour import Behaviour, Burst, BurstKind, Observation, Seen, observed, signature_of
from moderation.contacts import find_contacts
from moderation.normaliser import normalise
from records import behaviour, cases, leases, ledger
from records import campaigns as stored_campaigns
from records.database import Database
from records.personal import Keyring
from records.storing import Answered, store_decisions
from records.unit_of_work import Unit
from records.values import CaseState
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, for_review, put

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高"
SIGNATURE = signature_of(normalise(ADVERT))
TEXT = Burst(BurstKind.TEXT, 2**64 - 5, SIGNATURE)
CONTACT = Burst(BurstKind.CONTACT, 12)


def spread(
    database: Database, keyring: Keyring, *bursts: Burst, item: Answered | None = None, now: datetime = NOW
) -> Spread:
    """A stored comment that belongs to these bursts."""
    item = item or an_answer()
    with database.unit() as unit:
        made = collected(unit, keyring, item, bursts, now)
        unit.commit()
    return made


def collected(unit: Unit, keyring: Keyring, item: Answered, bursts: tuple[Burst, ...], now: datetime) -> Spread:
    [stored] = store_decisions(unit, [item], keyring=keyring, now=now)
    made = Spread(stored.comment_id, stored.decision_id, item.decision, bursts)
    campaigns.collect(unit, [made], now=now)
    return made


def of(database: Database, burst: Burst) -> stored_campaigns.CampaignRecord:
    with database.reading() as look:
        return stored_campaigns.by_bursts(look, [burst])[burst]


def comments_in(database: Database, burst: Burst) -> list[str]:
    with database.reading() as look:
        return stored_campaigns.comments_of(look, stored_campaigns.by_bursts(look, [burst])[burst].id)


def waiting(database: Database) -> int:
    with database.reading() as look:
        return sum(depth.waiting for depth in cases.depths(look))


def close(database: Database, case_id: str) -> None:
    with database.unit() as unit:
        leases.close(unit, case_id, now=NOW)
        unit.commit()


def test_a_burst_opens_one_case_and_collects_its_comments(database: Database, keyring: Keyring) -> None:
    made = [spread(database, keyring, TEXT) for _ in range(4)]
    assert [each.comment_id for each in made] == comments_in(database, TEXT)
    with database.reading() as look:
        [case] = cases.page(look).items
        assert (QUEUE, "campaign", CaseState.OPEN) == (case.queue, case.why, case.state)
        assert made[0].comment_id == case.comment_id
        assert of(database, TEXT) == stored_campaigns.of_case(look, case.id)


def test_the_opening_stands_in_the_ledger(database: Database, keyring: Keyring) -> None:
    spread(database, keyring, TEXT)
    spread(database, keyring, TEXT)
    with database.reading() as look:
        assert 1 == sum(entry.kind == "campaign.opened" for entry in ledger.page(look).items)


def test_copies_that_came_before_are_collected(database: Database, keyring: Keyring) -> None:
    [before] = put(database, keyring, an_answer())
    seen = Seen(Observation(NOW.timestamp(), SIGNATURE), mark=TEXT.mark)
    with database.unit() as unit:
        behaviour.keep(unit, [(before.decision_id, seen)], worker="one")
        unit.commit()
    opener = spread(database, keyring, TEXT, now=NOW + timedelta(minutes=5))
    assert [before.comment_id, opener.comment_id] == comments_in(database, TEXT)


def test_a_text_and_the_contact_in_it_are_one_campaign(database: Database, keyring: Keyring) -> None:
    spread(database, keyring, TEXT)
    spread(database, keyring, TEXT, CONTACT)
    spread(database, keyring, CONTACT)
    assert of(database, TEXT) == of(database, CONTACT)
    assert 3 == len(comments_in(database, CONTACT))
    assert 1 == waiting(database)


def test_workers_that_met_different_copies_first_share_the_campaign(database: Database, keyring: Keyring) -> None:
    other = Burst(BurstKind.TEXT, 77, signature_of(normalise(ADVERT.replace("长期有效", "老店可靠"))))
    spread(database, keyring, TEXT)
    spread(database, keyring, other)
    assert of(database, TEXT) == of(database, other)


def test_another_text_is_another_campaign(database: Database, keyring: Keyring) -> None:
    other = Burst(BurstKind.TEXT, 77, signature_of(normalise("这家店的牛肉面分量足，汤头也鲜，下次还来")))
    spread(database, keyring, TEXT)
    spread(database, keyring, other)
    assert of(database, TEXT) != of(database, other)
    assert 2 == waiting(database)


def test_a_comment_that_has_a_case_keeps_it_and_it_waits_as_the_campaigns(database: Database, keyring: Keyring) -> None:
    spread(database, keyring, TEXT, item=for_review())
    with database.reading() as look:
        [case] = cases.page(look).items
    assert (QUEUE, "campaign", "gambling") == (case.queue, case.why, case.label)
    assert case.id == of(database, TEXT).case_id


def test_while_it_goes_on_a_decided_case_is_not_opened_again(database: Database, keyring: Keyring) -> None:
    spread(database, keyring, TEXT)
    close(database, of(database, TEXT).case_id)
    spread(database, keyring, TEXT, now=NOW + timedelta(hours=3))
    assert 0 == waiting(database)
    assert 2 == len(comments_in(database, TEXT))


def test_a_day_after_it_was_decided_and_calm_it_is_another(database: Database, keyring: Keyring) -> None:
    spread(database, keyring, TEXT)
    first = of(database, TEXT)
    close(database, first.case_id)
    spread(database, keyring, TEXT, now=NOW + timedelta(hours=25))
    assert first != of(database, TEXT)
    assert 1 == waiting(database)


def test_of_workers_at_once_one_opens_it(database: Database, keyring: Keyring) -> None:
    together = threading.Barrier(4)
    items = [an_answer(a_comment(known_as=f"c-{n}")) for n in range(4)]

    def work(item: Answered) -> None:
        together.wait(20)
        spread(database, keyring, TEXT, item=item)

    threads = [threading.Thread(target=work, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert 1 == waiting(database)
    assert 4 == len(comments_in(database, TEXT))


OFFER = "副业兼职在家可做日结三百到五百，想了解加微信{}，名额有限先到先得"
NUMBERS = ("hualuo7788", "qm_bianzhi23", "lt90876543")


def _posted(database: Database, keyring: Keyring, texts: list[str], *, threads: int) -> None:
    """Each text from an account of its own, as the service counts and collects them."""
    watched = Behaviour()
    for number, text in enumerate(texts):
        read = normalise(text)
        seen = watched.count(
            observed(
                read, find_contacts(read), at=NOW.timestamp() + number, author=f"a{number}",
                thread=f"t{number % threads}", hashed=lambda kind, name: abs(hash((kind, name))) or 1,
            )
        )  # fmt: skip
        item = an_answer(a_comment(text, known_as=f"c-{number}"))
        with database.unit() as unit:
            [stored] = store_decisions(unit, [item], keyring=keyring, now=NOW)
            behaviour.keep(unit, [(stored.decision_id, seen)], worker="one")
            if seen.bursts:
                found = Spread(
                    stored.comment_id, stored.decision_id, item.decision, seen.bursts, seen.observation.signature
                )
                campaigns.collect(unit, [found], now=NOW)
            unit.commit()


def _campaigns_of(database: Database) -> list[int]:
    with database.reading() as look:
        found = {entry.subject_id for entry in ledger.page(look).items if entry.kind == "campaign.opened"}
        return sorted(stored_campaigns.size(look, each) for each in found)


@pytest.mark.parametrize("threads", [1, 4])
def test_one_advert_with_three_contacts_in_turn_is_one_campaign(
    database: Database, keyring: Keyring, threads: int
) -> None:
    _posted(database, keyring, [OFFER.format(NUMBERS[n % 3]) for n in range(18)], threads=threads)
    assert [18] == _campaigns_of(database)


def test_two_adverts_with_a_contact_each_are_two_campaigns(database: Database, keyring: Keyring) -> None:
    other = "高价回收各种礼品卡，当天结算，量大价更高，联系微信{}"
    texts = [text.format(NUMBERS[n]) for _ in range(6) for n, text in enumerate((OFFER, other))]
    _posted(database, keyring, texts, threads=1)
    assert [6, 6] == _campaigns_of(database)
