"""Entries looked at again: what two people agreed on, one makes no longer; the old end holds until a second agrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from governance import four_eyes, list_reviews, lists
from governance.approvals import NotSecondError
from governance.four_eyes import Word
from governance.lists import Listing
from moderation.errors import ConflictError, InvalidInputError
from moderation.lists import ACCOUNT, DOMAIN, ListAction
from moderation.policy import Policy, load_policies
from records import accountability, approvals
from records import lists as entries
from records.database import Database
from records.house_values import ApprovalState, ListEntryRecord
from records.personal import Keyring
from records.underlying import differences
from tests.governance.public import TAXONOMY
from tests.governance.test_rules import STANDARDS
from tests.records.databases import NOW

DAY = timedelta(days=1)
END = NOW + 60 * DAY
CN = [load_policies(TAXONOMY)["cn"]]
SITE = Listing(DOMAIN, "evil.com", ListAction.BLOCK, "phishing", "police", "sue", "fraud", expires_at=END)
THINGS = (
    SITE,
    replace(SITE, kind=ACCOUNT, value="a-1"),
    replace(SITE, kind="phone", value="13912345678", action=ListAction.REVIEW),
    replace(SITE, kind="wechat", value="abc12345", action=ListAction.ALLOW, ground="platform-rules:advertising"),
)


def by_two(database: Database, keyring: Keyring, listing: Listing = SITE) -> ListEntryRecord:
    with database.unit() as unit:
        added = lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=CN)
        unit.commit()
    said(database, str(added.approval_id), by="lea")
    return now_of(database, added.id)


def said(database: Database, approval_id: str, *, by: str, approve: bool = True, at: datetime = NOW) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, approval_id, Word(by, approve, "looked"), standards=STANDARDS, now=at)
        unit.commit()


def kept(
    database: Database, entry_id: str, until: datetime | None, by: str = "sam", policies: list[Policy] = CN
) -> ListEntryRecord:
    with database.unit() as unit:
        found = list_reviews.keep(unit, entry_id, until=until, by=by, why="still bad", now=NOW, policies=policies)
        unit.commit()
    return found


def now_of(database: Database, entry_id: str) -> ListEntryRecord:
    with database.reading() as look:
        return entries.get(look, entry_id)


def asked(database: Database, entry_id: str) -> str:
    with database.reading() as look:
        found = list_reviews.asked_about(look, entry_id)
    assert found is not None
    return found.id


@pytest.mark.parametrize("listing", THINGS, ids=lambda each: each.kind)
@pytest.mark.parametrize("policies", [CN, []], ids=["cn", "no limit"])
def test_what_two_people_agreed_on_for_a_time_one_makes_no_longer(
    database: Database, keyring: Keyring, listing: Listing, policies: list[Policy]
) -> None:
    entry = by_two(database, keyring, listing)
    until = END + 30 * DAY
    assert END == kept(database, entry.id, until, policies=policies).expires_at
    question = asked(database, entry.id)
    with database.reading() as look:
        facts = approvals.get(look, question).facts
    assert (until, END, listing.action, [listing.kind]) == (
        datetime.fromisoformat(facts["until"]), datetime.fromisoformat(facts["was"]), facts["action"], facts["kinds"],
    )  # fmt: skip
    assert (END, None) == (now_of(database, entry.id).expires_at, now_of(database, entry.id).reviewed_by)
    with pytest.raises(NotSecondError):
        said(database, question, by="sam")
    said(database, question, by="mia")
    after = now_of(database, entry.id)
    assert (until, "sam", NOW + lists.REVIEWED_AFTER if until - NOW > lists.REVIEWED_AFTER else None) == (
        after.expires_at, after.reviewed_by, after.review_at,
    )  # fmt: skip
    with database.reading() as look:
        assert [] == [each.sentence for each in differences(look)]


def test_for_good_is_longer_than_any_day_and_who_says_no_leaves_the_old_end(
    database: Database, keyring: Keyring
) -> None:
    entry = by_two(database, keyring)
    assert END == kept(database, entry.id, None, policies=[]).expires_at
    said(database, asked(database, entry.id), by="mia", approve=False)
    assert END == now_of(database, entry.id).expires_at
    kept(database, entry.id, None, policies=[])
    said(database, asked(database, entry.id), by="lea")
    assert now_of(database, entry.id).expires_at is None


def test_the_same_end_is_one_person_s_to_confirm_and_a_sooner_one_is_not(database: Database, keyring: Keyring) -> None:
    entry = by_two(database, keyring)
    assert "sam" == kept(database, entry.id, END).reviewed_by
    with pytest.raises(InvalidInputError, match="sooner"):
        kept(database, entry.id, END - DAY)


def test_what_waits_is_not_changed_under_the_eyes_of_who_is_asked(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        entry = lists.add(unit, SITE, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=CN)
        unit.commit()
    with pytest.raises(ConflictError, match="waits for a second person"):
        kept(database, entry.id, None, policies=[])
    said(database, str(entry.approval_id), by="lea")
    kept(database, entry.id, None)
    with pytest.raises(ConflictError, match="asked already"):
        kept(database, entry.id, END, by="ben")


def test_a_question_about_what_is_gone_or_past_changes_nothing(database: Database, keyring: Keyring) -> None:
    entry = by_two(database, keyring)
    kept(database, entry.id, END + DAY)
    question = asked(database, entry.id)
    with pytest.raises(ConflictError, match="has come"):
        said(database, question, by="mia", at=END + DAY)
    with database.unit() as unit:
        lists.take_off(unit, entry.id, by="lea", why="an appeal", now=NOW)
        unit.commit()
    with database.reading() as look:
        assert ApprovalState.OVERTAKEN is approvals.get(look, question).state
    with pytest.raises(ConflictError):
        said(database, question, by="mia")


def test_one_person_s_entry_that_two_keep_for_long_is_two_people_s(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        short = replace(SITE, expires_at=NOW + 7 * DAY)
        entry = lists.add(unit, short, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=CN)
        unit.commit()
    assert NOW + 7 * DAY == kept(database, entry.id, None).expires_at
    said(database, asked(database, entry.id), by="mia")
    with database.reading() as look:
        [held] = entries.holding(look, now=NOW)
        assert (True, []) == (held.by_two, accountability.shut_out_alone(look, 30)[1])
    with database.unit() as unit:
        gone = lists.remove(unit, entry.id, by="sue", why="enough", now=NOW)
        assert (None, True) == (gone.removed_at, lists.removal_asked(unit, gone) is not None)


def test_what_was_allowed_against_a_block_is_allowed_against_it_for_no_longer(
    database: Database, keyring: Keyring
) -> None:
    block = by_two(database, keyring)
    mail = replace(
        SITE, kind="email", value="a@evil.com", action=ListAction.ALLOW, ground="platform-rules:advertising",
        expires_at=NOW + 9 * DAY,
    )  # fmt: skip
    entry = by_two(database, keyring, mail)
    assert NOW + 9 * DAY == kept(database, entry.id, NOW + 300 * DAY, policies=[]).expires_at
    said(database, asked(database, entry.id), by="mia")
    with database.reading() as look:
        [allowed] = [each for each in entries.holding(look, now=NOW) if each.allows]
    assert (block.id,) == allowed.against
