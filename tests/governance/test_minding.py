"""Who runs a public account hides comments under it: theirs alone, with a reason, and no judgement of the house."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance import account_notices, appeals, transparency
from governance.chinese_records import chinese_record
from governance.statements import notice, statement
from moderation.decision import Outcome
from moderation.errors import InvalidInputError
from records import acted, comments, decisions, entry_words, ledger
from records.database import Database
from records.personal import Keyring
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.underlying import differences
from tests.governance.public import RULES, appeal
from tests.governance.standing import count, lift, score, take, wish
from tests.governance.test_statements import WORDS
from tests.records.databases import NOW
from tests.records.factories import VERSIONS, a_comment, a_decision, an_answer, put

CAFE = "post-of-the-cafe"
UNDER_CN = replace(a_decision(), versions=replace(VERSIONS, policy="cn@2"))


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


def hide(database: Database, keyring: Keyring, **fields: Any) -> MeasureRecord:
    asked = {"kind": TargetKind.COMMENT, "for_thread": CAFE} | fields
    return take(database, keyring, wish(asked.pop("measure", "refuse"), asked.pop("target", "c-1"), **asked))


def stands(database: Database, known_as: str = "c-1") -> Outcome:
    with database.reading() as look:
        return decisions.latest_of(look, comments.known_ids(look, [known_as])[known_as]).outcome


def test_it_is_hidden_with_who_asked_written_down_and_told_and_shown_again(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, an_answer(a_comment("so so", known_as="c-1", thread_id=CAFE)))
    made = hide(database, keyring)
    assert (MeasureState.IN_FORCE, "operator", Outcome.BLOCK) == (made.state, made.role, stands(database))
    with database.reading() as look:
        [entry] = ledger.of_kind(look, str(made.comment_id), "measure.taken")
        body = entry_words.restored(look, {entry.id: json.loads(entry.body)})[entry.id]
        assert [] == list(differences(look, keyring=keyring))
    assert ("operator", "mia") == (body["facts"]["role"], body["actor"]["id"])
    lift(database, made.id)
    assert Outcome.PASS is stands(database)


def test_it_costs_no_credit_as_what_the_house_deletes_does(database: Database, keyring: Keyring) -> None:
    put(
        database,
        keyring,
        *(an_answer(a_comment(each, known_as=each, thread_id=CAFE), UNDER_CN) for each in ("c-1", "c-2")),
    )
    count(database, keyring)
    before = score(database, keyring)
    hide(database, keyring)
    assert 1 == count(database, keyring)
    assert before == score(database, keyring)
    take(database, keyring, wish("delete", "c-2", kind=TargetKind.COMMENT))
    count(database, keyring)
    assert before > score(database, keyring)


def test_its_author_contests_it_before_a_moderator(database: Database, keyring: Keyring) -> None:
    [stored] = put(database, keyring, an_answer(a_comment("so so", known_as="c-1", thread_id=CAFE)))
    hide(database, keyring)
    made = appeal(database, stored.decision_id)
    assert made.case_id is not None
    with database.reading() as look, pytest.raises(appeals.NotAppealableError, match="already"):
        appeals.appealable(look, stored.decision_id, RULES, now=NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"target": "c-2"},
        {"target": "c-3"},
        {"measure": "warn"},
        {"measure": "suspend", "target": "author-7f3a", "kind": TargetKind.AUTHOR},
        {"measure": "close", "target": CAFE, "kind": TargetKind.THREAD},
    ],
)
def test_nobody_hides_what_stands_elsewhere_or_more_than_a_comment(
    database: Database, keyring: Keyring, fields: dict[str, Any]
) -> None:
    put(
        database,
        keyring,
        an_answer(a_comment("so so", known_as="c-1", thread_id=CAFE)),
        an_answer(a_comment("elsewhere", known_as="c-2", thread_id="another")),
        an_answer(a_comment("nowhere", known_as="c-3")),
    )
    with pytest.raises(InvalidInputError) as refused:
        hide(database, keyring, **fields)
    assert "/for_thread" in [each.where for each in refused.value.faults]
    assert Outcome.PASS is stands(database, "c-2")


def test_the_notice_says_who_asked_and_that_the_house_found_nothing(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("so so", known_as="c-1", thread_id=CAFE)))
    told = account_notices.notice(hide(database, keyring))
    assert "hidden by who runs the account" in told["en"]
    assert "您的评论被此处的账号运营者隐藏" in told["zh"]
    assert "You can appeal" in told["en"]


def test_the_decision_s_renderings_say_so_too_and_no_statement_is_due(database: Database, keyring: Keyring) -> None:
    [stored] = put(database, keyring, an_answer(a_comment("so so", known_as="c-1", thread_id=CAFE)))
    hide(database, keyring)
    with database.reading() as look:
        found = acted.one(look, stored.decision_id)
        told = transparency.report(look, WORDS, NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert statement(found, WORDS) is None
    assert "账号运营者" == chinese_record(found, WORDS)["作出方式"]
    said = " ".join(notice(found, WORDS, "en", address="https://x.example/appeals"))
    assert "the platform did not find that it breaks a rule" in said
    assert "A person decided it" not in said
    assert ({"hidden_by_operator": 1}, 0, 0) == (dict(told.refused), told.acted, told.statements)
