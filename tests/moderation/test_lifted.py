"""What reads otherwise than it is written is told place by place."""

from __future__ import annotations

import pytest

from moderation.decision import Outcome
from moderation.lifted import MOST, Lifted, lifted
from moderation.normaliser import ViewName, normalise
from moderation.rules import Rule, RuleSet
from moderation.spans import Span

JOINED, SHAPE, SOUND = ViewName.JOINED, ViewName.SHAPE, ViewName.PHONETIC


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        (Lifted(Span(2, 5), "微信", JOINED), "加我微❤信"),
        (Lifted(Span(1, 4), "裸聊", JOINED), "来裸.聊"),
        (Lifted(Span(4, 13), "idiot", JOINED), "you i d i o t"),
        (Lifted(Span(8, 12), "shit", SHAPE), "you are sh1t"),
        (Lifted(Span(2, 4), "赌博", SHAPE), "网上赌愽"),
        (Lifted(Span(0, 3), "权益", SHAPE), "木又益"),
        (Lifted(Span(1, 3), "微信", "spelling"), "加薇信聊"),
        (Lifted(Span(0, 2), "微信", "spelling"), "加薇聊"),
        (Lifted(Span(2, 4), "微信", "spelling"), "加我薇❤"),
        (Lifted(Span(0, 2), "微信", "spelling"), "V信同号"),
        (Lifted(Span(2, 4), "傻逼", "spelling"), "你个煞笔"),
        (Lifted(Span(0, 2), "拤", SHAPE), "扌卡死你"),
        (Lifted(Span(2, 4), "法", SHAPE), "黄色氵去"),
    ],
)
def test_a_word_that_a_view_puts_together_is_told_with_its_place(expected: Lifted, sent: str) -> None:
    assert (expected,) == lifted(normalise(sent))


@pytest.mark.parametrize(
    "sent",
    [
        "今天天气真好，我们去公园吧！他说：“好。”",
        "I went home. It was a nice day, really.",
        "2.5元/斤，1、苹果 2、香蕉",
        "see http://a.b/c?x=1 and foo.bar/baz",
        "中国，人民！第一，第二；第三",
        "真的 超 好 吃 哦",
        "她叫小薇，墙边的蔷薇开了",
        "威信很高的老师，说话算数",
        "扣扣子扣不上，手麻",
        "加维生素的饮料，加V是加维生素",
        "红绿标进度，改成了圆圈",
        "某宝买的，某东也有",
        "提手旁是扌，扌卡合起来念qia",
        "氵工是江字的两部分，左边是三点水旁",
        "征信报告去银行打",
        "微博加v了",
        "chat we have deaf viewers tonight so mods please pin the captions",
        "",
    ],
)
def test_everyday_text_reads_as_it_is_written(sent: str) -> None:
    assert () == lifted(normalise(sent))


def _rules(term: str) -> RuleSet:
    views = (ViewName.CANONICAL, JOINED, SHAPE, SOUND)
    return RuleSet([Rule("a.one", "any", {}, Outcome.REVIEW, "", views=views, terms=(term,))], "r")


@pytest.mark.parametrize(
    ("expected", "term", "sent"),
    [
        (Lifted(Span(0, 6), "办证", SOUND), "办证", "办zheng找我"),
        (Lifted(Span(1, 3), "微信", "spelling"), "微信", "加V信"),
        (Lifted(Span(1, 4), "裸聊", JOINED), "裸聊", "来裸.聊"),
    ],
)
def test_what_a_rule_found_is_told_as_its_term(expected: Lifted, term: str, sent: str) -> None:
    read = normalise(sent)
    assert (expected,) == lifted(read, _rules(term).marks_of(read, {"a.one"}))


def test_what_a_rule_found_as_it_is_written_is_no_disguise() -> None:
    read = normalise("加微信")
    assert () == lifted(read, _rules("微信").marks_of(read, {"a.one"}))


def test_marks_are_those_of_the_rules_that_are_asked_for() -> None:
    assert [] == _rules("微信").marks_of(normalise("加V信"), {"a.two"})


def test_so_many_places_are_told_and_no_more() -> None:
    assert MOST == len(lifted(normalise("来裸.聊，" * 40)))
