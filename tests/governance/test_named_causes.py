"""The comment for which an account is measured: what stands is no cause, and all concerned are told which it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from governance import account_appeals, account_notices, causes, four_eyes, receipts, unfounded, verdicts
from governance.account_appeals import MEASURE
from governance.approvals import NotSecondError
from governance.chinese_records import chinese_record
from governance.four_eyes import Word
from governance.rules import Standards
from governance.statements import measure_statement
from moderation.decision import Outcome, Reason, Source
from records import acted, approvals, decisions, measures
from records.database import Database
from records.house_values import ApprovalState
from records.personal import Keyring
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from review.verdicts import reopen
from serving.standing_chores import standing_chores
from serving.standing_views import measure_document
from tests.governance.public import APPROVE, HOUSE, REJECT, RULES, SETTLED, TAXONOMY, decide
from tests.governance.standing import POLICIES, SHIPPED, lift, now_of, take, wish
from tests.governance.test_complaints import listen, told
from tests.governance.test_statements import WORDS
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

HOLDS, WAITS = MeasureState.IN_FORCE, MeasureState.WAITING
LATER = NOW + SETTLED
CN = SHIPPED["cn"]


def suspend(database: Database, keyring: Keyring, *, by: str = "sam", days: float = 20) -> MeasureRecord:
    asked = wish("suspend", days=days, cause="b-1", ground="platform-rules:advertising")
    return take(database, keyring, asked, policy=CN, policies=SHIPPED, by=by)


def passed_by(database: Database, keyring: Keyring, *moderators: str) -> None:
    put(database, keyring, for_review("加个好友吧", known_as="b-1"))
    for moderator in moderators:
        decide(database, APPROVE, by=moderator, wanted="forum")


def test_what_a_colleague_approved_is_no_cause_for_one_person(database: Database, keyring: Keyring) -> None:
    passed_by(database, keyring, "mia")
    assert WAITS is suspend(database, keyring).state


def test_for_what_a_colleague_approved_one_person_holds_for_a_few_days(database: Database, keyring: Keyring) -> None:
    passed_by(database, keyring, "mia")
    assert HOLDS is suspend(database, keyring, days=2).state


def test_whoever_deletes_what_a_colleague_approved_makes_no_cause_of_it(database: Database, keyring: Keyring) -> None:
    passed_by(database, keyring, "mia")
    take(database, keyring, wish("delete", "b-1", kind=TargetKind.COMMENT), by="sam")
    with database.reading() as look:
        [comment] = [each.comment_id for each in decisions.page(look).items]
        assert not causes.is_found(look, comment, by="sam")
        assert causes.is_found(look, comment, by="lea"), "another one found it, and lea measures for it"
    assert WAITS is suspend(database, keyring).state


def test_what_another_person_or_the_machine_found_is_a_cause(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("加个好友吧", known_as="b-1"))
    decide(database, REJECT, by="mia", wanted="forum")
    assert HOLDS is suspend(database, keyring).state
    with database.reading() as look:
        [comment] = [each.comment_id for each in decisions.page(look).items]
        assert causes.is_found(look, comment, by="mia"), "their own verdict, that nobody contradicts"


def test_what_was_refused_with_its_account_is_no_cause(database: Database, keyring: Keyring) -> None:
    held = Reason("account_suspended", Source.ACCOUNT, Outcome.BLOCK, {"zh": "停", "en": "held"}, "rule 3", None, ())
    put(database, keyring, an_answer(a_comment(known_as="b-1"), replace(a_decision(Outcome.BLOCK), reasons=(held,))))
    assert WAITS is suspend(database, keyring).state


def test_short_ones_for_what_stands_add_up(database: Database, keyring: Keyring) -> None:
    passed_by(database, keyring, "mia")
    put(database, keyring, an_answer(a_comment(known_as="b-2")))
    first = suspend(database, keyring, days=2)
    second = wish("restrict", days=2, cause="b-2", per_hour=1)
    assert (HOLDS, WAITS) == (first.state, take(database, keyring, second, policy=CN, policies=SHIPPED, by="sam").state)


def blocked(database: Database, keyring: Keyring) -> MeasureRecord:
    put(database, keyring, an_answer(a_comment("加微信领红包", known_as="b-1"), a_decision(Outcome.BLOCK, abuse=0.97)))
    return suspend(database, keyring)


def test_the_person_the_platform_and_the_record_are_told_which_comment(database: Database, keyring: Keyring) -> None:
    listen(database, keyring)
    made = blocked(database, keyring)
    with database.reading() as look:
        cause = causes.of(look, made)
        assert cause is not None
        notice = account_notices.notice(made, cause=cause)
        assert {"id": "b-1", "decision": "block", "against": True} == measure_document(look, made)["cause"]
        one = acted.one(look, decisions.latest_of(look, cause.comment_id).id)
        [statement] = [measure_statement(each, WORDS) for each in acted.measured(look, NOW, NOW + timedelta(days=1))]
    assert "It was taken for your comment b-1, sent at 2026-03-01 12:00 UTC." in notice["en"]
    assert "所涉评论：您于2026年03月01日20时00分（北京时间）提交的评论 b-1。" in notice["zh"]
    event = told(database, "measure.requested")[-1]
    assert ({"id": "b-1", "decision": "block", "against": True}, True) == (
        event["cause"],
        "b-1" in event["notice"]["en"],
    )
    assert made.id in chinese_record(one, WORDS)["账号处置"][0]
    assert statement is not None
    assert f"(decision {one.decision_id}) that was found to be" in statement["decision_facts"]


def test_what_its_author_makes_of_the_comment_later_is_not_what_it_was_taken_for(
    database: Database, keyring: Keyring
) -> None:
    made = blocked(database, keyring)
    later = NOW + timedelta(hours=1)
    put(database, keyring, an_answer(a_comment("今天天气好", known_as="b-1"), a_decision()), now=later)
    with database.reading() as look:
        cause = causes.of(look, made)
        assert cause is not None
        assert ("加微信领红包", Outcome.BLOCK, True) == (cause.text, cause.outcome, cause.is_against)
        assert not causes.is_found(look, cause.comment_id, by="lea"), "what it says now stands"


def test_where_the_comment_stands_nobody_says_that_it_was_acted_on(database: Database, keyring: Keyring) -> None:
    passed_by(database, keyring, "mia")
    made = suspend(database, keyring, days=2)
    with database.reading() as look:
        notice = measure_document(look, made)["notice"]
        [statement] = [measure_statement(each, WORDS) for each in acted.measured(look, NOW, NOW + timedelta(days=1))]
    assert "That comment itself was not found to break a rule." in notice["en"]
    assert "Your comment was acted on" not in notice["en"]
    assert statement is not None
    assert "which stands: it was not found to break a rule." in statement["decision_facts"]
    assert ["CONTENT_TYPE_OTHER"] == statement["content_type"]


def test_the_receipt_of_an_appeal_names_the_comment(database: Database, keyring: Keyring) -> None:
    passed_by(database, keyring, "mia")
    made = suspend(database, keyring, days=2)
    with database.unit() as unit:
        asked = account_appeals.make(unit, MEASURE, made.id, "why?", RULES, sender="test", now=NOW)
        status = receipts.question_status(unit, asked, RULES)
        assert status.cause is not None
        assert ("b-1", "加个好友吧") == (status.comment_id, status.cause.text)
        for who in ("sam", "Sam"):
            assert account_appeals.is_of(unit, asked, who)
        assert not account_appeals.is_of(unit, asked, "lea")


def work(database: Database, keyring: Keyring) -> None:
    for chore in standing_chores(lambda: keyring, lambda: POLICIES):
        if chore.name == "measures_unfounded":
            chore.do(database, LATER)


def reapproved(database: Database, keyring: Keyring) -> tuple[MeasureRecord, str]:
    """Suspended for what a colleague rejected, and what stopped the comment is lifted by another person since."""
    put(database, keyring, an_answer(a_comment(known_as="b-1")))
    gone = take(database, keyring, wish("delete", "b-1", kind=TargetKind.COMMENT), by="mia")
    made = suspend(database, keyring)
    assert HOLDS is made.state
    work(database, keyring)
    with database.reading() as look:
        assert [] == approvals.waiting(look)
    lift(database, gone.id, by="lea", now=NOW + timedelta(seconds=5))
    work(database, keyring)
    work(database, keyring)
    with database.reading() as look:
        [asked] = approvals.waiting(look)
    assert (unfounded.ASKED, made.id) == (asked.kind, asked.subject_id)
    return made, asked.id


@pytest.mark.parametrize(("approve", "state"), [(True, MeasureState.LIFTED), (False, HOLDS)])
def test_a_measure_whose_comment_is_let_stand_since_is_put_before_somebody_else(
    database: Database, keyring: Keyring, approve: bool, state: MeasureState
) -> None:
    made, asked = reapproved(database, keyring)
    standards = Standards(TAXONOMY, NOW.date())
    with database.unit() as unit, pytest.raises(NotSecondError):
        four_eyes.answer(unit, asked, Word("sam", approve, "mine"), standards=standards, now=LATER)
    with database.unit() as unit:
        answered = four_eyes.answer(unit, asked, Word("lea", approve, "read it"), standards=standards, now=LATER)
        unit.commit()
    assert (ApprovalState.APPROVED if approve else ApprovalState.REFUSED, state) == (
        answered.state, now_of(database, made.id).state
    )  # fmt: skip
    work(database, keyring)
    with database.reading() as look:
        assert [] == approvals.waiting(look), "once for each measure"


def test_a_verdict_that_lets_it_stand_asks_once_it_cannot_be_taken_back(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("加个好友吧", known_as="b-1"))
    case, after = decide(database, REJECT, by="mia", wanted="forum"), LATER + timedelta(seconds=1)
    made = suspend(database, keyring)
    with database.unit() as unit:
        again = reopen(unit, case.id, moderator="lea", reason="read it again", now=after)
        verdicts.give(unit, HOUSE, again.id, APPROVE, moderator="lea", token=again.lease_token, now=after)
        unit.commit()
    with database.reading() as look:
        assert [] == measures.unfounded(look, kind=unfounded.ASKED, before=NOW, limit=9)
        [found] = measures.unfounded(look, kind=unfounded.ASKED, before=after, limit=9)
    assert made.id == found.id
