"""What whoever reports a comment that had been removed before is told: who had done it, as its author's notice says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from governance import carried_out, erasure, receipts
from governance.emergencies import Wish as EmergencyWish
from governance.receipts import Status
from governance.statements import codes_of, is_automatic, redress_of
from moderation.decision import Outcome, Reason, Source
from moderation.emergency import MESSAGES, Effect, Kind, Scope, code
from records import acted
from records.database import Database
from records.house_queues import AS_USUAL
from records.personal import Keyring, open_keyring
from records.standing_values import TargetKind
from tests.governance.public import REJECT, RULES, complaint, decide, report, settle
from tests.governance.standing import ACCOUNT, DEFAULT, lift, take, wish
from tests.governance.test_carried_out import SHOWN, account_held, entry_about, refuse, showing
from tests.governance.test_complaints import listen, told
from tests.governance.test_emergencies import begun
from tests.governance.test_listed_accounts import blacklist
from tests.governance.test_listed_accounts import refused as listed_and_refused
from tests.governance.test_minding import CAFE, hide
from tests.governance.test_statements import WORDS
from tests.records.databases import NOW, new_sqlite_url
from tests.records.factories import a_comment, a_decision, an_answer, put

MODEL = Reason("gambling", Source.MODEL, Outcome.BLOCK, {"zh": "赌", "en": "bets"}, "house rule 1")
ALONE = ("removed automatically", "由系统自动处理")
"""What is said where a machine alone had removed it."""


def reported(database: Database, keyring: Keyring) -> Status:
    """The receipt of a report about `c-1`; the event says the same."""
    listen(database, keyring)
    made = report(database, keyring, kind="spam")
    with database.reading() as look:
        status = receipts.complaint_status(look, complaint(database, made.id), RULES, now=NOW)
    [heard] = told(database)
    assert status.answer is not None
    assert (status.answer.as_dict(), status.automated, status.removed_by) == (
        heard["answer"], heard["automated"], heard["removed_by"],
    )  # fmt: skip
    assert [dict(each) for each in heard["reasons"]] == [{"code": c, "ground": g} for c, g in status.reasons]
    return status


def said_by_nobody_alone(status: Status, by: str = "people") -> tuple[str, str]:
    assert status.answer is not None
    assert (by, False) == (status.removed_by, status.automated)
    assert not any(said in text for said, text in zip(ALONE, (status.answer.en, status.answer.zh), strict=True))
    assert "No person looked" in status.answer.en
    assert "没有人工因您的举报查看" in status.answer.zh
    return status.answer.zh, status.answer.en


@SHOWN
def test_what_people_had_listed_is_told_as_that_and_not_as_automatic(
    database: Database, keyring: Keyring, kind: str, value: str, zh: str, en: str
) -> None:
    entry = entry_about(database, keyring, kind, value)
    showing(database, keyring, entry)
    status = reported(database, keyring)
    told_zh, told_en = said_by_nobody_alone(status)
    assert f"it shows a {en} that a person had put on a list" in told_en
    assert f"工作人员此前列入名单的{zh}" in told_zh
    assert not any(each in text for each in (value, entry.id) for text in (told_zh, told_en))
    assert ["gambling"] == [each for each, _ in status.reasons]


def test_whose_account_people_had_suspended_or_listed_is_not_told_but_that_people_had_decided(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    take(sqlite, keyring_of_sqlite, wish(ground="house rule 9", days=5))
    account_held(sqlite, keyring_of_sqlite, a_comment("so so", author=ACCOUNT, known_as="c-1"), DEFAULT, credit=None)
    status = reported(sqlite, keyring_of_sqlite)
    said = said_by_nobody_alone(status)
    assert "not about what this comment says" in said[1]
    assert not any(word in "".join(said) for word in ("account", "账号", "suspend", "list", "名单", "house rule"))
    assert () == status.reasons


def test_a_listed_account_is_told_likewise_and_nothing_that_was_found_beside(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    answer = an_answer(a_comment("好", known_as="c-1"), listed_and_refused(blacklist(sqlite, keyring_of_sqlite)))
    beside = replace(answer.decision, reasons=(*answer.decision.reasons, MODEL))
    put(sqlite, keyring_of_sqlite, replace(answer, decision=beside))
    status = reported(sqlite, keyring_of_sqlite)
    assert not any(word in "".join(said_by_nobody_alone(status)) for word in ("account", "账号", "list", "名单"))
    assert () == status.reasons


def test_what_a_measure_on_the_thread_refused_is_told_as_people_s(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    refuse(sqlite, keyring_of_sqlite)
    zh, en = said_by_nobody_alone(reported(sqlite, keyring_of_sqlite))
    assert "a person had limited what may be posted at its place" in en
    assert "限制了此处的评论" in zh


def test_what_an_emergency_refused_is_told_as_people_s(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    began = begun(sqlite, EmergencyWish(Scope("news"), Effect(Kind.CLOSED), 30, "mia", "a raid"))
    closed = code(Kind.CLOSED)
    reason = Reason(closed, Source.POLICY, Outcome.BLOCK, MESSAGES[Kind.CLOSED], f"emergency:{began.id}")
    decision = replace(a_decision(Outcome.BLOCK), reasons=(reason,))
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("so so", surface="news", known_as="c-1"), decision))
    assert "emergency measure at its place" in said_by_nobody_alone(reported(sqlite, keyring_of_sqlite))[1]


def test_where_the_machine_found_something_beside_both_are_told(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    showing(sqlite, keyring_of_sqlite, entry_about(sqlite, keyring_of_sqlite, "domain", "evil-casino.com"), MODEL)
    assert "carried out what people had decided before as well" in said_by_nobody_alone(
        reported(sqlite, keyring_of_sqlite), "both"
    )[1]  # fmt: skip


def test_what_somebody_had_deleted_by_name_is_told_as_a_person_s_with_the_label_that_it_stands_on(
    tmp_path: Path,
) -> None:
    """Whatever becomes of the measure later."""
    database = Database(new_sqlite_url(tmp_path), queues=lambda: replace(AS_USUAL, redress=redress_of(WORDS)))
    keyring = open_keyring(database, tmp_path / "keys", now=NOW)
    put(database, keyring, an_answer(a_comment("hello", known_as="c-1"), a_decision(Outcome.PASS)))
    made = take(database, keyring, wish("delete", "c-1", kind=TargetKind.COMMENT, ground="abuse"))
    status = reported(database, keyring)
    assert "a person of ours had removed it" in said_by_nobody_alone(status, "person")[1]
    assert (("abuse", "abuse"),) == status.reasons
    lift(database, made.id, now=NOW + timedelta(hours=1))
    [heard] = told(database)
    with database.reading() as look:
        later = receipts.complaint_status(look, complaint(database, heard["complaint_id"]), RULES, now=NOW)
    assert ("person", "decided") == (later.removed_by, later.since)


def test_what_stands_after_a_verdict_of_approval_and_was_deleted_by_name_is_no_answer_of_that_verdict(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("hello", known_as="c-1"), a_decision(Outcome.REVIEW)))
    report(sqlite, keyring_of_sqlite, kind="spam")
    decide(sqlite, replace(REJECT, verdict="approve", labels=()))
    settle(sqlite)
    take(sqlite, keyring_of_sqlite, wish("delete", "c-1", kind=TargetKind.COMMENT, ground="abuse"),
         now=NOW + timedelta(hours=1))  # fmt: skip
    made = report(sqlite, keyring_of_sqlite, kind="spam", by="b", now=NOW + timedelta(hours=2))
    assert None is made.verdict_id
    with sqlite.reading() as look:
        status = receipts.complaint_status(look, made, RULES, now=NOW + timedelta(hours=2))
    assert "person" == status.removed_by


def test_who_had_acted_stays_so_once_a_person_decides_and_once_the_account_is_erased(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    take(sqlite, keyring_of_sqlite, wish(ground="house rule 9", days=5))
    found = account_held(
        sqlite, keyring_of_sqlite, a_comment("so so", author=ACCOUNT, known_as="c-1"), DEFAULT, credit=None
    )
    made = report(sqlite, keyring_of_sqlite, kind="spam")
    erasure.erase(sqlite, keyring_of_sqlite, erasure.Order(ACCOUNT, "mia", "asked for it"), now=NOW)
    with sqlite.reading() as look:
        status = receipts.complaint_status(look, complaint(sqlite, made.id), RULES, now=NOW)
        later = acted.one(look, found.decision_id)
    assert ("people", False) == (status.removed_by, is_automatic(later))
    assert "account" == carried_out.who_acted(later, codes_of(later))


def test_what_who_runs_the_thread_had_hidden_is_told_as_theirs(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("so so", known_as="c-1", thread_id=CAFE)))
    hide(sqlite, keyring_of_sqlite)
    status = reported(sqlite, keyring_of_sqlite)
    assert "no judgement of ours" in said_by_nobody_alone(status, "operator")[1]
    assert () == status.reasons
