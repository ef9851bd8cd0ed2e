from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from moderation.comment import MAX_TEXT
from moderation.decision import Outcome
from moderation.rules import Conditions, Range, Rule, RuleContext, RuleSet
from moderation.rules.backtest import ELLIPSIS, SAMPLES, SHOWN, Backtest, BacktestRow, SampleKind, Share, backtest
from moderation.rules.difference import Changed, difference

SPAM = Rule("ads.spam", "advertising", {}, Outcome.REVIEW, "g", terms=("优惠",))
BETS = Rule("bets.all", "gambling", {}, Outcome.BLOCK, "g", terms=("时时彩",))
ROWS = (
    BacktestRow("1", "优惠来了", {"advertising": True}),
    BacktestRow("2", "优惠吗", {"advertising": False}),
    BacktestRow("3", "优惠", {}),
    BacktestRow("4", "打折", {"advertising": True}),
    BacktestRow("5", "时时彩", {"gambling": True}),
    BacktestRow("6", "你好", {"gambling": False}),
)


def ran(draft: tuple[Rule, ...], today: tuple[Rule, ...] | None = None) -> Backtest:
    beside = None if today is None else RuleSet(today, "today")
    return backtest(RuleSet(draft, "draft"), ROWS, today=beside)


def test_hits_precision_and_recall_are_counted_where_labels_are_known() -> None:
    figures = ran((SPAM,)).draft.rules["ads.spam"]
    assert (3, 1, 1) == (figures.hits, figures.right, figures.wrong)
    assert (Share(1, 2), Share(1, 2)) == (figures.precision, figures.recall)


def test_a_share_of_nothing_is_nothing() -> None:
    assert (None, None) == (Share(0, 0).share, Share(0, 0).interval)


def test_an_interval_holds_its_share() -> None:
    low, high = Share(9, 10).interval or (1, 0)
    assert (0.596, 0.982) == pytest.approx((low, high), abs=0.001)


def test_what_would_change_is_counted_beside_the_rules_of_today() -> None:
    result = ran((BETS,), (SPAM,))
    assert {(Outcome.REVIEW, Outcome.PASS): 3, (Outcome.PASS, Outcome.BLOCK): 1} == result.changes
    assert ["5"] == [one.id for one in result.samples[SampleKind.NEW]]
    assert ["1", "2", "3"] == [one.id for one in result.samples[SampleKind.GONE]]


def test_a_decision_that_stands_without_rules_is_not_changed_by_them() -> None:
    rows = [replace(row, otherwise=Outcome.BLOCK) for row in ROWS]
    result = backtest(RuleSet((BETS,), "draft"), rows, today=RuleSet((SPAM,), "today"))
    assert {Outcome.BLOCK: 6} == result.draft.outcomes
    assert not result.changes


def test_samples_show_each_kind() -> None:
    samples = {kind: [one.id for one in found] for kind, found in ran((SPAM, BETS)).samples.items() if found}
    assert {
        SampleKind.RIGHT: ["1", "5"], SampleKind.WRONG: ["2"], SampleKind.UNKNOWN: ["3"], SampleKind.MISSED: ["4"],
    } == samples  # fmt: skip


def test_conditions_are_asked_of_each_row() -> None:
    live = replace(SPAM, when=SPAM.when.model_copy(update={"surfaces": ("live",)}))
    rows = [BacktestRow(name, "优惠", context=RuleContext(surface=name)) for name in ("live", "news")]
    assert 1 == backtest(RuleSet((live,), "t"), rows).draft.rules["ads.spam"].hits


YOUNG = replace(SPAM, id="ads.young", when=Conditions(verified=False, account_age_days=Range(below=7)))


def test_a_rule_that_asks_for_what_no_row_says_is_not_judged_instead_of_hitting_nothing() -> None:
    spam, young = (ran((SPAM, YOUNG)).draft.rules[rule.id] for rule in (SPAM, YOUNG))
    assert (True, {"verified": 6, "account_age_days": 6}) == (young.is_unjudged, young.lacking)
    assert (None, 2) == (young.recall.share, spam.recall.rows)
    assert (False, {}) == (spam.is_unjudged, spam.lacking)


