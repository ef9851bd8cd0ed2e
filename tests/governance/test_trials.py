"""A trial counts where it is recent, read enough, and stood before the eyes of who asks and of who agrees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from governance import rules as life
from governance import trials, untried_rules
from governance.approvals import ByKey
from governance.rules import Standards, Wish
from governance.trials import NotTriedError, TrialNeeds
from moderation.errors import ForbiddenError
from moderation.rules import RuleState
from moderation.taxonomy import load_taxonomy
from records import ledger
from records.database import Database
from records.personal import Keyring
from records.unit_of_work import Unit
from tests.governance.test_rule_backtests import LATER, asked, read, shown
from tests.governance.test_rules import TODAY, a_rule, add
from tests.records.factories import a_comment, an_answer, put

FEW = Standards(load_taxonomy(), TODAY, tried_first=True, trials=TrialNeeds(days=14, rows=4))
BLOCKS = a_rule(action="block")


def comments(database: Database, keyring: Keyring, ids: Sequence[int]) -> None:
    put(database, keyring, *(an_answer(a_comment(f"优惠{number}", known_as=str(number))) for number in ids))


def promote(unit: Unit, *, standards: Standards = FEW, by: str = "Mia", days: float = 0, **more: str) -> life.Promoted:
    wish = Wish("ads.one", RuleState.LIVE, by, "it held", **more)  # type: ignore[arg-type]
    now = LATER + timedelta(days=days)
    return life.promote(unit, wish, standards=standards, packed=lambda _: None, now=now)


def answer(unit: Unit, approval_id: str, *, by: str | ByKey = "Ben") -> life.Promoted:
    return life.answer(unit, approval_id, by=by, approve=True, note="x", standards=FEW, now=LATER)


def lack(database: Database, **more: object) -> str:
    with database.unit() as unit, pytest.raises(NotTriedError) as refused:
        promote(unit, **more)  # type: ignore[arg-type]
    return refused.value.lack


def test_whoever_has_not_seen_what_it_hits_does_not_lead_it_on(database: Database, keyring: Keyring) -> None:
    comments(database, keyring, range(4))
    record = shown(database, read(database, asked(database, BLOCKS)), "Wei")
    assert trials.UNSEEN == lack(database)
    shown(database, record, "mia")  # names are one in any case
    with database.unit() as unit:
        question = promote(unit).approval
    assert question is not None
    assert (record.id, 4, None) == tuple(
        question.facts.get(name) for name in ("backtest", "backtest_rows", "backtest_few")
    )


def test_a_trial_of_long_ago_counts_no_more(database: Database, keyring: Keyring) -> None:
    comments(database, keyring, range(4))
    shown(database, read(database, asked(database, BLOCKS)))
    assert trials.OLD == lack(database, days=15)
    with database.unit() as unit:
        assert promote(unit, days=13).approval


def test_a_trial_on_fewer_than_there_are_counts_not(database: Database, keyring: Keyring) -> None:
    comments(database, keyring, range(2))
    shown(database, read(database, asked(database, BLOCKS)))
    comments(database, keyring, range(2, 5))
    assert trials.SMALL == lack(database)


def test_where_the_house_has_fewer_the_question_and_the_ledger_say_on_how_few(
    database: Database, keyring: Keyring
) -> None:
    comments(database, keyring, range(2))
    shown(database, read(database, asked(database, BLOCKS)), "Mia", "Ben")
    with database.unit() as unit:
        question = promote(unit).approval
        assert question is not None
        assert (2, True) == (question.facts["backtest_rows"], question.facts["backtest_few"])
        answer(unit, question.id)
        [entry] = [each for each in ledger.page(unit, limit=20).items if each.kind == "rule.live"]
    facts = json.loads(entry.body)["facts"]
    assert (2, True) == (facts["backtest_rows"], facts["backtest_few"])


def test_on_an_empty_house_a_trial_that_nobody_saw_opens_no_question(sqlite: Database) -> None:
    read(sqlite, asked(sqlite, BLOCKS))
    assert trials.UNSEEN == lack(sqlite)


def test_half_of_what_there_is_by_now_is_no_trial_of_a_growing_house(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    standards = replace(FEW, trials=TrialNeeds(rows=100))
    comments(sqlite, keyring_of_sqlite, range(2))
    shown(sqlite, read(sqlite, asked(sqlite, BLOCKS)))
    comments(sqlite, keyring_of_sqlite, range(2, 4))
    with sqlite.unit() as unit:
        assert promote(unit, standards=standards).approval
    comments(sqlite, keyring_of_sqlite, range(4, 6))
    assert trials.SMALL == lack(sqlite, standards=standards)


def test_the_second_person_has_seen_it_before_they_agree_by_name_or_by_key(
    database: Database, keyring: Keyring
) -> None:
    comments(database, keyring, range(4))
    record = shown(database, read(database, asked(database, BLOCKS)))
    with database.unit() as unit:
        question = promote(unit).approval
        assert question is not None
        for by in ("Ben", ByKey("5f0c7a91")):
            with pytest.raises(NotTriedError, match="has not seen yet"):
                answer(unit, question.id, by=by)
        trials.show(unit, record, ByKey("5f0c7a91"), now=LATER)
        with pytest.raises(ForbiddenError):  # not for what was shown any more: no such key is known here
            answer(unit, question.id, by=ByKey("5f0c7a91"))
        trials.show(unit, record, "Ben", now=LATER)
        assert answer(unit, question.id).version


def test_what_went_live_untried_stays_only_for_who_saw_a_trial_that_counts(sqlite: Database) -> None:
    with sqlite.unit() as unit:
        add(unit, a_rule())
        promote(unit, urgent="a wave")
        unit.commit()
    record = read(sqlite, asked(sqlite))
    with sqlite.unit() as unit:
        with pytest.raises(NotTriedError):
            untried_rules.look_at(unit, "ads.one", by="Ben", why="seen", needs=FEW.needs, now=LATER)
        trials.show(unit, record, "Ben", now=LATER)
        assert untried_rules.look_at(unit, "ads.one", by="Ben", why="seen", needs=FEW.needs, now=LATER)


def test_an_unfinished_trial_is_shown_to_nobody(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    comments(sqlite, keyring_of_sqlite, range(2))
    shown(sqlite, asked(sqlite, BLOCKS))
    with sqlite.reading() as look:
        from records import rule_backtests

        found = rule_backtests.newest(look, "ads.one", life.content_of(life.as_document(BLOCKS)))
    assert found is not None
    assert found.shown_to is None
