"""The life of a rule on both databases: who may, who was first, and what then holds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from governance import rules as life
from governance.rules import Promoted, Standards, Wish
from moderation.effective_rules import load_effective
from moderation.errors import (
    ChaffinchError,
    ConfigError,
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from moderation.rule_packs import RuleFile
from moderation.rules import RuleSet, RuleState
from moderation.taxonomy import load_taxonomy
from records import approvals, epoch, ledger, rules, users
from records.database import Database
from records.unit_of_work import Unit
from tests.records.databases import NOW

TODAY = date(2026, 3, 1)
STANDARDS = Standards(load_taxonomy(), TODAY)
DRAFT, SHADOW, LIVE, RETIRED = RuleState

PACK = """
[[rules]]
id = "ads.packed"
title = { zh = "广告", en = "Advert" }
label = "advertising"
action = "block"
ground = "g"
owner = "o"
why = "w"
terms = ["包邮"]
[rules.examples]
match = ["包邮"]
no_match = ["你好"]
"""


def a_rule(name: str = "ads.one", *, action: str = "review", term: str = "优惠", **fields: Any) -> RuleFile:
    table = {
        "id": name,
        "title": {"zh": "广告", "en": "Advert"},
        "label": "advertising",
        "action": action,
        "ground": "house rule 3",
        "owner": "o",
        "why": "w",
        "terms": [term],
        "examples": {"match": [term], "no_match": ["你好"]},
    }
    return RuleFile.model_validate(table | fields)


def add(unit: Unit, rule: RuleFile | None = None, **said: Any) -> int:
    return life.add(unit, rule or a_rule(), **{"by": "Mia", "why": "seen today", "now": NOW} | said).version


def promote(
    unit: Unit,
    to: RuleState,
    name: str = "ads.one",
    *,
    by: str = "Mia",
    expect: int | None = None,
    packed: RuleFile | None = None,
) -> Promoted:
    wish = Wish(name, to, by, "it held", expect)
    return life.promote(unit, wish, standards=STANDARDS, packed=lambda _: packed, now=NOW)


def answer(unit: Unit, approval_id: str, *, by: str = "Ben", approve: bool = True) -> Promoted:
    return life.answer(unit, approval_id, by=by, approve=approve, note="looked", standards=STANDARDS, now=NOW)


def effective(unit: Unit, folder: Path) -> RuleSet:
    return load_effective(STANDARDS.taxonomy, today=TODAY, folder=folder, stored=rules.stored(unit))


def ids(found: RuleSet) -> tuple[list[tuple[str, str]], list[str]]:
    """Live rules with a term, then the shadows."""
    return [(rule.id, rule.terms[0]) for rule in found.rules], [rule.id for rule in found.shadows]


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "ads.toml").write_text(PACK, encoding="utf-8")
    return folder


def test_a_rule_lives_from_draft_to_retired_and_every_change_is_kept(database: Database, packs: Path) -> None:
    seen = []
    with database.unit() as unit:
        add(unit)
        seen.append(ids(effective(unit, packs)))
        for state in (SHADOW, LIVE, RETIRED):
            promote(unit, state)
            seen.append(ids(effective(unit, packs)))
        history = rules.history(unit, "ads.one")
        written = [entry.kind for entry in ledger.page(unit, subject_id="ads.one").items]
        counted = epoch.read(unit).rules
    packed, one = ("ads.packed", "包邮"), ("ads.one", "优惠")
    assert [([packed], []), ([packed], ["ads.one"]), ([packed, one], []), ([packed], [])] == seen
    assert [1, 2, 3, 4] == [each.version for each in history]
    assert [("Mia", "seen today"), ("Mia", "it held")] == [(each.author, each.why) for each in history[:2]]
    assert ["rule.draft", "rule.shadow", "rule.live", "rule.retired"] == written
    assert 3 == counted  # a draft is looked for by nobody, so nobody has to load it


def test_a_new_version_is_tried_beside_the_live_one_before_it_takes_its_place(database: Database, packs: Path) -> None:
    with database.unit() as unit:
        add(unit)
        promote(unit, LIVE)
        add(unit, a_rule(term="特价"))
        promote(unit, SHADOW)
        beside = effective(unit, packs)
        promote(unit, LIVE)
        after = effective(unit, packs)
    assert ([("ads.packed", "包邮"), ("ads.one", "优惠")], ["ads.one"]) == ids(beside)
    assert ([("ads.packed", "包邮"), ("ads.one", "特价")], []) == ids(after)
    assert beside.version != after.version


def test_a_live_rule_may_be_taken_back_to_the_shadow(database: Database, packs: Path) -> None:
    with database.unit() as unit:
        add(unit)
        promote(unit, LIVE)
        promote(unit, SHADOW)
        assert ([("ads.packed", "包邮")], ["ads.one"]) == ids(effective(unit, packs))


@pytest.mark.parametrize(("to", "expected"), [(RETIRED, ([], [])), (SHADOW, ([], ["ads.packed"]))])
def test_a_pack_s_rule_is_taken_over_with_its_first_change(
    database: Database, packs: Path, to: RuleState, expected: tuple[list[str], list[str]]
) -> None:
    packed = a_rule("ads.packed", action="block", term="包邮")
    with database.unit() as unit:
        promote(unit, to, "ads.packed", expect=0, packed=packed)
        assert expected == ids(effective(unit, packs))
        assert [LIVE, to] == [each.state for each in rules.history(unit, "ads.packed")]


def test_the_version_is_the_content_s_wherever_the_rules_were_loaded(
    sqlite: Database, packs: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "none"
    empty.mkdir()
    with sqlite.unit() as unit:
        from_packs = effective(unit, packs).version
        add(unit, a_rule("ads.packed", action="block", term="包邮", ground="g"))
        answer(unit, promote(unit, LIVE, "ads.packed").approval.id)  # type: ignore[union-attr]
        assert from_packs == effective(unit, packs).version == effective(unit, empty).version


def test_a_rule_that_blocks_goes_live_by_two_people(database: Database, packs: Path) -> None:
    with database.unit() as unit:
        add(unit, a_rule(action="block"))
        asked = promote(unit, LIVE)
        assert asked.version is None
        assert ([("ads.packed", "包邮")], []) == ids(effective(unit, packs))
        assert asked.approval is not None
        done = answer(unit, asked.approval.id)
        assert ("ads.one", "优惠") in ids(effective(unit, packs))[0]
        kinds = [entry.kind for entry in ledger.page(unit, subject_id=asked.approval.id).items]
    assert done.version is not None
    assert "it held (approved by Ben: looked)" == done.version.why
    assert ["approval.asked", "approval.approved"] == kinds


@pytest.mark.parametrize("same", ["Mia", " mia ", "ＭＩＡ"])
def test_who_asks_does_not_answer(database: Database, same: str) -> None:
    with database.unit() as unit:
        add(unit, a_rule(action="block"))
        asked = promote(unit, LIVE).approval
        assert asked is not None
        with pytest.raises(ForbiddenError, match="somebody else"):
            answer(unit, asked.id, by=same)


def test_a_refused_rule_stays_where_it_was_and_may_be_asked_for_again(database: Database) -> None:
    with database.unit() as unit:
        add(unit, a_rule(action="block"))
        asked = promote(unit, LIVE).approval
        assert asked is not None
        assert answer(unit, asked.id, approve=False).version is None
        with pytest.raises(ConflictError, match="no longer open: it is refused"):
            answer(unit, asked.id)
        assert {DRAFT} == set(rules.held(unit, "ads.one"))
        assert promote(unit, LIVE).approval is not None


def test_what_was_changed_after_it_was_asked_for_is_not_approved(database: Database) -> None:
    with database.unit() as unit:
        add(unit, a_rule(action="block"))
        asked = promote(unit, LIVE).approval
        assert asked is not None
        add(unit, a_rule(action="block", term="特价"))
        with pytest.raises(ConflictError, match="overtaken"):
            answer(unit, asked.id)


def test_the_same_is_asked_for_once(database: Database) -> None:
    with database.unit() as unit:
        add(unit, a_rule(action="block"))
        promote(unit, LIVE)
        with pytest.raises(ConflictError, match="waits for a second person already"):
            promote(unit, LIVE, by="Ben")
        assert 1 == len(approvals.waiting(unit))


@pytest.mark.parametrize(("name", "said"), [("Eve", "may not approve"), ("ben", "may not approve"), ("lia", "")])
def test_where_people_log_in_a_senior_has_to_approve(database: Database, name: str, said: str) -> None:
    with database.unit() as unit:
        users.create(unit, "ben", password_hash="x", role="moderator", now=NOW)
        users.create(unit, "lia", password_hash="x", role="lead", now=NOW)
        add(unit, a_rule(action="block"))
        asked = promote(unit, LIVE).approval
        assert asked is not None
        if said:
            with pytest.raises(ForbiddenError, match=said):
                answer(unit, asked.id, by=name)
        else:
            assert answer(unit, asked.id, by=name).version is not None


def test_neither_inspectors_nor_the_disabled_change_rules(database: Database) -> None:
    with database.unit() as unit:
        users.create(unit, "ivy", password_hash="x", role="inspector", now=NOW)
        gone = users.create(unit, "gus", password_hash="x", role="lead", now=NOW)
        users.disable(unit, gone.id, now=NOW)
        for name, said in (("Ivy", "inspector"), ("gus", "disabled")):
            with pytest.raises(ForbiddenError, match=said):
                add(unit, by=name)


def test_of_two_who_promote_at_once_one_wins_and_the_other_is_told(database: Database) -> None:
    with database.unit() as unit:
        add(unit)
        unit.commit()
    together = threading.Barrier(2)

    def try_it(name: str) -> str:
        with database.reading() as look:
            last = rules.newest(look, "ads.one")
        assert last is not None
        together.wait(20)
        try:
            with database.unit() as unit:
                promote(unit, SHADOW, by=name, expect=last.version)
                unit.commit()
        except ConflictError as error:
            return str(error)
        return "won"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(try_it, ["Mia", "Ben"]), key=len)
    assert "won" == told[0]
    assert told[1].startswith("Somebody else changed the rule ads.one: it is now at version 2 (shadow, by ")
    with database.reading() as look:
        assert [1, 2] == [each.version for each in rules.history(look, "ads.one")]


def test_of_two_who_write_the_same_new_rule_one_is_told(database: Database) -> None:
    with database.unit() as unit:
        add(unit, expect=0)
        with pytest.raises(ConflictError, match="Somebody else changed"):
            add(unit, a_rule(term="特价"), expect=0)


@pytest.mark.parametrize(
    ("error", "said", "name", "to"),
    [
        (NotFoundError, "rules list", "ads.none", LIVE),
        (InvalidInputError, "rules add", "ads.one", DRAFT),
        (ConflictError, "is shadow already, at version 2", "ads.one", SHADOW),
    ],
)
def test_what_cannot_be_is_a_sentence(
    sqlite: Database, error: type[ChaffinchError], said: str, name: str, to: RuleState
) -> None:
    with sqlite.unit() as unit:
        add(unit)
        promote(unit, SHADOW)
        with pytest.raises(error, match=said):
            promote(unit, to, name)


def test_a_retired_rule_comes_back_as_a_new_draft_alone(database: Database, packs: Path) -> None:
    with database.unit() as unit:
        add(unit)
        promote(unit, RETIRED)
        with pytest.raises(ConflictError, match="is retired; what shall be live has to be written first"):
            promote(unit, LIVE)
        add(unit)
        promote(unit, LIVE)
        assert {LIVE} == set(rules.held(unit, "ads.one"))


def test_what_says_the_same_is_no_new_version(sqlite: Database) -> None:
    with sqlite.unit() as unit:
        add(unit)
        with pytest.raises(ConflictError, match="says this already, at version 1"):
            add(unit)


@pytest.mark.parametrize(("field", "value"), [("by", " "), ("by", "x" * 65), ("why", ""), ("why", "x" * 2001)])
def test_nothing_is_changed_without_who_and_why(sqlite: Database, field: str, value: str) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError):
        add(unit, **{field: value})


def test_a_rule_whose_label_is_gone_does_not_go_live(sqlite: Database) -> None:
    with sqlite.unit() as unit:
        add(unit, a_rule(label="gossip"))
        with pytest.raises(ConfigError, match=r"database/ads\.one@1.*there is no label 'gossip'"):
            promote(unit, SHADOW)


def test_a_broken_rule_in_the_database_is_named_with_its_version(sqlite: Database, packs: Path) -> None:
    with sqlite.unit() as unit:
        broken = a_rule().model_dump(mode="json", exclude_unset=True) | {"label": "gossip", "patterns": ["("]}
        change = rules.RuleChange("ads.one", LIVE, broken, 0, (), "Mia", "w")
        rules.add_version(unit, change, now=NOW)
        with pytest.raises(ConfigError) as error:
            effective(unit, packs)
    assert {"database/ads.one@1:1:1: ads.one"} == {fault.where for fault in error.value.faults}
    assert 2 == len(error.value.faults)


def test_no_word_of_a_rule_stands_in_the_ledger(sqlite: Database) -> None:
    with sqlite.unit() as unit:
        add(unit)
        (entry,) = ledger.page(unit, subject_id="ads.one").items
    assert "优惠" not in entry.body.decode()
    assert b'"version":1' in entry.body
