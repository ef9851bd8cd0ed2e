"""Whoever is on the blacklist is told that, and why; nobody judged what they wrote, and nothing says that they did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from governance import account_appeals, appeals, dsa, four_eyes, list_notices, lists, notices, receipts, transparency
from governance.account_appeals import ENTRY
from governance.appeals import NotAppealableError
from governance.chinese_records import chinese_record
from governance.complaint_rules import shipped
from governance.dsa import faults
from governance.four_eyes import Word
from governance.lists import Listing
from governance.rules import Standards
from governance.statements import Words, entry_statement, is_refusal, notice, statement
from moderation.decision import Decision, Outcome
from moderation.errors import ForbiddenError
from moderation.lists import ListAction, ListEntry, ListHit, list_reason
from moderation.policy import load_policies
from moderation.taxonomy import load_taxonomy
from records import acted, approvals, authors, credit, erasing
from records import lists as entries
from records.account_appeals import OUTCOMES
from records.database import Database
from records.house_values import ENTRY_APPEALED, ApprovalRecord, ListEntryRecord
from records.personal import Keyring
from records.underlying import differences
from tests.governance.public import RULES
from tests.governance.standing import ACCOUNT, CN, count, score
from tests.governance.test_complaints import listen, told
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

TAXONOMY = load_taxonomy()
WORDS = Words(TAXONOMY, load_policies(TAXONOMY), notices.shipped(), shipped(), dsa.shipped())
BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(days=30)
UNTIL = NOW + timedelta(days=20)
STANDARDS = Standards(TAXONOMY, NOW.date())
ADDRESS = "https://x.example/appeals"


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


def blacklist(database: Database, keyring: Keyring, **fields: Any) -> ListEntryRecord:
    said = {"reason": "多次冒充客服", "source": "own", "by": "Mia", "expires_at": UNTIL} | fields
    listing = Listing("account", ACCOUNT, said.pop("action", ListAction.BLOCK), **said)
    with database.unit() as unit:
        made = lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    return made


def refused(entry: ListEntryRecord, *, policy: str = "cn@1") -> Decision:
    """What is decided of any comment of the account."""
    hit = ListHit(ListEntry(entry.id, entry.kind, entry.key, entry.action, entry.ground, entry.label))
    decision = a_decision(Outcome.BLOCK)
    versions = replace(decision.versions, policy=policy)
    return replace(decision, versions=versions, reasons=(list_reason(hit),))


def as_before(decision: Decision) -> Decision:
    """The same by a program that gave the code of the entry's label."""
    return replace(decision, reasons=tuple(replace(each, code="gambling") for each in decision.reasons))


@pytest.mark.parametrize("label", [None, "gambling"])
def test_no_statement_no_category_and_no_credit_follow_from_a_listed_account_s_comment(
    database: Database, keyring: Keyring, label: str | None
) -> None:
    entry = blacklist(database, keyring, label=label)
    decision = refused(entry)
    assert ["listed_account"] == [each.code for each in decision.reasons]
    put(database, keyring, *(an_answer(a_comment(f"好{n}"), decision) for n in range(6)))
    put(database, keyring, an_answer(a_comment("好"), as_before(decision)))
    count(database, keyring)
    with database.reading() as look:
        found = list(acted.removed(look, BEFORE, AFTER))
        assert [None] * 7 == [statement(each, WORDS) for each in found]
        assert all(is_refusal(each, WORDS) for each in found)
        report = transparency.report(look, WORDS, BEFORE, AFTER)
        assert authors.id_of(look, keyring, ACCOUNT) is None
    assert ({"listed_account": 7}, 0) == (report.refused, report.acted)
    assert (1, ()) == (report.statements, report.unfit_statements)


def test_an_offence_that_was_counted_for_a_listing_counts_no_more(database: Database, keyring: Keyring) -> None:
    entry = blacklist(database, keyring)
    answer = an_answer(a_comment("好", known_as="c-1"), refused(entry))
    put(database, keyring, answer)
    with database.unit() as unit:
        author_id = authors.id_for(unit, keyring, ACCOUNT, now=NOW)
        kind = credit.CreditKind.BLOCKED
        comment_id = unit.execute(text("SELECT id FROM comments")).scalar_one()
        counted = credit.set_event(unit, f"comment:{comment_id}:1", author_id, kind, NOW)
        credit.note(unit, [counted], now=NOW)
        credit.mark(unit, [comment_id])
        unit.commit()
    before = score(database, keyring)
    count(database, keyring)
    assert score(database, keyring) > before
    with database.reading() as look:
        assert [] == list(differences(look))


def test_the_notice_says_what_stands_on_the_list_until_when_and_how_to_appeal(
    database: Database, keyring: Keyring
) -> None:
    entry = blacklist(database, keyring, review_at=NOW + timedelta(days=10), ground="platform-rules:fraud")
    answer = an_answer(a_comment("好"), refused(entry))
    put(database, keyring, answer)
    with database.reading() as look:
        found = acted.one(look, answer.decision_id)
    zh, en = ("".join(notice(found, WORDS, name, address=ADDRESS)) for name in ("zh", "en"))
    for said in (
        "名单",
        "原因：多次冒充客服",
        "依据：平台规则：诈骗",
        "2026年03月21日",
        "2026年03月11日",
        entry.id,
        ADDRESS,
    ):
        assert said in zh
    for said in ("is on a list", "given in Chinese", "Platform rules: fraud", "2026-03-21", "2026-03-11", entry.id):
        assert said in en
    assert "breaks a rule" not in en
    assert "违反平台规则" not in zh
    record = chinese_record(found, WORDS)
    assert "listed_account" not in str(record)
    assert "发布者的账号在名单上" in record["处置理由"]


