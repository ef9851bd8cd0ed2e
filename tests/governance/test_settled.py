"""What was settled on appeal, on contest or by seniors is reversed by nobody whose it is not, in whatever way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from governance import (
    account_measures,
    accounts,
    another,
    contests,
    deciding,
    receipts,
    reopening,
    settled,
    verdicts,
)
from governance.accounts import NewAccount
from governance.another import NotAnotherError
from governance.deciding import Who
from governance.settled import By, SettledError
from moderation.decision import Outcome
from moderation.errors import ChaffinchError, ConflictError
from records import appeals as stored
from records import cases, decisions, knowing, labels, leases, underlying, users
from records.cases import ESCALATED
from records.database import Database
from records.personal import Keyring
from records.public_values import AppealOutcome, AppealState, ComplaintOutcome
from records.storing import Stored
from records.values import Doubt, Judgement, Purpose, VerdictKind
from review import quality, queue
from review.feedback import give_feedback
from tests.governance.public import (
    APPROVE,
    HOUSE,
    REJECT,
    RULES,
    SETTLED,
    TAXONOMY,
    appeal,
    claim,
    complaint,
    decide,
    report,
    settle,
)
from tests.governance.standing import CN, wish
from tests.governance.test_complaints import listen, told
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, for_review, put

LATER = NOW + timedelta(hours=1)
THEN = LATER + timedelta(hours=1)
DELETE = replace(REJECT, measure="delete")
GAMBLING = Judgement(VerdictKind.REJECT, ("gambling",))


def restored(database: Database, keyring: Keyring) -> tuple[Stored, str]:
    """mia removed it, and bob, who knew nothing of that, restored it on appeal."""
    [item] = put(database, keyring, for_review(known_as="c-1"))
    decide(database, DELETE)
    settle(database)
    made = appeal(database, item.decision_id, now=LATER)
    decide(database, APPROVE, by="bob", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    return item, made.id


def escalated(database: Database, keyring: Keyring) -> Stored:
    """mia handed it on, and sam, a senior, rejected it."""
    staff(database)
    [item] = put(database, keyring, for_review(known_as="c-1"))
    with database.unit() as unit:
        [case] = claim(unit, name_of(database, "mia"))
        queue.escalate(unit, case.id, name_of(database, "mia"), case.lease_token, now=NOW)
        [case] = claim(unit, name_of(database, "sam"), queue_=ESCALATED)
        given = name_of(database, "sam")
        verdicts.give(unit, HOUSE, case.id, GAMBLING, moderator=given, token=case.lease_token, now=NOW)
        unit.commit()
    return item


ROLES = {"mia": "moderator", "bob": "moderator", "sam": "senior", "lee": "lead"}


def staff(database: Database) -> None:
    with database.unit() as unit:
        for name, role in ROLES.items():
            users.create(unit, name, password_hash="-", role=role, now=NOW)
        unit.commit()


def name_of(database: Database, name: str) -> str:
    with database.reading() as look:
        found = users.by_name(look, name)
    assert found is not None
    return found.id


def found(database: Database, item: Stored, judgement: Judgement, by: str, *, is_senior: bool = False) -> None:
    with database.unit() as unit:
        who = Who(by, is_senior=is_senior)
        deciding.decide(unit, HOUSE, item.comment_id, judgement, by=who, reason="I still think so", now=THEN)
        unit.commit()


def outcome(database: Database, item: Stored) -> Outcome:
    with database.reading() as look:
        return decisions.latest_of(look, item.comment_id).outcome


def opened_again(database: Database, item: Stored, by: str, *, now: datetime = THEN) -> reopening.Opened:
    with database.unit() as unit:
        case_id = cases.page(unit, comment_id=item.comment_id).items[0].id
        made = reopening.reopen(unit, case_id, RULES, moderator=by, reason="new facts", now=now)
        unit.commit()
    return made


@pytest.mark.parametrize("by", ["mia", "cle", "bob"])
def test_what_was_decided_on_appeal_is_not_reversed_by_who_finds_it(
    database: Database, keyring: Keyring, by: str
) -> None:
    item, _ = restored(database, keyring)
    with pytest.raises(SettledError, match="open it again"):
        found(database, item, DELETE, by, is_senior=True)
    assert Outcome.PASS is outcome(database, item)


def test_nor_once_somebody_said_the_same_of_it_in_a_plain_case(database: Database, keyring: Keyring) -> None:
    item, _ = restored(database, keyring)
    found(database, item, APPROVE, "mia")
    with pytest.raises(SettledError):
        found(database, item, DELETE, "mia")
    with database.reading() as look:
        settled_by = settled.find(look, item.comment_id)
    assert settled_by is not None
    assert (By.BLIND, "bob") == (settled_by.by, settled_by.verdict.moderator)


@pytest.mark.parametrize("is_opened_by_feedback", [False, True])
def test_nor_in_a_case_that_a_report_or_a_doubt_opened(
    sqlite: Database, keyring_of_sqlite: Keyring, is_opened_by_feedback: bool
) -> None:
    item, _ = restored(sqlite, keyring_of_sqlite)
    if is_opened_by_feedback:
        with sqlite.unit() as unit:
            doubt = Doubt("key:ck_mia", "false_negative", ("abuse",))
            give_feedback(unit, TAXONOMY.names, item.decision_id, doubt, now=THEN)
            unit.commit()
    else:
        report(sqlite, keyring_of_sqlite, now=THEN)
    for give in (lambda: found(sqlite, item, DELETE, "mia"), lambda: decide(sqlite, REJECT, by="cle", now=THEN)):
        with pytest.raises(SettledError):
            give()
    decide(sqlite, APPROVE, by="cle", now=THEN)
    assert Outcome.PASS is outcome(sqlite, item)


def test_nor_after_the_same_text_was_sent_again(database: Database, keyring: Keyring) -> None:
    item, _ = restored(database, keyring)
    [again] = put(database, keyring, for_review(known_as="c-1"))
    assert (item.comment_id, item.revision) == (again.comment_id, again.revision)
    with pytest.raises(SettledError):
        found(database, item, DELETE, "mia")


def test_a_text_that_was_changed_since_was_settled_by_nobody(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    item, _ = restored(sqlite, keyring_of_sqlite)
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("another text", known_as="c-1")))
    found(sqlite, item, DELETE, "mia")
    assert Outcome.BLOCK is outcome(sqlite, item)


def test_no_measure_removes_what_was_restored(database: Database, keyring: Keyring) -> None:
    restored(database, keyring)
    for measure in ("refuse", "delete", "warn"):
        about = replace(wish(measure), kind=account_measures.TargetKind.COMMENT, target_id="c-1")
        with database.unit() as unit, pytest.raises(SettledError, match="no measure says otherwise"):
            account_measures.take(unit, keyring, about, CN, by="ben", policies={}, now=THEN)


def test_a_third_person_looks_blind_and_the_author_is_told_anew(database: Database, keyring: Keyring) -> None:
    item, appeal_id = restored(database, keyring)
    listen(database, keyring)
    opened = opened_again(database, item, "cle")
    assert (True, "appeals", "appeal", None) == (
        opened.is_for_another, opened.case.queue, opened.case.why, opened.case.lease_owner,
    )  # fmt: skip
    assert Outcome.PASS is outcome(database, item), "until then the answer before stands"
    with database.reading() as look:
        waits = stored.get(look, appeal_id)
        status = receipts.appeal_status(look, waits, RULES)
    assert (AppealState.WAITING, None, opened.case.id) == (waits.state, waits.outcome, waits.case_id)
    assert ("waiting", None, True) == (status.state, status.answer, status.again)
    with database.unit() as unit:
        for name in ("mia", "bob"):
            assert [] == claim(unit, name, queue_="appeals", now=THEN)
    decide(database, DELETE, by="dan", wanted="appeals", now=THEN)
    settle(database, now=THEN + SETTLED)
    with database.reading() as look:
        answered = stored.get(look, appeal_id)
        status = receipts.appeal_status(look, answered, RULES)
        assert [] == list(underlying.differences(look, keyring=keyring))
    assert (AppealOutcome.UPHELD, False) == (answered.outcome, status.shown)
    assert status.answer is not None
    assert "sorry" not in status.answer.en
    [event] = told(database, "appeal.resolved")
    assert ("upheld", answered.answer_id) == (event["outcome"], event["verdict_id"])


def test_who_had_reported_is_told_of_each_turn(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    [item] = put(sqlite, keyring_of_sqlite, an_answer(a_comment("x", known_as="c-1")))
    heard = report(sqlite, keyring_of_sqlite)
    decide(sqlite, REJECT)
    settle(sqlite)
    appeal(sqlite, decision_of(sqlite, item), now=LATER)
    decide(sqlite, APPROVE, by="bob", wanted="appeals", now=LATER)
    settle(sqlite, now=LATER + SETTLED)
    assert complaint(sqlite, heard.id).reversed_at is not None
    listen(sqlite, keyring_of_sqlite)
    opened_again(sqlite, item, "cle")
    decide(sqlite, REJECT, by="dan", wanted="appeals", now=THEN)
    settle(sqlite, now=THEN + SETTLED)
    now_said = complaint(sqlite, heard.id)
    assert (ComplaintOutcome.ACTED, None) == (now_said.outcome, now_said.reversed_at)
    assert [False] == [each["reversed"] for each in told(sqlite)]
    with sqlite.reading() as look:
        assert [] == list(underlying.differences(look, keyring=keyring_of_sqlite))


def test_a_contest_is_looked_at_by_a_third_person_and_answered_anew(database: Database, keyring: Keyring) -> None:
    [item] = put(database, keyring, an_answer(a_comment("x", known_as="c-1")))
    heard = report(database, keyring)
    decide(database, APPROVE)
    settle(database)
    with database.unit() as unit:
        made = contests.make(unit, heard.id, "", RULES, now=LATER)
        unit.commit()
    decide(database, REJECT, by="bob", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    with pytest.raises(SettledError):
        found(database, item, APPROVE, "mia")
    assert complaint(database, heard.id).reversed_at is not None
    opened_again(database, item, "cle")
    decide(database, APPROVE, by="dan", wanted="appeals", now=THEN)
    settle(database, now=THEN + SETTLED)
    assert ComplaintOutcome.KEPT is complaint(database, made.id).outcome
    assert complaint(database, heard.id).reversed_at is None
    with database.reading() as look:
        assert [] == list(underlying.differences(look, keyring=keyring))


def test_who_lost_does_not_even_open_it_again_and_nobody_does_twice(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    item, _ = restored(sqlite, keyring_of_sqlite)
    with pytest.raises(SettledError, match="somebody else opens it again"):
        opened_again(sqlite, item, "mia")
    opened_again(sqlite, item, "cle")
    with pytest.raises(ConflictError, match="A third person is asked"):
        opened_again(sqlite, item, "dan")


@pytest.mark.parametrize("judgement", [APPROVE, replace(GAMBLING, measure="delete"), REJECT])
def test_a_moderator_does_not_overrule_a_senior(database: Database, keyring: Keyring, judgement: Judgement) -> None:
    item = escalated(database, keyring)
    with database.reading() as look:
        before = labels.in_force(look, item.comment_id)
    for act in (
        lambda: found(database, item, judgement, name_of(database, "mia")),
        lambda: opened_again(database, item, name_of(database, "bob")),
    ):
        with pytest.raises(SettledError, match="A senior settled this"):
            act()
    with database.reading() as look:
        assert before == labels.in_force(look, item.comment_id), "the senior's word is what is learnt"
    found(database, item, judgement, name_of(database, "lee"))


def test_a_senior_whose_word_was_decided_otherwise_between_two_does_not_reverse_it(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    staff(sqlite)
    mia, sam, lee = (name_of(sqlite, name) for name in ("mia", "sam", "lee"))
    [item] = put(sqlite, keyring_of_sqlite, for_review(known_as="c-1"))
    with sqlite.unit() as unit:
        [case] = claim(unit, sam)
        given = verdicts.give(unit, HOUSE, case.id, APPROVE, moderator=sam, token=case.lease_token, now=NOW)
        second = cases.ask_again(unit, given.case, queue="forum", why="gambling", purpose=Purpose.OPINION, now=NOW)
        held = leases.lease(unit, second.id, mia, expires_at=THEN)
        verdicts.give(unit, HOUSE, held.id, GAMBLING, moderator=mia, token=None, now=NOW)
        quality.weigh(unit, now=LATER)
        third = cases.undecided_of(unit, item.comment_id)
        assert third is not None
        leases.lease(unit, third.id, lee, expires_at=THEN)
        verdicts.give(unit, HOUSE, third.id, GAMBLING, moderator=lee, token=None, now=LATER)
        unit.commit()
    quality_weighed(sqlite)
    with pytest.raises(SettledError, match="What you"):
        found(sqlite, item, APPROVE, sam)
    with sqlite.reading() as look:
        record = labels.in_force(look, item.comment_id)
    assert record is not None
    assert (3, 1) == (record.asked, record.labels["gambling"])
    found(sqlite, item, GAMBLING, mia)
    with sqlite.reading() as look:
        again = labels.in_force(look, item.comment_id)
    assert again is not None
    assert record.id != again.id
    assert (record.asked, record.agreement) == (again.asked, again.agreement), "who says the same takes nothing from it"


def quality_weighed(database: Database) -> None:
    with database.unit() as unit:
        quality.weigh(unit, now=THEN)
        unit.commit()


def decision_of(database: Database, item: Stored) -> str:
    with database.reading() as look:
        return decisions.latest_of(look, item.comment_id).id


def refused(database: Database, case_id: str, by: str) -> str:
    try:
        with database.unit() as unit:
            leases.lease(unit, case_id, by, expires_at=THEN)
            verdicts.give(unit, HOUSE, case_id, APPROVE, moderator=by, token=None, now=LATER)
    except ChaffinchError as error:
        return error.why if isinstance(error, NotAnotherError) else type(error).__name__
    return ""


def test_accounts_of_one_hand_do_not_decide_each_others_appeals(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        made = {
            name: accounts.create(unit, NewAccount(name, "x", role), by=by, now=NOW).id
            for name, role, by in (("ada", "admin", "boss"), ("eve", "moderator", "ada"), ("dan", "moderator", "boss"))
        }
        unit.commit()
    [item] = put(database, keyring, for_review(known_as="c-1"))
    decide(database, DELETE, by=made["ada"])
    settle(database)
    asked = appeal(database, item.decision_id, now=LATER)
    assert ["own", "one_hand", ""] == [refused(database, asked.case_id, made[name]) for name in ("ada", "eve", "dan")]
    with database.reading() as look:
        alone = [
            another.is_alone(look, [made["ada"]], [made[each] for each in theirs])
            for theirs in (("eve",), ("eve", "dan"))
        ]
    assert [True, False] == alone, "no second look is drawn that nobody could give"
    with database.unit() as unit:
        assert [] == claim(unit, made["eve"], queue_="appeals", now=LATER), "nor is it handed to them"
        case = cases.get(unit, asked.case_id)
        assert not knowing.may_be_asked(unit, case, made["eve"])
        with pytest.raises(NotAnotherError):
            another.check(unit, case, made["eve"])


def test_what_was_settled_on_appeal_is_neither_contested_nor_appealed_by_way_of_a_plain_verdict(
    database: Database, keyring: Keyring
) -> None:
    restored(database, keyring)
    heard = report(database, keyring, now=THEN)
    decide(database, APPROVE, by="cle", now=THEN)
    settle(database, now=THEN + SETTLED)
    assert ComplaintOutcome.KEPT is complaint(database, heard.id).outcome
    with database.unit() as unit, pytest.raises(ConflictError, match="no further look here"):
        contests.make(unit, heard.id, "", RULES, now=THEN + SETTLED)