def test_a_rule_is_judged_on_the_rows_that_say_what_it_asks() -> None:
    said = RuleContext(verified=False, account_age_days=2)
    rows = [BacktestRow("1", "优惠", context=said), BacktestRow("2", "优惠", context=RuleContext(verified=False))]
    figures = backtest(RuleSet((YOUNG,), "t"), rows).draft
    assert [(1, 1, {"account_age_days": 1})] == [(each.hits, each.judged, each.lacking) for each in figures.part_judged]
    assert not figures.rules["ads.young"].is_unjudged


@pytest.mark.parametrize(
    ("when", "lacking"),
    [
        (Conditions(surfaces=("live",)), "surfaces"),
        (Conditions(credit=Range(below=1)), "credit"),
        (Conditions(features={"comments_1m": Range(at_least=9)}), "features.comments_1m"),
    ],
)
def test_each_condition_is_named_where_nobody_knows(when: Conditions, lacking: str) -> None:
    rows = [BacktestRow("1", "优惠", context=RuleContext(surface=""))]
    result = backtest(RuleSet((replace(SPAM, when=when),), "t"), rows)
    assert {lacking: 1} == result.draft.rules["ads.spam"].lacking


def test_a_language_that_nobody_says_is_read_from_the_text() -> None:
    chinese = replace(SPAM, when=Conditions(languages=("zh",)))
    figures = backtest(RuleSet((chinese,), "t"), [BacktestRow("1", "今天的优惠很多")]).draft.rules["ads.spam"]
    assert (1, {}) == (figures.hits, figures.lacking)


def test_what_is_longer_than_a_comment_is_counted_and_not_judged() -> None:
    rows = [BacktestRow("1", "优惠" + "x" * (MAX_TEXT - 2)), BacktestRow("2", "优惠" + "x" * (MAX_TEXT - 1))]
    result = backtest(RuleSet((SPAM,), "t"), rows)
    assert (1, 1, 1) == (result.rows, result.too_long, result.draft.rules["ads.spam"].hits)


def test_a_long_sample_shows_what_was_found_and_says_how_long_it_is() -> None:
    text = "前" * 5000 + "优惠" + "后" * 1000
    result = backtest(RuleSet((SPAM,), "t"), [BacktestRow("1", text), BacktestRow("2", text[5000:])])
    middle, begin = result.samples[SampleKind.UNKNOWN]
    assert (6002, SHOWN + 2, True, True) == (
        middle.length, len(middle.text), middle.text.startswith(ELLIPSIS), middle.text.endswith(ELLIPSIS),
    )  # fmt: skip
    assert (1002, SHOWN + 1, "优惠后") == (begin.length, len(begin.text), begin.text[:3])
    assert ["优惠", "优惠"] == [span.of(one.text) for one in (middle, begin) for span in one.spans]


def test_many_rows_are_read_once_and_twenty_samples_kept_from_all_of_them() -> None:
    seen: list[int] = []

    def rows() -> Iterator[BacktestRow]:
        for number in range(5000):
            yield BacktestRow(str(number), "优惠")

    result = backtest(RuleSet((SPAM,), "t"), rows(), told=seen.append)
    kept = [int(one.id) for one in result.samples[SampleKind.UNKNOWN]]
    assert (5000, SAMPLES) == (result.rows, len(kept))
    assert max(kept) > 2500
    assert [*range(500, 5001, 500), 5000] == seen


def test_a_difference_names_rules_that_came_went_and_changed() -> None:
    changed = replace(SPAM, terms=("优惠", "特价"), action=Outcome.BLOCK)
    found = difference([SPAM, BETS], [changed, replace(BETS, id="bets.new")])
    assert (("bets.new",), ("bets.all",)) == (found.added, found.removed)
    assert (
        Changed("ads.spam", "action", "review", "block"),
        Changed("ads.spam", "terms", "", "特价"),
    ) == found.changed


def test_equal_sets_have_no_difference() -> None:
    assert difference([SPAM, BETS], [BETS, SPAM]).is_none
