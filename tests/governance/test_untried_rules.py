"""What went live untried ends within a day, unless its backtest was done and somebody looked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from governance import rules as life
from governance import untried_rules
from governance.rules import UNTRIED_FOR, Wish
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from moderation.rules import RuleState
from records import ledger, rules
from records.database import Database
from records.underlying import differences
from records.unit_of_work import Unit
from tests.governance.test_rule_backtests import ASKED, LATER, asked, read, shown
from tests.governance.test_rules import a_rule, add

DRAFT, SHADOW, LIVE, RETIRED = RuleState
OVER = LATER + UNTRIED_FOR


def lead(unit: Unit, to: RuleState, *, urgent: str = "", why: str = "it held") -> life.Promoted:
    wish = Wish("ads.one", to, "Mia", why, urgent=urgent)
    return life.promote(unit, wish, standards=ASKED, packed=lambda _: None, now=LATER)


def rush(database: Database, term: str = "优惠") -> None:
    """Live at once, since a wave goes on."""
    with database.unit() as unit:
        add(unit, a_rule(term=term))
        lead(unit, LIVE, urgent="a wave just now")
        unit.commit()


def end(database: Database) -> int:
    with database.unit() as unit:
        count = untried_rules.end_due(unit, now=OVER)
        unit.commit()
    return count


def states(database: Database) -> dict[str, int]:
    with database.reading() as look:
        assert [] == [each.sentence for each in differences(look)], "the ledger tells the same"
        return {state.value: version.version for state, version in rules.held(look, "ads.one").items()}


def look_at(database: Database, *, why: str = "12 hits, all right") -> None:
    with database.unit() as unit:
        untried_rules.look_at(unit, "ads.one", by="Ben", why=why, now=LATER)
        unit.commit()


def test_the_tick_asks_a_reason_of_its_own_that_the_ledger_keeps(database: Database) -> None:
    with database.unit() as unit:
        add(unit)
        with pytest.raises(InvalidInputError):
            lead(unit, LIVE, urgent=" ")
        lead(unit, LIVE, urgent="a wave just now")
        [entry] = [each for each in ledger.page(unit, limit=20).items if each.kind == "rule.live"]
        told = json.loads(entry.body)
        version = rules.held(unit, "ads.one")[LIVE]
    assert ("it held", "a wave just now", True) == (
        told["reason"], told["facts"]["urgent_why"], told["facts"]["untried"],
    )  # fmt: skip
    assert OVER == version.untried_until


def test_a_day_later_it_is_counted_without_effect(database: Database) -> None:
    rush(database)
    with database.unit() as unit:
        assert 0 == untried_rules.end_due(unit, now=OVER - timedelta(seconds=1))
    assert 1 == end(database)
    assert {"shadow": 3} == states(database)
    assert 0 == end(database)
    with database.reading() as look:
        last = ledger.page(look, limit=20).items[-1]
    assert ("rule.shadow", "machine") == (last.kind, json.loads(last.body)["actor"]["kind"])


def test_what_was_live_before_is_live_again(database: Database) -> None:
    record = shown(database, read(database, asked(database, a_rule(term="特价"))))
    assert not record.is_open
    with database.unit() as unit:
        lead(unit, LIVE)
        unit.commit()
    rush(database, "优惠")
    assert 1 == end(database)
    assert {"shadow": 5, "live": 6} == states(database)
    with database.reading() as look:
        held = rules.held(look, "ads.one")
    assert (["特价"], ["优惠"]) == (held[LIVE].document["terms"], held[SHADOW].document["terms"])
    assert None is held[LIVE].untried_until


def test_nothing_that_somebody_counts_in_the_shadow_or_writes_is_touched(database: Database) -> None:
    rush(database)
    with database.unit() as unit:
        add(unit, a_rule(term="特价"))
        lead(unit, SHADOW)
        add(unit, a_rule(term="返现"))
        unit.commit()
    assert 1 == end(database)
    assert {"shadow": 4, "draft": 5, "retired": 6} == states(database)


def test_tried_and_looked_at_it_stays(database: Database) -> None:
    rush(database)
    with database.unit() as unit, pytest.raises(ConflictError, match="not tried"):
        untried_rules.look_at(unit, "ads.one", by="Ben", why="seen", now=LATER)
    with database.reading() as look:
        assert [False] == [one.is_tried_since for one in untried_rules.every(look)]
    shown(database, read(database, asked(database)))
    with database.reading() as look:
        assert [True] == [one.is_tried_since for one in untried_rules.every(look)]
    with database.unit() as unit, pytest.raises(InvalidInputError):
        untried_rules.look_at(unit, "ads.one", by="Ben", why=" ", now=LATER)
    look_at(database)
    assert 0 == end(database)
    assert {"live": 2} == states(database)
    with database.reading() as look:
        assert [] == untried_rules.every(look)
        assert "rule.looked" == ledger.page(look, limit=20).items[-1].kind
    with database.unit() as unit, pytest.raises(NotFoundError):
        untried_rules.look_at(unit, "ads.one", by="Ben", why="seen", now=LATER)


def test_tried_and_not_looked_at_it_ends(database: Database) -> None:
    rush(database)
    shown(database, read(database, asked(database)))
    assert 1 == end(database)
    assert {"shadow": 3} == states(database)


def test_what_takes_its_place_meanwhile_is_not_ended(database: Database) -> None:
    rush(database)
    shown(database, read(database, asked(database, a_rule(term="特价"))))
    with database.unit() as unit:
        lead(unit, LIVE)
        unit.commit()
    assert 0 == end(database)
    assert {"live": 4} == states(database)


def test_a_rule_that_blocks_has_its_day_from_the_second_person_s_word(database: Database) -> None:
    with database.unit() as unit:
        add(unit, a_rule(action="block"))
        waiting = lead(unit, LIVE, urgent="a wave just now").approval
        assert waiting is not None
        assert "a wave just now" == waiting.facts["urgent_why"]
        later = LATER + timedelta(hours=3)
        life.answer(unit, waiting.id, by="Ben", approve=True, note="x", standards=ASKED, now=later)
        assert later + UNTRIED_FOR == rules.held(unit, "ads.one")[LIVE].untried_until
