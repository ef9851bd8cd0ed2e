"""A campaign's evidence is gathered from the records, weighed by a worker, decided by a person; nothing follows."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from governance import bulk, campaign_findings, campaigns, erasure
from governance.campaigns import Spread
from moderation.behaviour import Burst, BurstKind
from moderation.behaviour.hands import Confidence, Hand
from moderation.comment import Author, Client, Comment, Context
from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
from records import campaign_findings as stored
from records import campaigns as stored_campaigns
from records import cases, erasing, ledger, measures
from records.campaign_findings import Answer, FindingRecord
from records.database import Database
from records.ids import new_id
from records.personal import Keyring
from records.storing import Answered, Stored, store_decisions
from records.underlying import differences
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，加微信 kd8827"
TEXT = Burst(BurstKind.TEXT, 77, b"s" * 72)


def said(
    database: Database, keyring: Keyring, account: str, text: str, *, at: datetime, thread: str = "t-1",
    outcome: Outcome = Outcome.PASS, device: str | None = None,
) -> Stored:  # fmt: skip
    comment = Comment(text, author=Author(account), context=Context(thread_id=thread), client=Client(device))
    scores = {"abuse": 0.6} if outcome is Outcome.REVIEW else {}
    with database.unit() as unit:
        answered = Answered(comment, a_decision(outcome, **scores), new_id(), 1.0)
        [one] = store_decisions(unit, [answered], keyring=keyring, now=at)
        unit.commit()
    return one


def old_records(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("很久以前")), now=NOW - timedelta(days=60))


def a_ring(database: Database, keyring: Keyring, size: int = 8, turns: int = 3) -> str:
    """Strangers who give one contact again and again; the campaign's id."""
    old_records(database, keyring)
    moments = [NOW + timedelta(seconds=n * 50 + (n % 5) * 37) for n in range(size * turns)]
    stored_ = [
        said(database, keyring, f"ring-{n % size}", ADVERT, at=at, thread=f"t-{n % 4}") for n, at in enumerate(moments)
    ]
    return collected(database, stored_, moments[-1])


def collected(database: Database, stored_: list[Stored], now: datetime) -> str:
    with database.unit() as unit:
        spread = [Spread(one.comment_id, one.decision_id, a_decision(), (TEXT,)) for one in stored_]
        campaigns.collect(unit, spread, now=now)
        unit.commit()
    with database.reading() as look:
        return stored_campaigns.by_bursts(look, [TEXT])[TEXT].id


def found(database: Database, campaign_id: str) -> FindingRecord:
    with database.reading() as look:
        return stored.get(look, campaign_id)


def kinds(database: Database, campaign_id: str) -> list[str]:
    with database.reading() as look:
        return [entry.kind for entry in ledger.page(look, subject_id=campaign_id, limit=200).items]


def test_strangers_with_one_contact_are_weighed_as_one_hand_with_their_evidence(
    database: Database, keyring: Keyring
) -> None:
    campaign_id = a_ring(database, keyring)
    assert [1, 0] == [campaign_findings.weigh_some(database, NOW + timedelta(hours=1)) for _ in range(2)]
    finding = found(database, campaign_id)
    assert (Hand.ONE, Confidence.STRONG, 24) == (finding.hand, finding.confidence, finding.size)
    assert (24, 8, 4, 1) == tuple(finding.evidence[name] for name in ("comments", "accounts", "threads", "contacts"))
    assert {"contact", "strangers", "repeats"} == {s["name"] for s in finding.evidence["signs"] if s["bits"] > 0}
    kept = json.dumps(finding.evidence, ensure_ascii=False)
    assert not any(word in kept for word in ("kd8827", "礼品卡", "ring-1", "t-1"))
    assert ["campaign.opened", "campaign.weighed"] == sorted(kinds(database, campaign_id))


