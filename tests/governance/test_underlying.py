"""What the tables say beside what the ledger says: every way of altering one with the database's own tools is told."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import insert, text

from governance import account_measures, appeals, approvals, erasure, four_eyes, list_reviews, lists, returns
from governance.erasure import Order
from governance.four_eyes import Word
from governance.lists import Listing
from governance.rules import Standards
from moderation.lists import ListAction
from records import approvals as questions
from records import authors, ledger
from records.authors import Link, Statement
from records.database import Database
from records.ids import new_id
from records.ledger import MACHINE
from records.personal import Keyring
from records.standing_values import TargetKind
from records.tables import measures
from records.underlying import differences
from records.unit_of_work import Unit
from records.values import Doubt
from records.visible import NOT_STATED
from review.feedback import give_feedback
from tests.governance.public import APPROVE, REJECT, RULES, SETTLED, TAXONOMY, appeal, decide, report, settle
from tests.governance.standing import lift, take, wish
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

DAY = timedelta(days=1)
PHONE = Link("phone", "+8613800138000")
STANDARDS = Standards(TAXONOMY, NOW.date())
FORGED = {
    "measure": "close", "target_kind": "thread", "thread_id": "t", "reason_zh": "因", "closes": [], "reason_en": "why",
    "ground": "g", "state": "in_force", "asked_by": "mia", "created_at": NOW,
}  # fmt: skip


def filled(database: Database, keyring: Keyring) -> None:
    """Verdicts, an answered appeal, measures in every state, entries of lists, questions, an erased account."""
    put(database, keyring, *(for_review(f"text {n}", known_as=f"c-{n}", author="kept") for n in range(3)))
    theirs = (a_comment(f"harmless {n}", known_as=f"g-{n}", author="gone") for n in range(2))
    put(database, keyring, *(an_answer(each, a_decision(abuse=0.5)) for each in theirs))
    report(database, keyring, about="c-0")
    decide(database, REJECT, by="mia")
    decide(database, APPROVE, by="mia")
    settle(database)
    report(database, keyring, about="c-2", by="reader-2")
    stop = wish("delete", "c-2", kind=TargetKind.COMMENT)
    take(database, keyring, stop)
    lift(database, take(database, keyring, wish("warn", "c-2", kind=TargetKind.COMMENT)).id)
    for who, one, two in (("kept", "c-0", "c-1"), ("gone", "g-0", "g-1")):
        take(database, keyring, wish("suspend", who, days=2, cause=one))
        lift(database, take(database, keyring, wish("warn", who, cause=two)).id)
    first = take(database, keyring, wish("suspend", "more", days=1))
    take(database, keyring, wish("suspend", "more", days=3, replaces=first.id))
    unasked = take(database, keyring, wish("close", "unasked"))
    lift(database, unasked.id)
    closing = take(database, keyring, wish("close", "kept", cause="c-2"))
    take(database, keyring, wish("close", "waits"))
    with database.unit() as unit:
        four_eyes.answer(unit, str(closing.approval_id), Word("ben", True, "right"), standards=STANDARDS, now=NOW)
        listed = Listing("domain", "evil.com", ListAction.BLOCK, "phishing", "police", "mia")
        entry = lists.add(unit, listed, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        lists.add(unit, Listing("account", "bad", ListAction.BLOCK, "spam", "seen", "mia"), taxonomy=TAXONOMY,
                  keyring=keyring, now=NOW, asks=True)  # fmt: skip
        list_reviews.keep(unit, entry.id, until=NOW + DAY, by="ben", why="still bad", now=NOW)
        unit.commit()
    with database.reading() as look:
        blocked = "SELECT id FROM decisions WHERE final_outcome = 'block' AND overturned IS NOT NULL"
        decided = look.execute(text(blocked)).scalars().first()
    appeal(database, str(decided))
    decide(database, APPROVE, by="ben", wanted="appeals")
    with database.unit() as unit:
        appeals.settle(unit, RULES, now=NOW + SETTLED, also=(account_measures.restore,))
        unit.commit()
    [passed] = put(database, keyring, an_answer(a_comment("passed", known_as="c-8"), a_decision(fraud=0.5)))
    with database.unit() as unit:
        doubt = Doubt("abc", "false_negative", ("abuse",), "look at this")
        give_feedback(unit, TAXONOMY.names, passed.decision_id, doubt, now=NOW)
        unit.commit()
    state(database, keyring, "stated", verified=True, links=[PHONE])
    state(database, keyring, "kept", links=[PHONE])
    with database.unit() as unit:
        for name in ("gone", "again"):
            stated = authors.state(unit, keyring, name, Statement(links=[PHONE]), actor=MACHINE, now=NOW)
            found, *_ = returns.look(unit, keyring, stated.id, [PHONE], now=NOW)  # of `again` the suspended one too
        returns.decide(unit, found.id, is_same=True, by="mia", note="the same words", now=NOW)
        unit.commit()
    erasure.erase(database, keyring, Order("gone", "mia", "they asked for it"), now=NOW)


def state(database: Database, keyring: Keyring, name: str, **stated: Any) -> None:
    with database.unit() as unit:
        at = datetime(2026, 1, 2, 3, 4, 5, 678_900, timezone(timedelta(hours=8)))
        authors.state(unit, keyring, name, Statement(registered_at=at, **stated), actor=MACHINE, now=NOW)
        unit.commit()


def told(look: Any) -> list[str]:
    return [each.sentence for each in differences(look)]


def test_what_was_done_by_the_rules_differs_in_nothing(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.reading(steady=True) as look:
        assert [] == told(look)


IN_FORCE = "state = 'in_force' AND target_kind = 'author' AND measure = 'close'"
WAYS = {
    "DELETE FROM measures": "is gone from the table measures",
    "UPDATE measures SET reason_zh = 'another'": "say: reason_zh",
    "UPDATE measures SET reason_en = 'another'": "say: reason_en",
    "UPDATE measures SET ground = 'another'": "say: ground",
    "UPDATE measures SET state = 'lifted', ended_by = 'mia' WHERE state = 'in_force'": "say: state, ended_by",
    f"UPDATE measures SET ends_at = starts_at, days = 1 WHERE {IN_FORCE}": "say: days, ends_at",
    f"UPDATE measures SET author_id = NULL WHERE {IN_FORCE}": "The measure",
    f"UPDATE measures SET author_id = (SELECT max(id) FROM authors) WHERE {IN_FORCE}": "The measure",
    "UPDATE measures SET comment_id = (SELECT min(id) FROM comments) WHERE measure = 'delete'": "The measure",
    "UPDATE measures SET ended_why = 'no reason' WHERE author_id IS NULL AND target_kind = 'author'": "say: ended_why",
    "UPDATE verdicts SET moderator = 'ben' WHERE moderator = 'mia'": "say: moderator",
    "UPDATE verdicts SET verdict = 'approve', labels = '[]'": "say: verdict, labels",
    "DELETE FROM appeals": "is gone from the table appeals",
    "UPDATE appeals SET outcome = 'upheld'": "say: outcome",
    "UPDATE complaints SET kind = 'spam'": "say: kind",
    "UPDATE complaints SET outcome = 'kept' WHERE outcome = 'acted'": "say: outcome",
    "UPDATE complaints SET reversed_at = NULL": "say: reversed_at",
    "DELETE FROM complaints WHERE state = 'waiting'": "is gone from the table complaints",
    "UPDATE label_records SET labels = '{\"gambling\": 0}' WHERE verdict = 'reject'": "says: labels",
    "UPDATE label_records SET superseded_at = decided_at": "says: superseded_at",
    "UPDATE label_records SET overturned = NOT overturned": "says: overturned",
    "DELETE FROM label_records WHERE superseded_at IS NULL": "is gone from label_records",
    "UPDATE authors SET verified = true WHERE verified IS NULL AND registered_at IS NOT NULL": "says was stated",
    "UPDATE authors SET verified = true WHERE registered_at IS NULL": "nothing was ever stated",
    "UPDATE authors SET verified = NULL": "says was stated",
    "DELETE FROM author_links": "says was stated: links",
    "UPDATE returns SET state = 'dismissed'": "say: state",
    "UPDATE returns SET note = 'no' WHERE note IS NOT NULL": "say: note",
    "DELETE FROM returns": "is gone from the table returns",
    "DELETE FROM approvals": "is gone from the table approvals",
    "UPDATE approvals SET state = 'approved', answered_by = 'ben' WHERE state = 'waiting'": "say: state",
    "UPDATE approvals SET answered_by = 'mia' WHERE state = 'approved'": "say: answered_by",
    "UPDATE approvals SET facts = '{}'": "say: facts",
    "DELETE FROM list_entries": "is gone from the table list_entries",
    "UPDATE list_entries SET action = 'allow' WHERE kind = 'domain'": "say: action",
    "UPDATE list_entries SET expires_at = NULL": "say: expires_at",
    "UPDATE list_entries SET key = 'good.com' WHERE kind = 'domain'": "say: key",
    "UPDATE list_entries SET key = '1:00' WHERE kind = 'account'": "say: key",
    "UPDATE list_entries SET salt = NULL": "say: key",
    "UPDATE list_entries SET source = 'a friend'": "say: source",
    "UPDATE list_entries SET review_at = created_at": "say: review_at",
    "DELETE FROM feedback": "is gone from the table feedback",
    "UPDATE feedback SET labels = '[]'": "say: labels",
    "UPDATE feedback SET verdict = 'false_positive'": "The feedback",
    "UPDATE feedback SET sender = 'another'": "The feedback",
    "UPDATE feedback SET created_at = '2020-01-01 00:00:00.000000+00:00'": "say: created_at",
    "DELETE FROM cases WHERE opened_by = 'feedback'": "is gone from the table cases",
    "DELETE FROM cases": "is gone from the table cases",
    "UPDATE cases SET state = 'closed' WHERE state = 'open'": "say: state",
    "UPDATE cases SET state = 'open' WHERE id = (SELECT max(id) FROM cases WHERE state = 'closed')": "say: state",
    "UPDATE cases SET closed_at = '2020-01-01 00:00:00.000000+00:00' WHERE state = 'closed'": "say: closed_at",
    "UPDATE cases SET opened_by = 'decision' WHERE opened_by = 'feedback'": "The case",
    "UPDATE cases SET opened_by = 'complaint' WHERE opened_by = 'decision'": "The case",
    "UPDATE cases SET created_at = '2020-01-01 00:00:00.000000+00:00'": "The case",
    "UPDATE cases SET comment_id = (SELECT min(id) FROM comments) WHERE opened_by = 'feedback'": "The case",
    "UPDATE cases SET purpose = 'opinion', state = 'closed' WHERE state = 'open'": "say: purpose",
    "UPDATE list_entries SET waits_since = NULL": "say: waits_since",
    "UPDATE decisions SET reasons = '[]'": "say: reasons",
    "UPDATE decisions SET measures = '[\"delete\"]'": "say: measures",
    "UPDATE decisions SET policy = 'x@9'": "say: policy",
    "UPDATE decisions SET labels = replace(CAST(labels AS text), '0.6', '0.7')": "say: labels",
    "UPDATE decisions SET language = 'xx'": "say: labels, reasons or language",
    "UPDATE decisions SET final_outcome = 'pass' WHERE final_outcome = 'block'": "say: final_outcome or overturned",
    "UPDATE decisions SET final_outcome = NULL, overturned = NULL": "say: final_outcome or overturned",
    "UPDATE decisions SET overturned = NOT overturned WHERE overturned IS NOT NULL": "say: final_outcome or overturned",
}  # fmt: skip


def may_do_all(unit: Unit) -> None:
    if unit.dialect == "postgresql":
        unit.execute(text("SET LOCAL session_replication_role = replica"))  # foreign keys are no obstacle
    else:
        unit.execute(text("PRAGMA defer_foreign_keys = ON"))


def test_every_table_that_somebody_altered_is_told_with_what_differs(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    missed = []
    for statement, sentence in WAYS.items():
        with database.unit() as unit:
            may_do_all(unit)
            changed = statement
            if unit.dialect == "postgresql":
                changed = statement.replace("AS text), '0.6', '0.7')", "AS text), '0.6', '0.7')::json")
            assert unit.execute(text(changed)).rowcount, statement
            found = told(unit)
            if not any(sentence in each for each in found):
                missed.append((statement, found))
    assert [] == missed


def test_a_forged_measure_is_told_by_its_id(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    forged = new_id()
    with database.unit() as unit:
        unit.execute(insert(measures).values(FORGED | {"id": forged}))
        assert [f"The measure {forged} has no entry: it was removed, or the measure inserted."] == told(unit)


@pytest.mark.parametrize("again", [False, True])
def test_a_verdict_after_a_measure_and_a_comment_that_is_judged_anew_differ_in_nothing(
    sqlite: Database, keyring_of_sqlite: Keyring, *, again: bool
) -> None:
    keys = keyring_of_sqlite
    put(sqlite, keys, for_review("text", known_as="c-1"))
    made = take(sqlite, keys, wish("delete", "c-1", kind=TargetKind.COMMENT))
    if again:
        put(sqlite, keys, for_review("text", known_as="c-1"))
    decide(sqlite, APPROVE, by="mia")
    lift(sqlite, made.id)
    with sqlite.reading() as look:
        assert [] == told(look)


def test_a_question_from_before_its_reason_had_to_be_seen_is_no_forgery(database: Database) -> None:
    with database.unit() as unit:
        asked = questions.ask(unit, "rule.live", "r", facts={}, asked_by="mia", why=NOT_STATED, now=NOW)
        ledger.append(unit, approvals._entry(unit, "approval.asked", asked, "mia", "\u200b"), now=NOW)
        unit.commit()
    with database.reading() as look:
        assert [] == told(look)
    with database.unit() as unit:
        unit.execute(text("UPDATE approvals SET why = 'another'"))
        unit.commit()
    with database.reading() as look:
        assert ["why"] == [each.rpartition(": ")[2].rstrip(".") for each in told(look)]
