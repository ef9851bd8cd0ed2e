"""Rules tried on stored decisions before they go live: what is found, who reads on, and what promotion asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from governance import rule_backtests as backtests
from governance import rules as life
from governance import trials
from governance.rule_backtests import BacktestsChore, result_of
from governance.rules import Standards, Wish
from governance.trials import NotTriedError
from moderation.decision import Outcome, Reason, Source
from moderation.errors import ConfigError, ConflictError, InvalidInputError, NotFoundError
from moderation.rule_packs import RuleFile
from moderation.rules import RuleState
from moderation.rules.backtest import SampleKind
from moderation.taxonomy import load_taxonomy
from records import erasing, ledger
from records import rule_backtests as stored
from records.database import Database
from records.judged import place_before
from records.personal import Keyring
from records.rule_backtests import HELD, BacktestRecord, BacktestState
from records.unit_of_work import Unit
from records.values import Judgement, VerdictKind
from review import queue
from review.verdicts import give_verdict
from tests.governance.test_rules import TODAY, a_rule, add, promote
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, put

ASKED = Standards(load_taxonomy(), TODAY, tried_first=True)
LIVE, SHADOW = RuleState.LIVE, RuleState.SHADOW
LATER = NOW + timedelta(hours=1)


def ask(unit: Unit, name: str = "ads.one", *, packed: RuleFile | None = None, most: int = 1000) -> BacktestRecord:
    return backtests.ask(unit, name, by="Mia", most=most, packed=lambda _: packed, now=LATER)


def asked(database: Database, *rules: RuleFile, **more: int) -> BacktestRecord:
    with database.unit() as unit:
        for rule in rules:
            add(unit, rule)
        record = ask(unit, **more)  # type: ignore[arg-type]
        unit.commit()
    return record


def read(database: Database, record: BacktestRecord, *chores: BacktestsChore) -> BacktestRecord:
    """Until nothing is read any more; the chores take turns, and the first of them is the last to hold anything."""
    now = LATER
    while record.is_open:
        for chore in chores or (BacktestsChore("one"),):
            chore(database, now)
            now += HELD
        with database.reading() as look:
            record = stored.get(look, record.id)
    return record


def shown(database: Database, record: BacktestRecord, *people: str) -> BacktestRecord:
    """Its comments stood before these people, or before Mia."""
    with database.unit() as unit:
        for who in people or ("Mia",):
            trials.show(unit, record, who, now=LATER)
        unit.commit()
    return record


def judge(database: Database, verdict: VerdictKind, *labels: str) -> None:
    with database.unit() as unit:
        [case] = queue.claim(unit, "wei", now=NOW)
        give_verdict(unit, NAMES, case.id, Judgement(verdict, labels), moderator="wei", token=None, now=NOW)
        unit.commit()


def promoted(unit: Unit, *, urgent: str = "") -> life.Promoted:
    wish = Wish("ads.one", LIVE, "Mia", "it held", urgent=urgent)
    return life.promote(unit, wish, standards=ASKED, packed=lambda _: None, now=LATER)


def test_what_it_hits_and_what_it_would_change_stands_beside_what_is_live(database: Database, keyring: Keyring) -> None:
    of_this = Reason("advertising", Source.RULE, Outcome.BLOCK, {"zh": "广", "en": "ad"}, "g", "ads.one")
    review = a_decision(Outcome.REVIEW, advertising=0.6)
    blocked = replace(review, outcome=Outcome.BLOCK, reasons=(of_this, *review.reasons))
    for text, decision in (("领优惠", review), ("优惠吗", review), ("特价", blocked), ("你好", a_decision())):
        put(database, keyring, an_answer(a_comment(text, known_as=text), decision))
    judge(database, VerdictKind.REJECT, "advertising")
    judge(database, VerdictKind.APPROVE)
    with database.unit() as unit:
        add(unit, a_rule(action="block", term="特价"))
        asked_for = promote(unit, LIVE)
        life.answer(
            unit, asked_for.approval.id, by="Ben", approve=True, note="x", standards=ASKED, now=NOW  # type: ignore[union-attr]
        )  # fmt: skip
        unit.commit()
    record = read(database, asked(database, a_rule(action="block", term="优惠")))
    result = result_of(record)
    assert result is not None
    assert result.today is not None
    [tried], [live] = result.draft.rules.values(), result.today.rules.values()
    assert (4, 4, BacktestState.DONE) == (result.rows, record.seen, record.state)
    assert (2, 1, 1, 1) == (tried.hits, tried.right, tried.wrong, live.hits)
    assert {(Outcome.REVIEW, Outcome.BLOCK): 2, (Outcome.BLOCK, Outcome.REVIEW): 1} == result.changes
    counts = {kind.value: len(samples) for kind, samples in result.samples.items() if samples}
    assert {"right": 1, "wrong": 1, "new": 2, "gone": 1} == counts
    assert "优惠" not in json.dumps(record.kept, ensure_ascii=False)


@pytest.mark.parametrize("fields", [{}, {"when": {"features": {"comments_1h": {"at_least": 4}}}}])
def test_another_worker_reads_on_where_one_stopped(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, fields: dict[str, object]
) -> None:
    """Also where counts over many comments have to be made again: windows are not kept, the last hour is told anew."""
    for number in range(9):
        text = f"优惠第{number}次" if number % 2 else f"你好第{number}次"
        put(database, keyring, an_answer(a_comment(text)), now=NOW + timedelta(minutes=number * 9))
    rule = a_rule(action="block", **fields)
    whole = read(database, asked(database, rule))
    monkeypatch.setattr(backtests, "_AT_ONCE", 2)
    parts = read(database, asked(database), BacktestsChore("one", 0.0), BacktestsChore("two", 0.0))
    assert (whole.kept, whole.seen) == (parts.kept, parts.seen)
    assert 4 == whole.kept["draft"]["rules"]["ads.one"][0] or fields  # type: ignore[index]
    assert whole.id != parts.id


def test_while_one_holds_it_another_finds_nothing_to_do(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(an_answer(a_comment(f"优惠{n}", known_as=str(n))) for n in range(3)))
    record = asked(database, a_rule())
    with database.unit() as unit:
        held = stored.claim(unit, "one", now=LATER)
        assert stored.claim(unit, "two", now=LATER + HELD / 2) is None
        unit.commit()
    assert held is not None
    assert 0 == BacktestsChore("two")(database, LATER)
    assert 3 == BacktestsChore("two")(database, LATER + HELD)
    with database.unit() as unit, pytest.raises(ConflictError):
        stored.note(unit, held, seen=1, place=None, kept={}, now=LATER)
    with database.reading() as look:
        assert BacktestState.DONE is stored.get(look, record.id).state


def test_it_is_tried_on_the_last_decisions_and_on_none_that_came_since(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(an_answer(a_comment(f"优惠{n}", known_as=str(n))) for n in range(1003)))
    record = asked(database, a_rule(), most=1000)
    put(database, keyring, an_answer(a_comment("优惠 since")), now=LATER)
    with database.reading() as look:
        assert place_before(look, 5000) is None
    record = read(database, record)
    assert (1000, 1000) == (record.seen, record.kept["rows"])  # type: ignore[index]


def test_what_goes_live_has_to_have_been_tried_just_as_it_is(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("优惠")))
    with database.unit() as unit:
        add(unit)
        with pytest.raises(NotTriedError, match=r"version 1: run `chaffinch rules trial ads\.one"):
            promoted(unit)
        unit.commit()
    record = shown(database, read(database, asked(database)))
    with database.unit() as unit:
        promote(unit, SHADOW)
        version = promoted(unit).version
        assert version is not None
        [entry] = [each for each in ledger.page(unit, limit=20).items if each.kind == "rule.live"]
        assert record.id == json.loads(entry.body)["facts"]["backtest"]
        add(unit, a_rule(term="特价"))
        with pytest.raises(NotTriedError):
            promoted(unit)


@pytest.mark.parametrize("action", ["review", "block"])
def test_what_cannot_wait_goes_live_untried_and_the_ledger_says_so(sqlite: Database, action: str) -> None:
    with sqlite.unit() as unit:
        add(unit, a_rule(action=action))
        done = promoted(unit, urgent="a wave")
        if done.approval:
            assert done.approval.facts["untried"] is True
            life.answer(unit, done.approval.id, by="Ben", approve=True, note="x", standards=ASKED, now=NOW)
        [entry] = [each for each in ledger.page(unit, limit=20).items if each.kind == "rule.live"]
    body = json.loads(entry.body)
    assert (True, None) == (body["facts"]["untried"], body["facts"]["backtest"])
    assert body["reason"].startswith("it held")


def test_to_the_shadow_and_back_nothing_is_asked_for(sqlite: Database) -> None:
    with sqlite.unit() as unit:
        add(unit)
        for to in (SHADOW, RuleState.RETIRED):
            wish = Wish("ads.one", to, "Mia", "w")
            assert life.promote(unit, wish, standards=ASKED, packed=lambda _: None, now=NOW).version


def test_the_same_is_tried_once_at_a_time_and_bounds_hold(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite.unit() as unit:
        add(unit)
        assert ask(unit).id == ask(unit).id
        with pytest.raises(InvalidInputError):
            ask(unit, most=10_000_000)
        with pytest.raises(NotFoundError):
            ask(unit, "ads.none")
        packed = a_rule("ads.packed")
        assert packed.id == ask(unit, "ads.packed", packed=packed).rule_id
        monkeypatch.setattr(backtests, "MOST_OPEN", 2)
        with pytest.raises(ConflictError, match="2 backtests wait"):
            ask(unit, "ads.other", packed=a_rule("ads.other"))


def test_a_pack_that_cannot_be_read_keeps_nobody_from_trying_a_draft(sqlite: Database) -> None:
    def torn(_: str) -> RuleFile | None:
        raise ConfigError("torn", [])

    with sqlite.unit() as unit:
        add(unit)
        assert backtests.ask(unit, "ads.one", by="Mia", packed=torn, now=NOW).beside is None
        with pytest.raises(ConfigError):
            backtests.ask(unit, "ads.two", by="Mia", packed=torn, now=NOW)


def test_a_rule_that_cannot_be_read_any_more_ends_it(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("优惠")))
    with sqlite.unit() as unit:
        document = life.as_document(a_rule()) | {"patterns": 7}
        new = stored.NewBacktest("ads.one", "x", document, None, "Mia", 1, None)
        record = stored.ask(unit, new, now=NOW)
        unit.commit()
    assert BacktestState.FAILED is read(sqlite, record).state


def test_what_fails_does_not_fail_again_in_every_second(
    sqlite: Database, keyring_of_sqlite: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("优惠")))
    record = asked(sqlite, a_rule())
    monkeypatch.setattr(backtests, "row_of", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        BacktestsChore("one")(sqlite, LATER)
    assert 0 == BacktestsChore("one")(sqlite, LATER)
    with sqlite.reading() as look:
        assert BacktestState.FAILED is stored.get(look, record.id).state


def test_what_is_erased_is_neither_read_nor_sampled(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("优惠")))
    record = asked(sqlite, a_rule())
    with sqlite.unit() as unit:
        erasing.erase_some(unit, keyring_of_sqlite, "author-7f3a", now=NOW)
        unit.commit()
    record = read(sqlite, record)
    result = result_of(record)
    assert result is not None
    assert (1, 0, []) == (record.seen, result.rows, result.samples[SampleKind.NEW])