def test_of_a_list_from_outside_the_source_is_told_and_not_its_words(database: Database, keyring: Keyring) -> None:
    entry = blacklist(database, keyring, source="市网信办", reason="case 77 is open", tells=False)
    told = list_notices.notice(entry)
    for language in ("zh", "en"):
        assert "市网信办" in told[language]
        assert "case 77" not in told[language]
    with database.reading() as look:
        given = [each for each in erasing.held(look, keyring, ACCOUNT) if each["table"] == "list_entries"]
    assert [("市网信办", "市网信办")] == [(each["source"], each["reason"].rpartition(": ")[2]) for each in given]


def test_the_entry_has_one_statement_as_a_suspension_has(database: Database, keyring: Keyring) -> None:
    blacklist(database, keyring, ground="platform-rules:fraud")
    with database.reading() as look:
        [entry] = acted.listed(look, BEFORE, AFTER)
    made = entry_statement(entry, WORDS)
    assert [] == list(faults(made, WORDS.dsa.published))
    assert ("DECISION_ACCOUNT_SUSPENDED", "2026-03-21") == (
        made["decision_account"], made["end_date_account_restriction"]
    )  # fmt: skip
    assert "冒充" not in str(made)


def ask(database: Database, entry_id: str) -> ApprovalRecord:
    with database.unit() as unit:
        asked = account_appeals.make(unit, ENTRY, entry_id, "it was not me", RULES, sender="shop", now=NOW)
        unit.commit()
    return asked


@pytest.mark.parametrize(("approve", "outcome"), [(True, "overturned"), (False, "upheld")])
def test_the_entry_is_appealed_once_and_somebody_else_answers(
    database: Database, keyring: Keyring, outcome: str, *, approve: bool
) -> None:
    listen(database, keyring)
    entry = blacklist(database, keyring)
    asked = ask(database, entry.id)
    with pytest.raises(NotAppealableError, match="already"):
        ask(database, entry.id)
    with pytest.raises(ForbiddenError, match="decided by somebody else"), database.unit() as unit:
        four_eyes.answer(unit, asked.id, Word("Mia", approve, "looked"), standards=STANDARDS, now=NOW)
    with database.unit() as unit:
        four_eyes.answer(unit, asked.id, Word("ben", approve, "looked"), standards=STANDARDS, now=NOW)
        unit.commit()
    with database.reading() as look:
        stands = entries.get(look, entry.id)
        token = receipts.given_for(keyring, "appeal", asked.id)
        status = receipts.appeal_under(look, keyring, token, RULES)
        assert [] == list(differences(look))
    assert (approve, outcome) == (stands.removed_at is not None, status.outcome)
    [event] = told(database, "appeal.resolved")
    assert (outcome, entry.id) == (event["outcome"], event["entry_id"])


def test_a_comment_that_only_the_listing_refused_is_appealed_by_the_entry(database: Database, keyring: Keyring) -> None:
    entry = blacklist(database, keyring)
    answer = an_answer(a_comment("好"), refused(entry))
    put(database, keyring, answer)
    with database.reading() as look, pytest.raises(NotAppealableError) as error:
        appeals.appealable(look, answer.decision_id, RULES, now=NOW)
    assert "listed" == error.value.why
    with database.reading() as look:
        behind = account_appeals.entry_behind(look, answer.decision_id, now=NOW)
    assert behind is not None
    assert entry.id == behind.id


def test_an_appeal_is_overtaken_once_the_entry_is_gone_and_its_words_go_in_time(
    database: Database, keyring: Keyring
) -> None:
    entry = blacklist(database, keyring)
    asked = ask(database, entry.id)
    with database.unit() as unit:
        lists.remove(unit, entry.id, by="ben", why="a mistake", now=NOW)
        unit.commit()
    with database.reading() as look:
        assert "gone" == OUTCOMES[approvals.get(look, asked.id).state]
        assert "it was not me" == entries.appeal_note(look, entry.id)
    with database.unit() as unit:
        assert 1 == entries.forget_appeals(unit, ENTRY_APPEALED, before=NOW + timedelta(days=1))


def test_the_policy_that_keeps_credit_takes_nothing(database: Database, keyring: Keyring) -> None:
    assert CN.credit is not None
    entry = blacklist(database, keyring)
    stored = put(database, keyring, *(an_answer(a_comment(f"好{n}"), refused(entry)) for n in range(7)))
    with database.unit() as unit:
        authors.id_for(unit, keyring, ACCOUNT, now=NOW)
        credit.mark(unit, [each.comment_id for each in stored])
        unit.commit()
    before = score(database, keyring)
    assert 7 == count(database, keyring)
    assert before == score(database, keyring)
