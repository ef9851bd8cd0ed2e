"""Comments of the past, counted as they came: what is known of each, and what nobody may guess."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from moderation.behaviour import FEATURES, Sizes
from moderation.comment import MAX_TEXT
from moderation.decision import Outcome
from moderation.normaliser import normalise
from moderation.replay import Replay, Replayed, Sent
from moderation.rules import Conditions, Range, Rule, RuleContext, RuleSet
from moderation.rules.backtest import SAMPLES, Backtest, BacktestRow, SampleKind, backtest
from tests.moderation.work import calls

NOW = 1_770_000_000.0
SMALL = Sizes(texts=64, bursts=16, accounts=64, threads=16, contacts=16)
ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高"
CONTACT = "有意加微信 abc8827k"


def sent(after: float = 0, author: str | None = "a", thread: str | None = "t") -> Sent:
    return Sent(NOW + after, author, thread)


def context_of(replay: Replay, who: Sent, text: str = ADVERT, context: RuleContext | None = None) -> RuleContext:
    return replay.context(who, normalise(text), context or RuleContext())


def unknown(context: RuleContext) -> set[str]:
    return set(FEATURES) - context.features.keys() - context.absent


def on(feature: str, at_least: float) -> Rule:
    when = Conditions(features={feature: Range(at_least=at_least)})
    return Rule(f"on.{feature}", "advertising", {}, Outcome.REVIEW, "g", when=when)


def ran(rows: Iterable[BacktestRow], *rules: Rule, today: tuple[Rule, ...] | None = None) -> Backtest:
    return backtest(RuleSet(rules, "draft"), rows, today=None if today is None else RuleSet(today, "today"))


def copies(number: int, **fields: str | None) -> list[BacktestRow]:
    return [BacktestRow(str(n), ADVERT, sent=replace(sent(n, f"a{n}", f"t{n}"), **fields)) for n in range(number)]


def hit(result: Backtest) -> list[str]:
    return [sample.id for sample in result.samples[SampleKind.UNKNOWN]]


def test_each_comment_has_the_counts_of_those_before_it() -> None:
    replay = Replay(())
    told = [context_of(replay, sent(n, f"a{n}"), f"{ADVERT}{n}").features["duplicates_1h"] for n in range(4)]
    assert [1, 2, 3, 4] == told
    assert Replayed(counted=4) == replay.told


def test_a_burst_is_found_from_the_comment_on_that_fulfils_the_rule() -> None:
    result = ran(copies(6), on("duplicates_1h", 4), on("duplicate_threads_1h", 5))
    assert ["3", "4", "5"] == hit(result)
    assert {"on.duplicates_1h": 3, "on.duplicate_threads_1h": 2} == {
        rule.id: rule.hits for rule in result.draft.by_hits
    }
    assert [] == result.draft.part_judged


def test_comments_of_one_moment_count_in_the_order_in_which_they_stand() -> None:
    rows = [BacktestRow(str(n), ADVERT, sent=sent(0, f"a{n}")) for n in range(4)]
    result = ran(rows, on("duplicates_1h", 3))
    assert (["2", "3"], 0) == (hit(result), result.replayed.late if result.replayed else None)


def test_an_hour_later_nothing_is_left() -> None:
    rows = [*copies(3), BacktestRow("late", ADVERT, sent=sent(3700))]
    assert ["2"] == hit(ran(rows, on("duplicates_1h", 3)))


def test_a_row_behind_a_later_one_is_not_judged_and_counts_for_those_that_follow() -> None:
    first, second, third, fourth = copies(4)
    result = ran([first, third, second, fourth], on("duplicates_1h", 3))
    (figures,) = result.draft.part_judged
    assert (["3"], 3, {"features.duplicates_1h": 1}) == (hit(result), figures.judged, figures.lacking)
    assert Replayed(counted=4, late=1) == result.replayed


def test_a_file_whose_newest_row_comes_first_is_judged_on_that_row_alone() -> None:
    result = ran(reversed(copies(5)), on("duplicates_1h", 1))
    assert (["4"], Replayed(counted=5, late=4)) == (hit(result), result.replayed)


def test_a_row_without_a_time_is_neither_judged_nor_counted() -> None:
    timeless = BacktestRow("x", ADVERT, sent=Sent(None, "b", "u"))
    first, second, third = copies(3)
    result = ran([first, timeless, second, timeless, third], on("duplicates_1h", 3))
    (figures,) = result.draft.part_judged
    assert (["2"], 3, {"features.duplicates_1h": 2}) == (hit(result), figures.judged, figures.lacking)
    assert Replayed(counted=3, without_time=2) == result.replayed


def test_rows_that_say_nothing_of_when_leave_the_rule_unjudged() -> None:
    result = ran([BacktestRow("1", ADVERT)], on("comments_1m", 1))
    assert result.draft.rules["on.comments_1m"].is_unjudged
    assert Replayed(without_time=1) == result.replayed


@pytest.mark.parametrize(
    ("who", "text", "known", "not_known"),
    [
        (sent(author=None), ADVERT, {"duplicates_1h", "duplicate_threads_1h", "thread_comments_1m"},
         {"duplicate_accounts_1h", "comments_1m", "comments_1h"}),
        (sent(thread=None), ADVERT, {"duplicates_1h", "duplicate_accounts_1h", "comments_1m", "comments_1h"},
         {"duplicate_threads_1h", "thread_comments_1m"}),
        (sent(author=None), CONTACT, {"thread_comments_1m"}, {"accounts_for_contact", "comments_1m", "comments_1h"}),
        (sent(), "哈哈", {"comments_1m", "comments_1h", "thread_comments_1m"}, set()),
        (sent(author=None, thread=None), "哈哈", set(), {"comments_1m", "comments_1h", "thread_comments_1m"}),
        (Sent(None, "a", "t"), ADVERT, set(), set(FEATURES)),
        (sent(), " \u200b ", set(), set()),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_not_known_and_what_is_not_there_is_known_not_to_be(
    who: Sent, text: str, known: set[str], not_known: set[str]
) -> None:
    context = context_of(Replay(()), who, text)
    assert (known, not_known) == (set(context.features), unknown(context))


def test_a_text_too_short_to_be_told_apart_is_judged_and_does_not_hit() -> None:
    rows = [BacktestRow(str(n), "哈哈哈", sent=sent(n)) for n in range(5)]
    figures = ran(rows, on("duplicates_1h", 1)).draft.rules["on.duplicates_1h"]
    assert (0, 5, {}) == (figures.hits, figures.judged, figures.lacking)


def test_rows_without_an_author_are_not_taken_for_one_account() -> None:
    named = [BacktestRow(f"by {n}", ADVERT, sent=sent(10 + n, f"a{n}")) for n in range(2)]
    result = ran([*copies(3, author=None), *named], on("duplicate_accounts_1h", 2), on("duplicates_1h", 4))
    accounts, texts = (result.draft.rules[name] for name in ("on.duplicate_accounts_1h", "on.duplicates_1h"))
    assert (1, 2, {"features.duplicate_accounts_1h": 3}) == (accounts.hits, accounts.judged, accounts.lacking)
    assert (2, 5, {}) == (texts.hits, texts.judged, texts.lacking)
    assert Replayed(counted=5, without_author=3) == result.replayed


def test_accounts_that_give_one_contact_are_counted_whatever_they_write() -> None:
    texts = (CONTACT, "微信：abc8827k 了解一下", "价格好商量，+v abc8827k")
    rows = [BacktestRow(str(n), text, sent=sent(n, f"a{n}")) for n, text in enumerate(texts)]
    assert ["2"] == hit(ran(rows, on("accounts_for_contact", 3)))


def test_what_is_no_comment_is_not_counted() -> None:
    rows = [BacktestRow("1", " \u200b", sent=sent()), BacktestRow("2", "x" * (MAX_TEXT + 1), sent=sent())]
    result = ran([*rows, BacktestRow("3", "你好", sent=sent())], on("comments_1m", 2))
    assert (0, Replayed(counted=1)) == (result.draft.rules["on.comments_1m"].hits, result.replayed)


def test_what_a_row_says_itself_stands() -> None:
    said = RuleContext(features={"comments_1m": 40})
    context = context_of(Replay(()), sent(), context=said)
    assert (40, 1) == (context.features["comments_1m"], context.features["comments_1h"])
    assert {"comments_1m": 40} == context_of(Replay(()), Sent(), context=said).features


def test_nothing_is_replayed_where_no_rule_asks() -> None:
    rule = Rule("ads.spam", "advertising", {}, Outcome.REVIEW, "g", terms=("礼品卡",))
    assert ran(copies(2), rule).replayed is None
    asking = ran(copies(2), rule, today=(on("duplicates_1h", 2),))
    assert (Replayed(counted=2), 1) == (asking.replayed, asking.today and asking.today.by_hits[0].hits)


class Text(str):
    """A text that tells when nobody holds it any more."""

    __slots__ = ("__weakref__",)


def stream(number: int, held: weakref.WeakSet[Text]) -> Iterator[BacktestRow]:
    """Comments of which some repeat others: more accounts, threads, texts and contacts than small tables hold."""
    for n in range(number):
        text = Text(f"{ADVERT}{chr(0x4E00 + n % 7) * 9}" if n % 3 else f"{CONTACT}{n % 50}")
        held.add(text)
        yield BacktestRow(str(n), text, sent=sent(n / 10, f"a{n % 997}", f"t{n % 331}"))


def test_memory_and_work_of_a_row_are_the_same_after_any_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six hundred rows turn tables of 64 over more often than a million turn over those of every day."""
    replays: list[Replay] = []
    held = weakref.WeakSet[Text]()
    most: list[int] = []

    def small(kinds: frozenset[str]) -> Replay:
        replays.append(Replay(kinds, SMALL))
        return replays[-1]

    def looked_at(number: int) -> Iterator[BacktestRow]:
        for row in stream(number, held):
            yield row
            most.append(len(held))

    def work(number: int) -> int:
        return calls(lambda: ran(looked_at(number), on("duplicates_1h", 5), on("comments_1h", 3)))

    monkeypatch.setattr("moderation.rules.backtest.Replay", small)
    work(10)  # what is made once
    assert work(600) <= 2.1 * work(300)
    assert max(most) <= SAMPLES * len(SampleKind) + 3
    assert {Replay((), SMALL).nbytes} == {replay.nbytes for replay in replays}


def test_the_windows_of_a_backtest_are_those_of_a_service() -> None:
    assert Replay(()).nbytes <= 72_000_000
