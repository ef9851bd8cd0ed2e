"""Whoever lets rules of files block reads those rules, and what ran before them."""

from __future__ import annotations

import pytest

from governance import approvals, changed_parts, four_eyes
from governance.beginning import beginnings
from governance.four_eyes import Word
from moderation.errors import ConflictError
from moderation.pack_files import PackFiles
from moderation.shipped import PACKS
from records.database import Database
from records.house_values import ApprovalRecord
from tests.governance.test_rule_packs import MORE, NONE, by_hand, packs, take
from tests.governance.test_rules import STANDARDS
from tests.records.databases import NOW


def parts(found: PackFiles) -> dict[str, str]:
    return {f"{PACKS}/{name}": told for name, told in found.hashes.items()}


def asked(database: Database, found: PackFiles) -> ApprovalRecord:
    with database.unit() as unit:
        made = changed_parts.ask(unit, parts(found), by="mia", why="ours", now=NOW)
        unit.commit()
    return made


def agree(database: Database, question: ApprovalRecord) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, question.id, Word("ben", True, "read"), standards=STANDARDS, now=NOW)
        unit.commit()


def begins(database: Database, found: PackFiles) -> list[tuple[str, tuple[str, ...], tuple[str, ...] | None]]:
    """By id the terms of what begins to block, and of what ran before."""
    with database.reading() as look:
        told = beginnings(look, parts(found))
    return [(each.rule.id, tuple(each.rule.terms), each.was and tuple(each.was.terms)) for each in told]


def test_a_rule_that_waits_is_read_with_whom_it_would_have_touched_and_no_longer_once_agreed(
    database: Database,
) -> None:
    take(database, NONE)
    take(database, packs())
    assert [("ads.hippo", ("紫色河马",), None)] == begins(database, packs())
    question = asked(database, packs())
    assert {"ads.hippo"} == question.facts["reaches"].keys()
    agree(database, question)
    assert [] == begins(database, packs())


def test_what_ran_before_is_what_two_people_knew_and_no_step_that_itself_waited(database: Database) -> None:
    take(database, packs())
    take(database, packs(term=MORE))
    last = packs(term=f'{MORE}", "黄色河马')
    take(database, last)
    assert [("ads.hippo", ("紫色河马", "绿色河马", "黄色河马"), ("紫色河马",))] == begins(database, last)


def test_what_only_holds_or_blocks_already_does_not_begin(database: Database) -> None:
    take(database, packs())
    assert [] == begins(database, packs())
    by_hand(database, packs("review"))
    assert [] == begins(database, packs("review"))
    assert "reaches" not in asked(database, packs("review")).facts


def test_nobody_is_asked_about_a_pack_that_no_server_took_up(database: Database) -> None:
    take(database, NONE)
    with pytest.raises(ConflictError, match=r"No server took up rules/own\.toml"):
        asked(database, packs())


def test_nobody_agrees_to_a_pack_that_no_server_took_up(database: Database) -> None:
    take(database, NONE)
    with database.unit() as unit:
        facts = {"parts": parts(packs())}
        question = approvals.ask(unit, changed_parts.ASKED, "x", facts=facts, by="mia", why="ours", now=NOW)
        unit.commit()
    with pytest.raises(ConflictError, match="cannot be shown"):
        agree(database, question)
