"""Of every kind of entry: what people type there stands beside it and can go, or is searched, or nobody types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from console.words import words_in
from governance import (
    access,
    agreements,
    assessments,
    erasure,
    four_eyes,
    giving,
    house_words,
    incidents,
    models,
    moves,
    neutrality,
    retention,
    rule_packs,
    rules,
    said_about,
    webhooks,
)
from governance.access import Made
from governance.agreements import Wish as Publishing
from governance.erasure import Order
from governance.four_eyes import Word
from governance.models import Wanted
from governance.said_about import WITHHELD
from moderation.errors import InvalidInputError
from records import entry_words, ledger, ledger_kinds, ledger_pages, words_gone
from records import incidents as stored
from records.auditing import audit
from records.database import Database
from records.house_values import RuleState
from records.ledger import Actor, Entry
from records.marks import Marks
from records.personal import Keyring, open_keyring
from records.rules import RuleChange
from records.underlying import differences
from records.unit_of_work import Unit
from records.words_gone import Gone, How
from tests.governance.test_assessments import SURFACES
from tests.governance.test_assessments import WISH as ASSESSMENT
from tests.governance.test_erasure import AUTHOR, filled
from tests.governance.test_holds import STANDARDS
from tests.governance.test_incidents import FORMS, FOUND
from tests.governance.test_rule_packs import packs
from tests.records.databases import NOW

DAY = timedelta(days=1)
TYPED = "张伟（身份证110101199003071233，电话13800138000，zhang@example.com）要求"
KINDS = sorted(
    name.removeprefix("ledger_kind.") for name in words_in("en").sentences if name.startswith("ledger_kind.")
)
ORDER = Order(AUTHOR, "mia", TYPED)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_becomes_of_words_that_people_type(kind: str) -> None:
    chosen = kind in entry_words.COMMITTED, kind in ledger_kinds.SEARCHED, kind in ledger_kinds.OURS
    assert 1 == sum(chosen), "commit to its words, search them, or say that nobody types any"


def test_what_stands_in_the_lists_is_a_kind() -> None:
    assert [] == sorted({*ledger_kinds.SEARCHED, *ledger_kinds.OURS, *entry_words.COMMITTED} - {*KINDS})


def a_rule(unit: Unit, why: str) -> None:
    change = RuleChange("ads.one", RuleState.DRAFT, {"contains": ["x"], "ground": "2017 art. 5"}, 0, (), "mia", why)
    rules.change(unit, change, now=NOW)


def a_model(unit: Unit, why: str) -> None:
    models.ask(unit, Wanted("5", "b", "c", "g", 1), sentence="better", by="mia", why=why, now=NOW)


def a_field(unit: Unit, why: str) -> None:
    wish = replace(ASSESSMENT, fields={**ASSESSMENT.fields, "risks": why})
    assessments.write(unit, wish, surfaces=SURFACES, now=NOW)


def a_set_of_packs(unit: Unit, why: str) -> None:
    rule_packs.take_by_hand(unit, packs(), place="here", asks_two=False, by="mia", why=why, now=NOW)


SEARCHED: dict[str, Callable[[Unit, str], object]] = {
    "rule": a_rule,
    "model": a_model,
    "assessment": lambda unit, why: assessments.write(unit, replace(ASSESSMENT, why=why), surfaces=SURFACES, now=NOW),
    "a field of an assessment": a_field,
    "agreement": lambda unit, why: agreements.publish(unit, Publishing("1", "文", "text", None, "mia", why), now=NOW),
    "webhook": lambda unit, why: webhooks.disable(unit, "1", by="mia", why=why, now=NOW),
    "key": lambda unit, why: access.create_key(unit, "x", scopes=["score"], rate=None, made=Made("mia", why), now=NOW),
    "parts": a_set_of_packs,
    **dict.fromkeys(("labels", "records", "texts"), lambda unit, why: giving.teller(unit, "mia", why)),
}


@pytest.mark.parametrize("what", SEARCHED)
def test_words_that_name_somebody_are_refused_where_the_ledger_holds_them_as_they_are(
    sqlite: Database, what: str
) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError) as refused:
        SEARCHED[what](unit, TYPED)
    told = " ".join(fault.detail for fault in refused.value.faults)
    assert [True] * 3 == [each in told for each in ("an identity number", "a telephone number", "for good")]
    assert [] == [each for each in ("110101", "13800138000", "zhang@") if each in told]


def test_every_family_that_is_searched_has_a_case_here() -> None:
    elsewhere = {"ledger", "neutrality", "pseudonyms", "user"}  # tests/chaffinch and tests/console: typed there alone
    assert {kind.partition(".")[0] for kind in ledger_kinds.SEARCHED} - elsewhere <= {*SEARCHED}


def test_an_account_of_this_platform_is_found_with_the_keys_of_the_ledger(sqlite: Database, tmp_path: Path) -> None:
    keyring = open_keyring(sqlite, tmp_path, now=NOW)
    filled(sqlite, keyring)
    with sqlite.unit() as unit:
        unit.marks = Marks(tmp_path)
        with pytest.raises(InvalidInputError):
            said_about.check_lasting(unit, "why", f"{AUTHOR} found a way around it")


def test_a_champions_reason_from_an_earlier_history_is_left_out(sqlite: Database) -> None:
    move = {"move": "rollback", "at": "2026-01-01", "version": "4", "hash": "h", "reason": TYPED, "actor": "mia"}
    with sqlite.unit() as unit:
        assert 1 == moves.note(unit, [move], now=NOW)
        [entry] = ledger.of_kind(unit, "h", "model.rolled_back")
    assert WITHHELD == json.loads(entry.body)["reason"]


def erased(database: Database, keyring: Keyring) -> tuple[str, str]:
    """The entries of an export and of an erasure, whose reason names the person."""
    filled(database, keyring)
    with giving.given(database, erasure.gift(keyring, ORDER, now=NOW)), database.reading() as look:
        given = look.execute(text("SELECT id FROM ledger WHERE kind = 'author.exported'")).scalar_one()
    return given, erasure.erase(database, keyring, ORDER, now=NOW).entry_id


def reason_of(database: Database, entry_id: str) -> str:
    with database.reading() as look:
        return str(ledger_pages.words_of(look, ledger.get(look, entry_id))["reason"])


def went(database: Database, entry_id: str) -> Gone | None:
    with database.reading() as look:
        body = json.loads(ledger.get(look, entry_id).body)
        return words_gone.gone(look, {entry_id: body}).get(entry_id)


def findings(database: Database) -> list[str]:
    with database.reading() as look:
        return [each.sentence for each in (*audit(look).findings, *differences(look))]


def test_why_somebody_was_erased_stands_beside_the_ledger(database: Database, keyring: Keyring) -> None:
    entries = erased(database, keyring)
    assert [TYPED, TYPED] == [reason_of(database, each) for each in entries]
    with database.reading() as look:
        bodies = b"".join(map(bytes, look.execute(text("SELECT body FROM ledger")).scalars()))
    assert [] == [each for each in ("张伟", "110101199003071233", "13800138000") if each.encode() in bodies]
    assert [] == findings(database)


def test_two_people_take_out_why_somebody_was_erased(database: Database, keyring: Keyring) -> None:
    given, entry_id = erased(database, keyring)
    with database.unit() as unit:
        asked = house_words.ask(unit, entry_id, by="mia", why="it names the person", now=NOW + DAY)
        four_eyes.answer(unit, asked.id, Word("ben", True, "yes"), standards=STANDARDS, now=NOW + DAY)
        unit.commit()
    assert ["erased", TYPED] == [reason_of(database, each) for each in (entry_id, given)]
    assert Gone(How.TWO_PEOPLE, NOW + DAY) == went(database, entry_id)
    assert None is went(database, given)
    assert [] == findings(database)


def test_why_somebody_was_erased_goes_with_its_time_and_the_ledger_says_so(
    database: Database, keyring: Keyring
) -> None:
    entries = erased(database, keyring)
    rules_of = retention.Retention()
    retention.run(database, rules_of, now=NOW + DAY * 1094)
    assert [TYPED, TYPED] == [reason_of(database, each) for each in entries]
    later = NOW + DAY * 1096
    retention.run(database, rules_of, now=later)
    assert ["erased", "erased"] == [reason_of(database, each) for each in entries]
    assert [Gone(How.TIME, later)] * 2 == [went(database, each) for each in entries]
    assert [] == findings(database)


def test_words_that_go_before_their_time_are_found(database: Database, keyring: Keyring) -> None:
    _given, entry_id = erased(database, keyring)
    with database.unit() as unit:
        unit.execute(text("DELETE FROM entry_words WHERE id = :id"), {"id": entry_id})
        unit.commit()
    assert [True] == [each.endswith("are gone, and no erasure names them.") for each in findings(database)]


def test_entries_from_before_hold_their_words_and_still_verify(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {kind: names for kind, names in entry_words.COMMITTED.items() if not kind.startswith("author.")}
    with monkeypatch.context() as patch:
        patch.setattr(entry_words, "COMMITTED", before)
        entries = erased(database, keyring)
    assert [TYPED, TYPED] == [reason_of(database, each) for each in entries]
    assert [None, None] == [went(database, each) for each in entries]
    retention.run(database, retention.Retention(), now=NOW + DAY * 2000)
    assert [TYPED, TYPED] == [reason_of(database, each) for each in entries]
    assert [] == findings(database)


def test_what_was_looked_into_of_a_finding_is_read_and_can_be_taken_out(database: Database) -> None:
    facts = {
        "since": None, "until": None, "around": None, "comments": 9, "texts": 9, "days": 1, "surfaces": [],
        "decided": 9, "compared": 1, "findings": 1, "found": [{"sentence": "one", "about": None}],
    }  # fmt: skip
    with database.unit() as unit:
        audited = Entry(
            "neutrality.audited", Actor("user", "mia"), "neutrality", "at", "audit", "cn-2017:7", facts=facts
        )
        ledger.append(unit, audited, now=NOW)
        entry_id = neutrality.answer(unit, "at", 1, by="mia", note="张伟 13800138000 looked", now=NOW)
        found = neutrality.standing(unit, "at")
        assert found is not None
        assert ["张伟 13800138000 looked"] == [each.answer.note for each in found.questions if each.answer]
        assert b"13800138000" not in bytes(ledger.get(unit, entry_id).body)
        asked = house_words.ask(unit, entry_id, by="mia", why="it names somebody", now=NOW + DAY)
        four_eyes.answer(unit, asked.id, Word("ben", True, "yes"), standards=STANDARDS, now=NOW + DAY)
        unit.commit()
    with database.reading() as look:
        told = neutrality.standing(look, "at")
    assert told is not None
    assert [""] == [each.answer.note for each in told.questions if each.answer]
    assert "erased" == reason_of(database, entry_id)


def test_fields_of_an_incident_go_with_its_words(database: Database) -> None:
    with database.unit() as unit:
        told = replace(FOUND, told={**FOUND.told, "what": "张伟 13800138000 copied it"})
        made = incidents.record(unit, told, forms=FORMS, now=NOW)
        entry = ledger.last(unit, "incident.recorded", made.id)
        assert entry is not None
        asked = house_words.ask(unit, entry.id, by="mia", why="it names somebody", now=NOW + DAY)
        four_eyes.answer(unit, asked.id, Word("ben", True, "yes"), standards=STANDARDS, now=NOW + DAY)
        unit.commit()
    with database.reading() as look:
        fields = stored.get(look, made.id).fields
        assert "erased" == fields["what"]
        assert 12 == fields["people"] or isinstance(fields["people"], int)
    assert [] == findings(database)
    with database.unit() as unit:
        unit.execute(text("UPDATE incidents SET severity = 'low'"))
        unit.commit()
    assert 1 == len(findings(database))


def test_an_account_that_an_incident_names_takes_its_fields_along(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.unit() as unit:
        told = replace(FOUND, told={**FOUND.told, "what": f"{AUTHOR} copied it"})
        made = incidents.record(unit, told, forms=FORMS, now=NOW)
        unit.commit()
    erasure.erase(database, keyring, ORDER, now=NOW + DAY)
    with database.reading() as look:
        assert "erased" == stored.get(look, made.id).fields["what"]
    assert [] == findings(database)