def test_its_accounts_are_told_by_a_handle_each_with_texts_threads_contacts_and_times(
    database: Database, keyring: Keyring
) -> None:
    campaign_id = a_ring(database, keyring)
    with database.reading() as look:
        told = campaign_findings.gathered(look, campaign_id)
    accounts, minutes = campaign_findings.accounts_of(told), campaign_findings.times_of(told)
    assert (8, 24) == (len(accounts), sum(each["comments"] for each in accounts))
    assert {each.comment_id for each in told.rows} > {each["handle"] for each in accounts}
    assert {1} == {each["contacts"] for each in accounts}
    assert all(each["first_at"] <= each["last_at"] and each["threads"] and each["texts"] for each in accounts)
    assert 24 == sum(each["comments"] for each in minutes)
    assert not any(word in json.dumps([accounts, minutes]) for word in ("kd8827", "ring-1", "t-1"))


def test_regulars_who_copy_a_text_once_are_many_people(database: Database, keyring: Keyring) -> None:
    old_records(database, keyring)
    for number in range(8):
        said(database, keyring, f"fan-{number}", f"平常话 {number}", at=NOW - timedelta(days=3))
    copies = [
        said(
            database, keyring, f"fan-{n}", "谁在用琵琶弹奏一曲东风破", at=NOW + timedelta(seconds=n**2), device=f"d{n}"
        )
        for n in range(8)
    ]
    campaign_id = collected(database, copies, NOW)
    campaign_findings.weigh_some(database, NOW)
    assert (Hand.MANY, Confidence.STRONG) == (
        found(database, campaign_id).hand,
        found(database, campaign_id).confidence,
    )


def test_records_of_yesterday_call_nobody_a_stranger(database: Database, keyring: Keyring) -> None:
    copies = [said(database, keyring, f"new-{n}", ADVERT, at=NOW + timedelta(seconds=n**2)) for n in range(8)]
    campaign_id = collected(database, copies, NOW)
    campaign_findings.weigh_some(database, NOW)
    assert "strangers" not in {sign["name"] for sign in found(database, campaign_id).evidence["signs"]}


def test_it_is_weighed_anew_when_it_grows_until_a_person_has_decided(sqlite: Database, keyring: Keyring) -> None:
    campaign_id = a_ring(sqlite, keyring, turns=2)
    campaign_findings.weigh_some(sqlite, NOW)
    collected(sqlite, [said(sqlite, keyring, "late", ADVERT, at=NOW + timedelta(hours=1))], NOW)
    assert 1 == campaign_findings.weigh_some(sqlite, NOW)
    assert 17 == found(sqlite, campaign_id).size
    with sqlite.unit() as unit:
        campaign_findings.decide(unit, campaign_id, Answer.ONE_HAND, by="mia", note="同一联系方式", now=NOW)
        unit.commit()
    collected(sqlite, [said(sqlite, keyring, "later", ADVERT, at=NOW + timedelta(hours=2))], NOW)
    assert 0 == campaign_findings.weigh_some(sqlite, NOW)
    assert (17, Answer.ONE_HAND, "mia") == (
        found(sqlite, campaign_id).size, found(sqlite, campaign_id).answer, found(sqlite, campaign_id).answered_by,
    )  # fmt: skip


def test_a_persons_answer_is_kept_once_with_why_and_touches_nobody(database: Database, keyring: Keyring) -> None:
    campaign_id = a_ring(database, keyring, turns=2)
    campaign_findings.weigh_some(database, NOW)
    with database.unit() as unit:
        with pytest.raises(InvalidInputError):
            campaign_findings.decide(unit, campaign_id, Answer.ONE_HAND, by="mia", note=" ", now=NOW)
        campaign_findings.decide(unit, campaign_id, Answer.ONE_HAND, by="mia", note="one contact", now=NOW)
        with pytest.raises(ConflictError):
            campaign_findings.decide(unit, campaign_id, Answer.NO_CAMPAIGN, by="ben", note="no", now=NOW)
        unit.commit()
    assert "campaign.one_hand" in kinds(database, campaign_id)
    with database.reading() as look:
        assert () == measures.page(look).items
        assert {"open"} == {case.state for case in cases.page(look).items}


