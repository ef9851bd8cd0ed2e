"""A sceptic edits the database by its own tools: whatever they do is told by what it was done to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from governance import erasure, retention, returns
from governance.access import create_key
from governance.erasure import Order
from governance.retention import Keep, Retention
from moderation.decision import EmergencyEffect, Outcome
from records import authors, cases, ledger, personal, rewrapping, rule_backtests
from records.auditing import audit
from records.authors import Statement
from records.canonical import canonical
from records.database import Database
from records.ids import new_id
from records.ledger import MACHINE, Actor, Entry
from records.ledger_keys import open_signer
from records.personal import Keyring
from records.rule_backtests import NewBacktest
from records.rules import content_of
from records.tables import ledger as entries
from records.tables import metadata
from records.tampering import What
from records.underlying import differences
from records.unit_of_work import Unit
from records.values import CaseState, Purpose
from tests.governance.test_emergencies import begun
from tests.governance.test_underlying import PHONE, filled, may_do_all
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

EMPTIED = (
    "UPDATE comments SET text = NULL, salt = NULL, author_index = NULL, author_cipher = NULL, thread_id = NULL, "
    "parent_id = NULL, device_index = NULL, network_index = NULL, erased_at = created_at"
)


def forge(unit: Unit, kind: str, subject: str, about: str, **facts: Any) -> None:
    entry_id = new_id()
    body = {
        "v": 1, "id": entry_id, "at": NOW.isoformat(timespec="microseconds"), "kind": kind, "reason": "fine",
        "actor": {"kind": "user", "id": "eve"}, "subject": {"kind": subject, "id": about}, "ground": "",
        "versions": None, "facts": facts,
    }  # fmt: skip
    row = {"id": entry_id, "kind": kind, "subject_id": about, "body": canonical(body), "created_at": NOW}
    unit.execute(insert(entries).values(row))


def run(*statements: str) -> Callable[[Unit], None]:
    def do(unit: Unit) -> None:
        for statement in statements:
            assert unit.execute(text(statement)).rowcount, statement

    return do


def exchanged(unit: Unit) -> None:
    """Two accounts change their pseudonyms: what was decided about one is about the other."""
    query = "SELECT id, author_index, author_cipher FROM authors WHERE erased_at IS NULL ORDER BY id LIMIT 2"
    one, two = unit.execute(text(query)).all()
    change = text("UPDATE authors SET author_index = :index, author_cipher = :cipher WHERE id = :id")
    unit.execute(change, {"id": one.id, "index": "1:aside", "cipher": one.author_cipher})
    unit.execute(change, {"id": two.id, "index": one.author_index, "cipher": one.author_cipher})
    unit.execute(change, {"id": one.id, "index": two.author_index, "cipher": two.author_cipher})


def entry_of(kind: str, subject: str, **facts: Any) -> Callable[[Unit], None]:
    return lambda unit: forge(unit, kind, subject, "nothing-real", **facts)


BY_HAND: dict[str, tuple[Callable[[Unit], None], str]] = {
    "an answer to no question": (entry_of("approval.approved", "approval"), "question to a second person nothing-real"),
    "a complaint answered": (entry_of("complaint.answered", "complaint"), "The complaint nothing-real"),
    "an appeal resolved": (entry_of("appeal.resolved", "appeal"), "The appeal nothing-real"),
    "a measure lifted": (entry_of("measure.lifted", "author", measure_id="m-0"), "The measure m-0"),
    "a measure of none": (entry_of("measure.lifted", "author"), "tells of a measure and names none"),
    "a verdict taken back": (entry_of("verdict.undone", "case", verdict_id="v-0"), "The verdict v-0"),
    "a case handed over": (entry_of("case.handed_over", "case"), "The case nothing-real"),
    "a rule that was looked at": (entry_of("rule.looked", "rule"), "The rule nothing-real"),
    "a hold set": (entry_of("hold.set", "hold"), "The hold nothing-real"),
    "an emergency ended": (entry_of("emergency.ended", "emergency"), "The emergency nothing-real"),
    "an inspection granted": (entry_of("inspection.granted", "inspection"), "authority nothing-real"),
    "an account stated": (entry_of("author", "author"), "The author nothing-real"),
    "a list's entry approved": (entry_of("list.approved", "list_entry"), "entry of a list nothing-real"),
    "a campaign answered": (entry_of("campaign.one_hand", "campaign"), "The campaign nothing-real"),
    "all texts, as if erased": (run(EMPTIED), "and no entry tells of an erasure of it"),
    "one text, and nothing else": (
        run("UPDATE comments SET text = NULL WHERE id = (SELECT max(id) FROM comments)"), "no entry tells of an erasure"
    ),
    "erased by the mark alone": (
        run("UPDATE comments SET erased_at = updated_at WHERE id = (SELECT min(id) FROM comments)"), "no entry tells"
    ),
    "an account, as if erased": (
        run("UPDATE authors SET erased_at = created_at WHERE verified IS NOT NULL"), "The account"
    ),
    "an account with its statements": (
        run("DELETE FROM author_links", "DELETE FROM authors WHERE verified IS NOT NULL"), "The author "
    ),
    "two accounts": (exchanged, "account"),
    "a verdict's ground": (run("UPDATE verdicts SET ground = 'cn-2017:9' WHERE verdict = 'reject'"), "say: ground"),
    "the chance of a second look": (run("UPDATE verdicts SET second_chance = 1.0"), "say: second_chance"),
    "when a comment came": (run("UPDATE comments SET created_at = '2020-01-01 00:00:00.000000'"), "say: created_at"),
    "what did not answer": (run("UPDATE decisions SET degraded = NOT degraded"), "say: degraded"),
    "by which question": (
        run("UPDATE list_entries SET approval_id = (SELECT max(id) FROM approvals WHERE kind = 'measure') "
            "WHERE kind = 'account'"),
        "say: approval_id",
    ),
    "what people were told": (run("UPDATE answers SET template = 'another'"), "The answer of the verdict"),
    "that people were told": (run("DELETE FROM answers"), "is gone from the table answers"),
    "the rule that was tried": (run("UPDATE rule_backtests SET document = '{\"id\": \"another\"}'"), "The backtest"),
    "what an emergency changed": (
        run("INSERT INTO emergency_hits (emergency_id, decision_id, otherwise, outcome) "
            "SELECT 'e', min(id), 'pass', 'block' FROM decisions"),
        "its rows in emergency_hits",
    ),
    "whose words an entry's are": (
        run("UPDATE entry_words SET subject_id = 'nobody' WHERE id = (SELECT max(id) FROM entry_words)"),
        "stand under another name than what it is about",
    ),
    "a waiting case, in a state that no queue knows": (
        run("UPDATE cases SET state = 'parked' WHERE state != 'closed'"), "say: state"
    ),
    "a waiting case, in the seniors' state and not in their queue": (
        run("UPDATE cases SET state = 'escalated' WHERE state = 'open'"), "say: state"
    ),
    "a waiting case, in a hand that never lets go": (
        run("UPDATE cases SET state = 'claimed', lease_owner = 'eve', lease_token = 'x', "
            "lease_expires_at = '2999-01-01 00:00:00.000000' WHERE state = 'open'"),
        "say: lease_expires_at",
    ),
    "a waiting case, in a hand without an end": (
        run("UPDATE cases SET state = 'claimed', lease_owner = 'eve', lease_expires_at = NULL WHERE state = 'open'"),
        "say: lease_expires_at",
    ),
    "a waiting case, kept for somebody for good": (
        run("UPDATE cases SET kept_for = 'eve', kept_until = '2999-01-01 00:00:00.000000' WHERE state = 'open'"),
        "say: kept_until",
    ),
    "a second look, closed without one": (
        run("UPDATE cases SET state = 'closed', closed_at = created_at WHERE purpose = 'opinion'"), "say: state"
    ),
    "by what a quotation is found": (
        run("UPDATE comments SET parent_hash = 'x' WHERE parent_hash IS NOT NULL"), "say: parent_hash"
    ),
    "under which id a key stands": (run("UPDATE api_keys SET id = 'x' || substr(id, 2)"), "say: id"),
    "evidence that waits": (run("UPDATE returns SET score = 99 WHERE state = 'waiting'"), "say: score"),
}  # fmt: skip


def test_every_way_is_told(database: Database, keyring: Keyring) -> None:
    everything(database, keyring)
    missed = []
    for name, (do, sentence) in BY_HAND.items():
        with database.unit() as unit:
            may_do_all(unit)
            do(unit)
            told = [each.sentence for each in differences(unit, keyring=keyring)]
            if not any(sentence in each for each in told):
                missed.append((name, told))
    assert [] == missed


def everything(database: Database, keyring: Keyring) -> None:
    """As `filled`, a finding of a return that waits, a rule that was tried, a quotation, a key, a case that waits."""
    filled(database, keyring)
    put(database, keyring, an_answer(a_comment("so it is", known_as="answer", parent_text="it is hot")))
    put(database, keyring, for_review("who knows", known_as="waits"))
    rule = {"id": "r", "action": "review"}
    with database.unit() as unit:
        stated = authors.state(unit, keyring, "third", Statement(links=[PHONE]), actor=MACHINE, now=NOW)
        assert returns.look(unit, keyring, stated.id, [PHONE], now=NOW)
        create_key(unit, "platform", scopes={"score"}, rate=None, now=NOW)
        first = cases.page(unit, state=CaseState.OPEN).items[0]
        cases.ask_again(unit, first, queue="forum", why="x", purpose=Purpose.OPINION, now=NOW)
        rule_backtests.ask(unit, NewBacktest("r", content_of(rule), rule, None, "mia", 0, None), now=NOW)
        unit.commit()


def test_nothing_differs_before_after_another_key_and_after_erasures(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    everything(database, keyring)
    newer = personal.rotate(database, tmp_path / "keys", now=NOW)
    assert [] == said(database, newer)
    rewrap(database, newer)
    assert [] == said(database, newer)
    put(database, newer, an_answer(a_comment("late", known_as="late")))
    erasure.erase(database, newer, Order("third", "mia", "they asked for it"), now=NOW + timedelta(days=1))
    erasure.erase(database, newer, Order("kept", "mia", "they asked for it"), now=NOW + timedelta(days=1))
    rules = Retention(keep=(Keep(surface="forum", kind="comment", days=1),))
    assert retention.run(database, rules, now=NOW + timedelta(days=30))
    assert [] == said(database, newer)


def test_exchanged_accounts_are_found_after_another_key_too(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    everything(database, keyring)
    newer = personal.rotate(database, tmp_path / "keys", now=NOW)
    rewrap(database, newer)
    with database.unit() as unit:
        exchanged(unit)
        told = [each.sentence for each in differences(unit, keyring=newer)]
    assert 2 == sum("author_index or author_cipher" in each for each in told)


def rewrap(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        while rewrapping.rewrap_some(unit, keyring, now=NOW):
            pass
        unit.commit()


def said(database: Database, keyring: Keyring) -> list[str]:
    with database.reading(steady=True) as look:
        return [each.sentence for each in differences(look, keyring=keyring)]


def test_what_earlier_programs_erased_is_judged_by_number(database: Database, keyring: Keyring) -> None:
    """Their entries said how many texts went at which moment, and not which."""
    put(database, keyring, *(an_answer(a_comment(f"text {n}", known_as=f"c-{n}")) for n in range(3)))
    with database.unit() as unit:
        may_do_all(unit)
        run(EMPTIED + " WHERE external_id IN ('c-0', 'c-1')")(unit)
        counts = {"comments": 2, "revisions": 0, "statements": 0}
        ledger.append(
            unit, Entry("author.erased", Actor("user", "mia"), "erasure", "x", "why", "", facts=counts), now=NOW
        )
        assert [] == [each.sentence for each in differences(unit, keyring=keyring)]
        run(EMPTIED + " WHERE external_id = 'c-2'")(unit)
        assert 1 == len(list(differences(unit, keyring=keyring)))


NONSENSE = ("'{\"forged\": 1}'", "'x'", "7", "x'00'", "-1", "'[[1], 2]'")


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.proof)])
def test_a_cell_of_nonsense_is_a_finding_and_the_rest_is_still_compared(
    sqlite: Database, keyring_of_sqlite: Keyring, every: int
) -> None:
    """Every so manieth column of the tables that are compared, with everything that SQLite takes for a value."""
    everything(sqlite, keyring_of_sqlite)
    missed, stopped = [], []
    columns = [column for table in metadata.sorted_tables if table.name in COMPARED for column in table.c]
    for column in columns[::every]:
        table = column.table.name
        with sqlite.unit() as unit:
            may_do_all(unit)
            if table == entries.name:
                unit.execute(text("DROP TRIGGER ledger_update"))
            value = NONSENSE[len(column.name) % len(NONSENSE)]
            try:
                unit.connection.exec_driver_sql(f'UPDATE {table} SET "{column.name}" = {value} WHERE rowid = 1')
                unit.execute(text("UPDATE comments SET lang = 'xx' WHERE rowid = 3"))
            except IntegrityError:
                continue
            found = [*audit(unit).findings, *differences(unit, keyring=keyring_of_sqlite)]
        told = " ".join(each.sentence for each in found)
        stopped += [(table, column.name, value, told)] if "no further" in told else []
        missed += [(table, column.name, value)] if "lang" not in told else []
    assert ([], []) == (stopped, missed)


COMPARED = (
    "ledger", "ledger_keys", "comments", "comment_revisions", "decisions", "verdicts", "label_records", "measures",
    "approvals", "authors", "author_links", "returns", "cases", "complaints", "appeals", "feedback", "list_entries",
    "credit_events", "answers", "rule_backtests",
)  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "row", "column"),
    [
        ("UPDATE decisions SET labels = '{\"forged\"\\: 1}'", "decisions", "labels"),
        ("UPDATE decisions SET reasons = '[1]'", "decisions", "reasons"),
        ("UPDATE decisions SET labels = 'no JSON at all'", "decisions", "labels"),
        ("UPDATE decisions SET created_at = 'yesterday'", "decisions", "created_at"),
        ("UPDATE comments SET updated_at = 12", "comments", "updated_at"),
    ],
)
def test_one_bad_cell_is_one_finding(
    sqlite: Database, keyring_of_sqlite: Keyring, statement: str, row: str, column: str
) -> None:
    put(sqlite, keyring_of_sqlite, *(an_answer(a_comment(f"text {n}", known_as=f"c-{n}")) for n in range(3)))
    with sqlite.unit() as unit:
        run(f"{statement} WHERE rowid = 2")(unit)
        [found] = differences(unit, keyring=keyring_of_sqlite)
        name = unit.execute(text(f"SELECT id FROM {row} WHERE rowid = 2")).scalar_one()
    told = f"The row {name} of the table {row} was altered: its column {column} holds what no program of ours writes."
    assert told == found.sentence


def test_a_public_key_that_is_none_is_a_finding(database: Database, tmp_path: Path) -> None:
    open_signer(database, tmp_path / "keys", now=NOW)
    with database.unit() as unit:
        run("UPDATE ledger_keys SET verifier = 'eve'")(unit)
        found = audit(unit).findings
    assert ["The row 1 of the table ledger_keys was altered: its column verifier is no public key."] == [
        each.sentence for each in found
    ]


def test_what_an_emergency_changed_stands_in_the_decisions_own_entry(database: Database, keyring: Keyring) -> None:
    record = begun(database)
    hit = EmergencyEffect(record.id, is_drill=False, otherwise=Outcome.PASS, outcome=Outcome.REVIEW)
    put(database, keyring, an_answer(a_comment("text"), replace(a_decision(), emergencies=(hit,))))
    assert [] == said(database, keyring)
    with database.unit() as unit:
        may_do_all(unit)
        run("DELETE FROM emergency_hits")(unit)
        [told] = [each.sentence for each in differences(unit, keyring=keyring)]
    assert told.endswith("its rows in emergency_hits.")


def test_a_ledger_that_was_cut_off_with_all_that_fits_is_said_to_lack_its_end(
    database: Database, keyring: Keyring
) -> None:
    """Tiles and checkpoints made to fit: the decisions of after its last entry tell."""
    stored = [put(database, keyring, an_answer(a_comment(f"text {n}", known_as=f"c-{n}")))[0] for n in range(3)]
    with database.unit() as unit:
        may_do_all(unit)
        if unit.dialect == "sqlite":
            unit.execute(text("DROP TRIGGER ledger_delete"))
        last = unit.execute(text("SELECT min(id) FROM ledger WHERE kind = 'decision'")).scalar_one()
        unit.execute(text("DELETE FROM ledger WHERE id > :last"), {"last": last})
        told = [each for each in differences(unit, keyring=keyring) if each.what is What.TRUNCATED]
    [found] = told
    assert f"The end of the ledger is gone: 2 decisions, from {stored[1].decision_id} on," in found.sentence
