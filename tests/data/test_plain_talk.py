"""Short offences that are worded like harmless talk."""

from __future__ import annotations

import pytest

from data.corpus_lint import look_over
from data.plain_talk import PairWeights, pairs, worded_harmlessly
from data.starter import Written
from tests.data.conftest import Workshop

HARMLESS = ("晨跑第三天，腿酸", "今天晨跑打卡了没", "打卡第十天，吃得清淡", "晨跑完喝豆浆", "第三十天没喝奶茶")
TASKS = ("刷单日结，找我", "日结刷单，手机就行", "招刷单员，当天日结")
PLAIN = "晨跑打卡第三十天"
"""A swindler's first remark, and anybody's."""


def _row(text: str, group: str, *labels: str, lang: str = "zh") -> Written:
    return Written(f"{lang}/some.tsv", 2, lang, labels, "kind", "social", group, text)


def _corpus(*more: Written) -> list[Written]:
    harmless = [_row(text, f"ok{number}") for number, text in enumerate(HARMLESS)]
    tasks = [_row(text, f"task{number}", "fraud") for number, text in enumerate(TASKS)]
    return [*harmless, *tasks, *more]


def test_an_offence_in_the_words_of_harmless_talk_is_found_and_one_in_its_trade_s_words_is_not() -> None:
    plain, trade = _row(PLAIN, "hearts", "fraud"), _row("在家刷单，日结", "task9", "fraud")

    assert list(worded_harmlessly(_corpus(plain, trade), frozenset())) == [plain]


def test_what_a_reviewer_called_harm_is_not_asked_again() -> None:
    assert not list(worded_harmlessly(_corpus(_row(PLAIN, "hearts", "fraud")), frozenset({PLAIN})))


def test_rows_of_one_scene_do_not_speak_for_each_other() -> None:
    scene = [_row(text, "hearts", "fraud") for text in (PLAIN, "晨跑打卡第三十一天", "晨跑打卡第三十二天")]

    assert list(worded_harmlessly(_corpus(*scene), frozenset())) == scene


@pytest.mark.parametrize(
    "row",
    [
        _row(PLAIN, "g", "abuse"),
        _row(PLAIN, "g"),
        _row("晨跑打卡第三十天，打卡第三十天了", "g", "fraud"),
        _row(PLAIN, "g", "fraud", lang="ja"),
    ],
    ids=["insult", "harmless", "long enough to say what it is about", "other language"],
)
def test_only_short_chinese_offences_of_a_trade_are_asked(row: Written) -> None:
    assert not list(worded_harmlessly(_corpus(row), frozenset()))


def test_a_pair_that_nobody_else_writes_says_nothing() -> None:
    row = _row("沉香林权", "trees", "fraud")

    assert PairWeights.of(_corpus(row)).weigh(row) == pytest.approx(0)


def test_spaces_and_punctuation_part_no_pair() -> None:
    assert pairs("加 我，🐧！") == {"加我", "我🐧"}


def test_the_corpus_names_such_rows_as_a_fault(workshop: Workshop, names: tuple[str, ...]) -> None:
    workshop.corpus("zh/fraud", [f"fraud\tfake_orders\tsocial\tt{n}\t{text}" for n, text in enumerate((*TASKS, PLAIN))])
    workshop.corpus("zh/everyday", [f"ok\ttalk\tsocial\tg{n}\t{text}" for n, text in enumerate(HARMLESS)])

    (told,) = (fault for fault in look_over(workshop.places.starter, names).faults if "harmless talk" in fault)

    assert told.startswith("1 harmful rows below 16 characters in the words of harmless talk")
    assert told.endswith(": zh/fraud.tsv:5")
