"""What a list allows has an end and a review, takes two people for long, and its decisions stand in every record."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from governance import four_eyes, list_reviews, lists, typed
from governance.four_eyes import Word
from governance.lists import ALLOWED_FOR, REVIEWED_AFTER, Listing
from moderation.comment import Comment
from moderation.contacts import find_contacts
from moderation.decision import Allowed, AllowingEntry, Outcome, Source, Spared
from moderation.errors import InvalidInputError
from moderation.lists import DOMAIN, ListAction, Listed, Lists
from moderation.normaliser import normalise
from moderation.policy import load_policies
from records import approvals, decisions, epoch, ledger
from records import lists as stored
from records.database import Database
from records.house_values import ListEntryRecord
from records.leaning import decided
from records.personal import Keyring
from records.underlying import differences
from tests.governance.public import TAXONOMY
from tests.governance.test_rules import STANDARDS
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

POLICIES = load_policies(TAXONOMY)
DAY = timedelta(days=1)
PARTNER = Listing("wechat", "abc12345", ListAction.ALLOW, "a partner", "ours", "ben", "platform-rules:advertising")
MAIL = replace(PARTNER, kind="email", value="boss@evil.com")
EVIL = Listing(DOMAIN, "evil.com", ListAction.BLOCK, "phishing", "police", "mia", "fraud")
TEXT = "写信 boss@evil.com"


def added(
    database: Database, keyring: Keyring, listing: Listing, *names: str, after: timedelta = 0 * DAY
) -> ListEntryRecord:
    with database.unit() as unit:
        found = lists.add(
            unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW + after,
            policies=[POLICIES[name] for name in names],
        )  # fmt: skip
        unit.commit()
    return found


def agreed(database: Database, entry: ListEntryRecord) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, str(entry.approval_id), Word("lea", True, "looked"), standards=STANDARDS, now=NOW)
        unit.commit()


def stopped(database: Database, keyring: Keyring, said: str = TEXT) -> list[str]:
    with database.reading() as look:
        held = Lists(stored.holding(look, now=NOW), hashed=keyring.indexes)
    return [hit.entry.kind for hit in Listed(held, Comment(said), normalise(said), find_contacts).hits]


def test_what_is_allowed_ends_and_is_looked_at_again_though_nobody_said_when(
    database: Database, keyring: Keyring
) -> None:
    entry = added(database, keyring, PARTNER)
    assert entry.waits_since is None
    assert entry.review_at == NOW + REVIEWED_AFTER
    assert entry.expires_at is not None
    assert ALLOWED_FOR - DAY < entry.expires_at - NOW <= ALLOWED_FOR
    with pytest.raises(InvalidInputError, match="ends within 365 days"):
        added(database, keyring, replace(PARTNER, value="abc99999", expires_at=NOW + ALLOWED_FOR + DAY))


def test_allowing_for_long_takes_two_where_blocking_does(database: Database, keyring: Keyring) -> None:
    short = replace(PARTNER, expires_at=NOW + 30 * DAY)
    assert added(database, keyring, short, "cn", "default").waits_since is None
    other = replace(PARTNER, value="abc99999")
    waits = added(database, keyring, other, "cn", "default")
    assert (NOW, True) == (waits.waits_since, waits.approval_id is not None)
    with database.reading() as look:
        assert 1 == len(stored.holding(look, now=NOW)), "what waits allows nothing"
        facts = approvals.get(look, str(waits.approval_id)).facts
    assert ("allow", "platform-rules:advertising") == (facts["action"], facts["ground"])
    agreed(database, waits)
    with database.reading() as look:
        assert [False, True] == sorted(each.by_two for each in stored.holding(look, now=NOW))


def test_allowing_again_takes_two_and_looking_again_makes_it_no_longer(database: Database, keyring: Keyring) -> None:
    short = replace(PARTNER, expires_at=NOW + 30 * DAY)
    entry = added(database, keyring, short, "cn")
    with database.unit() as unit:
        cn = [POLICIES["cn"]]
        list_reviews.keep(unit, entry.id, until=NOW + 2 * DAY, by="ben", why="sooner", now=NOW, policies=cn)
        kept = list_reviews.keep(unit, entry.id, until=NOW + 31 * DAY, by="ben", why="still", now=NOW, policies=cn)
        assert (NOW + 2 * DAY, True) == (kept.expires_at, list_reviews.asked_about(unit, entry.id) is not None)
        lists.remove(unit, entry.id, by="ben", why="anew", now=NOW + DAY)
        unit.commit()
    again = added(database, keyring, replace(short, expires_at=NOW + 9 * DAY), "cn", after=DAY)
    with database.reading() as look:
        assert (True, True) == (
            again.waits_since is not None,
            approvals.get(look, str(again.approval_id)).facts["again"],
        )
        assert [] == [each.sentence for each in differences(look)]


def test_what_two_allowed_for_a_time_one_person_makes_no_longer(database: Database, keyring: Keyring) -> None:
    entry = added(database, keyring, replace(PARTNER, expires_at=NOW + 60 * DAY), "cn")
    agreed(database, entry)
    cn = [POLICIES["cn"]]
    with database.unit() as unit:
        list_reviews.keep(unit, entry.id, until=NOW + 50 * DAY, by="ben", why="sooner", now=NOW, policies=cn)
        for policies in (cn, []):
            kept = list_reviews.keep(
                unit, entry.id, until=NOW + 55 * DAY, by="ben", why="w", now=NOW, policies=policies
            )
            asked = list_reviews.asked_about(unit, entry.id)
            assert asked is not None, "whatever policies say"
            four_eyes.withdraw(unit, asked.id, by="ben", why="no", standards=STANDARDS, now=NOW)
        assert NOW + 50 * DAY == kept.expires_at


def test_who_blocked_it_before_may_allow_it_and_the_other_way_round(database: Database, keyring: Keyring) -> None:
    block = replace(PARTNER, action=ListAction.BLOCK, expires_at=NOW + 9 * DAY)
    with database.unit() as unit:
        first = lists.add(unit, block, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=[POLICIES["cn"]])
        lists.remove(unit, first.id, by="ben", why="a mistake", now=NOW)
        unit.commit()
    assert added(database, keyring, replace(block, action=ListAction.ALLOW), "cn").waits_since is None


def test_what_two_people_stopped_one_person_does_not_allow_and_two_may_who_know(
    database: Database, keyring: Keyring
) -> None:
    own = added(database, keyring, replace(MAIL, expires_at=NOW + 9 * DAY), "cn")
    assert [] == stopped(database, keyring)
    block = added(database, keyring, EVIL, "cn")
    assert [] == stopped(database, keyring), "a question stops nothing"
    agreed(database, block)
    assert ["domain"] == stopped(database, keyring)
    with database.unit() as unit:
        lists.remove(unit, own.id, by="lea", why="anew", now=NOW)
        unit.commit()
    asked = added(database, keyring, replace(MAIL, expires_at=NOW + 9 * DAY, by="mia"))
    assert asked.waits_since is not None, "whatever policies say"
    with database.reading() as look:
        assert [block.id] == approvals.get(look, str(asked.approval_id)).facts["against"]
    assert ["domain"] == stopped(database, keyring)
    before = epoch_of(database)
    agreed(database, asked)
    assert ([], True) == (stopped(database, keyring), epoch_of(database) > before)


BY_NUMBER = replace(PARTNER, value="13912345678", expires_at=NOW + 9 * DAY, by="ben")
NUMBER = "加微信 13912345678"


@pytest.mark.parametrize("action", [ListAction.ALLOW, ListAction.REVIEW])
def test_a_number_that_two_people_stopped_is_made_milder_by_no_one_alone_under_another_kind(
    database: Database, keyring: Keyring, action: ListAction
) -> None:
    phone = replace(EVIL, kind="phone", value="13912345678")
    block = added(database, keyring, phone, "cn")
    agreed(database, block)
    asked = added(database, keyring, replace(BY_NUMBER, action=action), "cn")
    assert asked.waits_since is not None
    with database.reading() as look:
        assert [block.id] == approvals.get(look, str(asked.approval_id)).facts["against"]
    assert ["phone"] == stopped(database, keyring, NUMBER)
    agreed(database, asked)
    milder: list[str] = [] if action is ListAction.ALLOW else ["wechat"]
    assert milder == stopped(database, keyring, NUMBER), "two people agreed, knowing of the block"
    before = added(database, keyring, replace(phone, value="13987654321"), "cn")
    early = added(database, keyring, replace(BY_NUMBER, value="13987654321", action=action), "cn")
    assert early.waits_since is None, "nobody had agreed to the block then"
    agreed(database, before)
    assert ["phone"] == stopped(database, keyring, NUMBER.replace("12345678", "87654321"))


def epoch_of(database: Database) -> int:
    with database.reading() as look:
        return epoch.read(look).rules


def test_who_is_asked_to_allow_reads_what_it_would_have_let_pass(database: Database, keyring: Keyring) -> None:
    put(
        database, keyring, an_answer(a_comment("加微信abc12345", known_as="c-1"), a_decision(Outcome.BLOCK, abuse=0.99))
    )
    put(database, keyring, an_answer(a_comment("微信abc12345", known_as="c-2"), a_decision()))
    asked = added(database, keyring, PARTNER, "cn")
    with database.reading() as look:
        reach = approvals.get(look, str(asked.approval_id)).facts["reach"]
    assert (2, 1, 1) == (reach["hits"], reach["touched"], reach["people"])


@pytest.mark.parametrize("yes", [True, False])
def test_who_is_asked_reads_the_contact_as_typed_and_after_the_answer_nobody_does(
    database: Database, keyring: Keyring, *, yes: bool
) -> None:
    entry = added(database, keyring, replace(PARTNER, value=" abc12345 ", expires_at=NOW + 300 * DAY), "cn")
    with database.reading() as look:
        told = typed.of_question(look, keyring, str(entry.approval_id))
        assert [(entry.id, "abc12345")] == [(each.id, value) for each, value in told]
        assert "abc12345" not in str(stored.typed(look, entry.id))
        assert [] == [each for each in ledger.page(look).items if "abc12345" in str(each.body)]
    with database.unit() as unit:
        four_eyes.answer(unit, str(entry.approval_id), Word("lea", yes, "looked"), standards=STANDARDS, now=NOW)
        unit.commit()
    with database.reading() as look:
        assert stored.typed(look, entry.id) is None


def test_another_value_than_what_is_hashed_is_not_shown(database: Database, keyring: Keyring) -> None:
    long = replace(PARTNER, expires_at=NOW + 300 * DAY)
    one, other = (added(database, keyring, replace(long, value=value), "cn") for value in ("abc12345", "xyz98765"))
    with database.unit() as unit:
        stored.keep_typed(unit, one.id, str(stored.typed(unit, other.id)))
        assert (None, "xyz98765") == (typed.read(unit, keyring, one), typed.read(unit, keyring, other))


def test_what_one_person_lists_alone_is_not_kept_as_typed(database: Database, keyring: Keyring) -> None:
    entry = added(database, keyring, PARTNER)
    with database.reading() as look:
        assert (None, None) == (entry.waits_since, stored.typed(look, entry.id))


def test_what_was_allowed_for_good_before_is_due_until_somebody_looks(database: Database, keyring: Keyring) -> None:
    entry = added(database, keyring, PARTNER)
    with database.unit() as unit:
        unit.execute(text("UPDATE list_entries SET expires_at = NULL, review_at = NULL"))
        assert [entry.id] == [each.id for each in stored.page(unit, due_before=NOW).items]
        list_reviews.keep(unit, entry.id, until=None, by="ben", why="still", now=NOW)
        assert [] == [each.id for each in stored.page(unit, due_before=NOW).items]


def spared_by(entry: ListEntryRecord) -> Allowed:
    rule = Spared("advertising", Source.RULE, Outcome.REVIEW, "ads.link")
    return Allowed((AllowingEntry(entry.id, entry.kind),), (rule,))


def test_a_stored_decision_and_its_entry_name_what_was_allowed_and_altering_it_is_found(
    database: Database, keyring: Keyring
) -> None:
    told = spared_by(added(database, keyring, PARTNER))
    decision = replace(a_decision(), allowed=told)
    mine, plain = put(database, keyring, an_answer(a_comment("x", known_as="c-1"), decision), an_answer())
    with database.reading() as look:
        assert told == decisions.get(look, mine.decision_id).decision.allowed
        assert decisions.get(look, plain.decision_id).decision.allowed is None
        entries = [ledger.last(look, "decision", each.decision_id) for each in (mine, plain)]
        facts = [json.loads(each.body)["facts"].get("allowed") for each in entries if each]
        assert [] == [each.sentence for each in differences(look)]
    rule = ["advertising", "rule", "review", "ads.link"]
    assert [{"entries": [[told.entries[0].id, "wechat"]], "spared": [rule]}, None] == facts
    for value in ("NULL", '\'{"entries": [], "spared": []}\''):
        with database.unit() as unit:
            unit.execute(text(f"UPDATE decisions SET allowed = {value} WHERE id = :id"), {"id": mine.decision_id})
            assert [True] == ["allowed" in each.sentence for each in differences(unit)]


def test_what_an_entry_let_pass_is_its_own_of_who_made_it_and_who_agreed(database: Database, keyring: Keyring) -> None:
    entry = added(database, keyring, PARTNER, "cn")
    agreed(database, entry)
    told = spared_by(entry)
    for name, decision in (
        ("let", replace(a_decision(), allowed=told)),
        ("met", replace(a_decision(), allowed=replace(told, spared=()))),
        ("held", replace(a_decision(Outcome.REVIEW, abuse=0.6), allowed=told)),
    ):
        put(database, keyring, an_answer(a_comment(name, known_as=name), decision))
    with database.reading() as look:
        found = {each.external_id: set(each.let_by) for each in decided(look, NOW - DAY, NOW + DAY)}
    nobody: set[Any] = set()
    assert {"let": {"ben", "lea"}, "met": nobody, "held": nobody} == found