FORGED = "UPDATE campaign_findings SET answer = 'one_hand', hand = 'unclear'"
ALTERED = {
    "UPDATE campaign_findings SET answer = 'no_campaign', answered_by = 'eve'": "say: answered_by, answer.",
    "UPDATE campaign_findings SET answer = NULL": "say: answer.",
    "UPDATE campaign_findings SET hand = 'many_people', confidence = 'none'": "say: hand, confidence.",
    "UPDATE campaign_findings SET note = 'quite another'": "say: note.",
    "UPDATE campaign_findings SET evidence = '{}'": "say: evidence.",
    "DELETE FROM campaign_findings": "is gone from the table campaign_findings.",
    "DELETE FROM ledger WHERE kind = 'campaign.weighed'": "has no entry",
}


def test_a_finding_that_somebody_altered_or_removed_is_told(sqlite: Database, keyring: Keyring) -> None:
    campaign_id = a_ring(sqlite, keyring, turns=2)
    campaign_findings.weigh_some(sqlite, NOW)
    assert [] == odd(sqlite, keyring)
    assert ["say: hand, answer."] == odd(sqlite, keyring, FORGED)
    with sqlite.unit() as unit:
        campaign_findings.decide(unit, campaign_id, Answer.ONE_HAND, by="mia", note="ring-1 again", now=NOW)
        unit.commit()
    assert [] == odd(sqlite, keyring)
    for statement, sentence in ALTERED.items():
        assert any(sentence in each for each in odd(sqlite, keyring, statement)), statement


def odd(database: Database, keyring: Keyring, *statements: str) -> list[str]:
    """What is told after somebody's statements, which are taken back; of what differs its columns alone."""
    with database.unit() as unit:
        unit.execute(text("PRAGMA defer_foreign_keys = ON"))
        for each in ("DROP TRIGGER ledger_delete", *statements) if statements else ():
            unit.execute(text(each))
        return [each.sentence[each.sentence.find("say: ") :] if "say: " in each.sentence else each.sentence
                for each in differences(unit, keyring=keyring)]  # fmt: skip


MEMBERS_ALTERED = {
    "DELETE FROM campaign_comments": "17 comments of the campaign",
    "DELETE FROM campaign_comments WHERE comment_id = (SELECT max(comment_id) FROM campaign_comments)": "1 comment of",
    "INSERT INTO campaign_comments (campaign_id, comment_id, created_at) "
    "SELECT c.id, o.id, '2099-01-01 00:00:00.000000' FROM campaigns c, comments o WHERE o.external_id = 'beside'":
    "are told of by no entry: they were inserted",
    "DELETE FROM ledger WHERE kind = 'campaign.joined'": "are told of by no entry",
    "INSERT INTO campaigns (id, kind, case_id, created_at) SELECT 'ffffffff', kind, case_id, created_at FROM campaigns":
    "The campaign ffffffff has no entry",
}  # fmt: skip


def test_members_that_somebody_removed_or_added_are_told(sqlite: Database, keyring: Keyring) -> None:
    campaign_id = a_ring(sqlite, keyring, turns=2)
    later = said(sqlite, keyring, "ring-9", ADVERT, at=NOW + timedelta(days=9), device="d9")
    put(sqlite, keyring, an_answer(a_comment("nothing to do with it", known_as="beside")))
    with sqlite.unit() as unit:
        spread = [Spread(later.comment_id, later.decision_id, a_decision(), (TEXT,))]
        campaigns.collect(unit, spread, now=NOW + timedelta(hours=2))
        campaigns.collect(unit, spread, now=NOW + timedelta(hours=2))
        unit.commit()
    assert 1 == kinds(sqlite, campaign_id).count("campaign.joined")
    assert [] == odd(sqlite, keyring)
    for statement, sentence in MEMBERS_ALTERED.items():
        assert any(sentence in each for each in odd(sqlite, keyring, statement)), statement
    erasure.erase(sqlite, keyring, erasure.Order("ring-1", "mia", "asked for"), now=NOW + timedelta(days=1))
    assert [] == odd(sqlite, keyring)


