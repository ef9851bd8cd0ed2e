"""The table of rules: hits by day, precision and overturns with how many they come from, age, CSV."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from datetime import timedelta

import pytest

from console.rule_figures import LineFigures
from governance.rule_backtests import BacktestsChore
from moderation.decision import RuleEffect
from moderation.rules import RuleState
from moderation.rules.backtest import Share
from records import rule_hits
from records.values import VerdictKind
from tests.console.house import House
from tests.console.test_backtests import ask
from tests.governance.test_rules import PACK
from tests.records.factories import put
from tests.records.test_rule_verdicts import hit_by, judge

LIVE, SHADOW = RuleState.LIVE, RuleState.SHADOW


def table(house: House, query: str = "") -> list[dict[str, str]]:
    answer = house.logged_in("wei", "lead").get(f"/rules/table/rules.csv{query}")
    assert 200 == answer.status_code
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_precision_and_overturns_come_from_verdicts_and_small_numbers_are_not_judged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.rule("ads.one", action="review", label="gambling")
    house.promote("ads.one", LIVE)
    put(house.database, house.keyring, *(hit_by("ads.one", text=text) for text in ("一", "二", "三")))
    for verdict, labels in ((VerdictKind.REJECT, ["gambling"]), (VerdictKind.APPROVE, []), (VerdictKind.APPROVE, [])):
        judge(house.database, verdict, *labels)
    monkeypatch.setattr("console.rule_figures.JUDGED_DAYS", 3650)
    visitor = house.logged_in("mei")
    page = visitor.page("/rules")
    assert ["1 of 3: too few", "2 of 3: too few"] == [
        told for told in ("1 of 3: too few", "2 of 3: too few") if told in page
    ]
    monkeypatch.setattr("console.pages.rules.ENOUGH", 3)
    monkeypatch.setattr("console.rule_figures.ENOUGH", 3)
    page = visitor.page("/rules")
    assert "33\u202f%<br>" in page
    assert "of 3, 6\u202f%–79\u202f%" in page
    assert "67\u202f%<br>" in page
    [row] = table(house)
    assert ("1", "2", "0.3333", "3", "2") == tuple(
        row[name] for name in ("right", "wrong", "precision", "judged", "overturned")
    )


def test_hits_are_drawn_by_day(house: House) -> None:
    house.rule("ads.one", action="review")
    house.promote("ads.one", SHADOW)
    with house.database.unit() as unit:
        for back, number in ((6, 2), (1, 4)):
            effects = [RuleEffect("ads.one", SHADOW, hit=True, changes=False)] * number
            rule_hits.count(unit, effects, now=house.clock() - timedelta(days=back))
        unit.commit()
    page = house.logged_in("mei").page("/rules")
    assert 'aria-label="Hits by day, today&#39;s last: 2, 0, 0, 0, 0, 4, 0"' in page
    assert 'd="M0 14V7.0h5V14zM30 14V0.0h5V14z"' in page


def test_a_chart_of_nothing_is_none() -> None:
    assert "" == LineFigures((0, 0), Share(0, 0), Share(0, 0), None, None).spark


def test_a_rule_in_the_shadow_has_the_precision_of_its_backtest(house: House) -> None:
    put(house.database, house.keyring, hit_by(text="领优惠"), hit_by(text="优惠吗"))
    for _ in range(2):
        judge(house.database, VerdictKind.REJECT, "gambling")
    house.rule("ads.one", label="gambling")
    house.promote("ads.one", SHADOW)
    ask(house.logged_in("lia", "lead"))
    BacktestsChore("test")(house.database, house.clock())
    page = house.logged_in("mei").page("/rules")
    assert all(one in page for one in ("2 of 2: too few", "in its backtest"))


def test_a_pack_that_was_written_anew_is_as_old_as_what_its_rules_hit(house: House) -> None:
    (house.parts.packs / "ads.toml").write_text(PACK, encoding="utf-8")
    three_days_ago = house.clock() - timedelta(days=3)
    with house.database.unit() as unit:
        rule_hits.count(unit, [RuleEffect("ads.packed", "live", hit=True, changes=False)], now=three_days_ago)
        unit.commit()
    page = house.logged_in("mei").page("/rules")
    assert f"first hit in this chart on {three_days_ago:%Y-%m-%d} (UTC)" in page
    assert f"{three_days_ago:%Y-%m-%d}" == table(house, "?q=ads.packed")[0]["since"]


def test_a_pack_s_rule_is_as_old_as_its_file_and_a_stored_one_as_its_first_version(house: House) -> None:
    file = house.parts.packs / "ads.toml"
    file.write_text(PACK, encoding="utf-8")
    written = (house.clock() - timedelta(days=40)).timestamp()
    os.utime(file, (written, written))
    house.rule("ads.one", action="review")
    house.clock.forward(days=9)
    house.promote("ads.one", LIVE)
    page = house.logged_in("mei").page("/rules")
    assert all(one in page for one in ("by its file", "first written 9 d ago", "49 d ago"))
    rows = table(house, "?q=ads.packed")
    assert [("ads.packed", "ads.toml", "live")] == [(row["rule"], row["where"], row["state"]) for row in rows]
    assert rows[0]["since"].startswith(f"{house.clock() - timedelta(days=49):%Y-%m-%d}")


def test_a_shipped_pack_s_rule_has_no_age_but_that_it_is_shipped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    file = house.parts.packs / "ads.toml"
    file.write_text(PACK, encoding="utf-8")
    said = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setattr("moderation.shipped.shipped", lambda: {"rules/ads.toml": said})
    page = " ".join(house.logged_in("mei").page("/rules").split())
    assert "<td>shipped</td>" in page
    assert "by its file" not in page
    assert ["", ""] == [table(house, "?q=ads.packed")[0][name] for name in ("since", "first")]
    with house.database.unit() as unit:
        rule_hits.count(unit, [RuleEffect("ads.packed", "live", hit=True, changes=False)], now=house.clock())
        unit.commit()
    assert "first hit in this chart today (UTC)" in house.logged_in("mei").page("/rules")