def test_campaigns_from_before_their_members_were_told_are_not_compared(
    sqlite: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("governance.campaigns.MEMBERS", "listed_otherwise")
        a_ring(sqlite, keyring, turns=2)
    assert [] == odd(sqlite, keyring, "DELETE FROM campaign_comments")


def test_why_somebody_answered_so_is_committed_to_and_goes_with_a_comment_of_it(
    sqlite: Database, keyring: Keyring
) -> None:
    campaign_id = a_ring(sqlite, keyring)
    campaign_findings.weigh_some(sqlite, NOW)
    with sqlite.unit() as unit:
        campaign_findings.decide(unit, campaign_id, Answer.ONE_HAND, by="mia", note="ring-1 again", now=NOW)
        unit.commit()
    order = erasure.Order("ring-1", "mia", "they asked for it")
    erasure.erase(sqlite, keyring, order, now=NOW + timedelta(days=1))
    assert "erased" == found(sqlite, campaign_id).note
    with sqlite.reading() as look:
        assert not any("ring-1" in str(entry.body) for entry in ledger.page(look, limit=200).items)
    assert [] == odd(sqlite, keyring)


def test_what_signs_say_after_a_persons_answer_is_no_entry(
    sqlite: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = a_ring(sqlite, keyring, turns=2)
    campaign_findings.weigh_some(sqlite, NOW)
    with sqlite.unit() as unit:
        campaign_findings.decide(unit, campaign_id, Answer.MANY_PEOPLE, by="mia", note="a song", now=NOW)
        unit.commit()
    monkeypatch.setattr(stored, "to_weigh", lambda *_args, **_told: [campaign_id])  # as read before the answer
    monkeypatch.setattr(stored, "find", lambda *_args: None)
    campaign_findings.weigh_some(sqlite, NOW)
    assert 1 == kinds(sqlite, campaign_id).count("campaign.weighed")
    assert [] == odd(sqlite, keyring)


def test_who_was_erased_is_no_evidence_any_more(sqlite: Database, keyring: Keyring) -> None:
    campaign_id = a_ring(sqlite, keyring)
    with sqlite.unit() as unit:
        erasing.erase_some(unit, keyring, "ring-1", now=NOW)
        unit.commit()
    with sqlite.reading() as look:
        told = campaign_findings.gathered(look, campaign_id)
    assert (21, 7) == (len(told.rows), len({one.account for one in told.members}))


def rushed(database: Database, keyring: Keyring, *, hostile: int, new: bool = True) -> None:
    """Thirty come to one thread within ten minutes; elsewhere it is calm."""
    old_records(database, keyring)
    for number in range(30):
        if not new:
            said(database, keyring, f"one-{number}", f"早 {number}", at=NOW - timedelta(days=1), thread="hot")
        said(database, keyring, f"calm-{number}", f"平常话 {number}", at=NOW, thread=f"t-{number % 9}")
        outcome = Outcome.REVIEW if number < hostile else Outcome.PASS
        at = NOW + timedelta(seconds=20 * number)
        said(database, keyring, f"one-{number}", f"自己的话 {number}", at=at, thread="hot", outcome=outcome)


@pytest.mark.parametrize(("hostile", "new", "count"), [(15, True, 1), (1, True, 0), (15, False, 0)])
def test_many_newcomers_in_a_hostile_mood_become_a_campaign_and_a_crowd_does_not(
    database: Database, keyring: Keyring, hostile: int, new: bool, count: int
) -> None:
    rushed(database, keyring, hostile=hostile, new=new)
    later = NOW + timedelta(minutes=10)
    assert [count, count] == [campaign_findings.look_for_rushes(database, later) for _ in range(2)]
    campaign_findings.weigh_some(database, later)
    with database.reading() as look:
        findings = stored.page(look).items
        assert [("thread", 30)] * count == [(each.kind, each.size) for each in findings]
        for each in findings:
            case = cases.get(look, each.case_id)
            assert (None, "abuse") == (bulk.touched(look, case), case.label)
