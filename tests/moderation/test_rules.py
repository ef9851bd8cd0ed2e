from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import re2
from hypothesis import assume, given
from hypothesis import strategies as st

from moderation.decision import Outcome
from moderation.normaliser import Normalised, normalise
from moderation.rules import MAX_SPANS, Conditions, Hit, Range, Rule, RuleContext, RuleSet, RuleState, sees
from moderation.rules.patterns import compile_pattern
from moderation.spans import Span
from moderation.views.view import ViewName

EVERY_VIEW = tuple(ViewName)
TITLE = {"zh": "规则", "en": "rule"}


def rule(**fields: object) -> Rule:
    defaults: dict[str, object] = {
        "id": "test.rule",
        "label": "advertising",
        "title": TITLE,
        "action": Outcome.REVIEW,
        "ground": "ground",
    }
    return Rule(**{**defaults, **fields})  # type: ignore[arg-type]


def find(text: str, **fields: object) -> list[str]:
    """The parts of `text` that the rule with these fields finds."""
    hits = RuleSet([rule(**fields)], "t").find(normalise(text))
    return [span.of(text) for hit in hits for span in hit.spans]


def test_a_term_is_found_in_every_spelling_that_the_canonical_view_unites() -> None:
    assert ["加\u200bＶ", "加v"] == find("快加\u200bＶ，再加v", terms=("加V",))


def test_a_latin_term_does_not_hit_inside_a_longer_word() -> None:
    assert [] == find("svxy", terms=("vx",))
    assert ["vx"] == find("vx8899", terms=("vx",))


def test_every_group_of_all_has_to_be_there() -> None:
    groups = (("百家乐", "时时彩"), ("加群", "进群"))
    assert [] == find("时时彩", all_of=groups)
    assert ["时时彩", "进群"] == find("时时彩，进群", all_of=groups)


def test_a_term_of_not_silences_the_rule() -> None:
    assert [] == find("警方查获裸聊团伙", terms=("裸聊",), none_of=("警方",))


def test_patterns_and_terms_of_one_rule_are_alternatives() -> None:
    assert ["abc"] == find("x abc y", terms=("nothing",), patterns=("a.c",))


def test_spans_of_one_rule_are_bounded() -> None:
    text = "广告 x " * 500
    hits = RuleSet([rule(terms=("广告",), patterns=("x",))], "t").find(normalise(text))
    assert MAX_SPANS == len(hits[0].spans)


def test_touching_spans_are_shown_as_one() -> None:
    hits = RuleSet([rule(terms=("加微", "微信"))], "t").find(normalise("加微信"))
    assert (Span(0, 3),) == hits[0].spans


def test_an_empty_set_finds_nothing() -> None:
    assert [] == RuleSet([], "t").find(normalise("任何文字"))


def hits(text: str, context: RuleContext | None = None, **fields: object) -> list[Hit]:
    return RuleSet([rule(**fields)], "t").find(normalise(text), context or RuleContext())


def test_every_term_of_one_list_of_any_has_to_be_there() -> None:
    lists = (("棋牌", "代理"), ("捕鱼", "上分"))
    assert [] == find("棋牌上分", any_of=lists)
    assert ["捕鱼", "上分"] == find("捕鱼能上分", any_of=lists)


def test_near_asks_that_the_parts_begin_close_together() -> None:
    fields = {"terms": ("时时彩",), "all_of": (("加群",),), "near": 8}
    assert ["时时彩", "加群"] == find("时时彩稳赚，加群", **fields)
    assert [] == find("时时彩是什么？听说这个班要拍照，让我们都加群", **fields)


def test_near_is_counted_in_visible_characters() -> None:
    assert ["时时彩", "加群"] == find(f"时时彩{chr(0x200B) * 50}，加群", terms=("时时彩",), all_of=(("加群",),), near=8)


def test_near_shows_the_finds_that_are_close_and_no_others() -> None:
    text = "加群。今天天气真好，我们去爬山。时时彩加群"
    found = hits(text, terms=("时时彩",), all_of=(("加群",),), near=8)
    assert (Span(16, 21),) == found[0].spans


def test_near_is_not_hidden_by_repeating_a_term() -> None:
    assert hits("加群" * 40 + "今天天气真好啊" * 3 + "时时彩加群", terms=("时时彩",), all_of=(("加群",),), near=4)


@pytest.mark.parametrize(
    ("fields", "decoy"), [({"terms": ("刷单",)}, "刷单啊"), ({"patterns": ("刷单[a-z]?",)}, "刷单啊")]
)
def test_near_is_not_hidden_by_hundreds_of_decoys(fields: dict[str, object], decoy: str) -> None:
    count = 990 if "patterns" in fields else 3_200
    text = decoy * count + "，" + "哈" * 30 + "刷单日结"
    assert hits(text, **fields, all_of=(("日结",),), near=10)
    assert not hits(text[: -len("日结")] + "哈" * 30 + "日结", **fields, all_of=(("日结",),), near=10)


@pytest.mark.parametrize("pattern", [r"优惠.?\C?", r"[^a]\C", r"\C", r"\C\C", r".\C{2}"])
def test_a_pattern_that_cuts_characters_in_two_finds_whole_ones(pattern: str) -> None:
    text = "优惠很大é😀ab"
    assert hits(text, patterns=(pattern,))
    for span in hits(text, patterns=(pattern,))[0].spans:
        assert 0 <= span.start < span.end <= len(text)


@given(
    st.lists(st.sampled_from([".", "\\C", "优", "é", "a", "[^a]", "?", "*", "|", "\\b", "(优|\\C)"]), max_size=6),
    st.text(max_size=20),
)
def test_no_pattern_that_re2_takes_fails_on_any_text(pieces: list[str], text: str) -> None:
    pattern = "".join(pieces)
    try:
        compile_pattern(pattern)
    except re2.error:
        assume(False)
    for hit in hits(text, patterns=(pattern,)):
        assert all(0 <= span.start < span.end <= len(text) for span in hit.spans)


def test_spans_of_a_pattern_are_those_of_the_regular_expression() -> None:
    text = "é优惠a优x😀优惠"
    assert ["优惠", "优惠"] == find(text, patterns=("优惠",))
    assert ["优惠a优", "😀优惠"] == find(text, patterns=("优惠a优|😀优惠",))


def test_a_whole_word_does_not_hit_within_a_longer_one() -> None:
    assert [] == find("他妈妈来了", terms=("他妈",), whole_words=True)
    assert ["他妈"] == find("他妈烦死了", terms=("他妈",), whole_words=True)
    assert ["他妈"] == find("他妈妈来了", terms=("他妈",))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("加薇芯领福利", "微信"),
        ("兵独现货", "冰毒"),
        ("想要的jia wei xin了解", "加微信"),
        ("开fa票", "发票"),
        ("加·微·信", "微信"),
        ("傻...逼", "傻逼"),
        ("к.а.з.и.н.о даёт бонус", "казино"),
    ],
)
def test_a_disguise_is_seen_in_the_views_that_a_rule_asks_for(text: str, term: str) -> None:
    assert hits(text, terms=(term,), views=EVERY_VIEW)
    assert not hits(text, terms=(term,))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("他在班里很有威信", "微信"),
        ("因为新的手机", "微信"),
        ("维新变法", "微信"),
        ("菠菜面真好吃", "博彩"),
        ("他辞职以后去读博了", "赌博"),
        ("电脑中病毒了", "冰毒"),
        ("别犯傻 逼真一点画", "傻逼"),
        ("Wei Xin wrote this paper", "微信"),
        ("他妈妈来了", "他妈"),
    ],
)
def test_no_ghost_is_seen_in_any_view(text: str, term: str) -> None:
    assert not sees(text, term)


def test_a_hit_says_in_which_view_it_was_seen_and_where_in_the_text_as_sent() -> None:
    text = "快用薇\u200b信吧"
    (hit,) = hits(text, terms=("微信",), views=EVERY_VIEW)
    assert ((ViewName.PHONETIC,), ["薇\u200b信"]) == (hit.views, [span.of(text) for span in hit.spans])


def test_innocent_words_silence_a_rule_as_they_are_written_alone() -> None:
    assert hits("景方查获裸聊", terms=("裸聊",), none_of=("警方",), views=EVERY_VIEW)


def test_a_pattern_is_read_in_each_view_that_shows_characters() -> None:
    fields = {"patterns": ("加微信[a-z]{3}",), "views": EVERY_VIEW}
    assert ["加.微.信abc"] == find("加.微.信abc", **fields)


@dataclass(frozen=True)
class FakeContact:
    kind: str
    span: Span


class FakeContacts:
    """Finds one contact of a kind at the start of every text, and counts how often it is asked."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.asked = 0

    def __call__(self, text: Normalised) -> Sequence[FakeContact]:
        self.asked += 1
        return (FakeContact(self.kind, Span(0, 2)),)


def test_a_contact_of_a_wanted_kind_has_to_be_there() -> None:
    context = RuleContext(find_contacts=FakeContacts("qq"))
    assert (Span(0, 2), Span(3, 5)) == hits("ab 代购", context, terms=("代购",), contacts=("wechat", "qq"))[0].spans
    assert [] == hits("ab 代购", context, terms=("代购",), contacts=("wechat",))


def test_contacts_are_looked_for_once_and_only_where_all_else_is_there() -> None:
    finder = FakeContacts("qq")
    context = RuleContext(surface="forum", find_contacts=finder)
    both = [rule(id=f"r.{n}", terms=("代购",), contacts=("qq",)) for n in range(3)]
    elsewhere = rule(terms=("你好",), contacts=("qq",), when=Conditions(surfaces=("live",)))
    rules = RuleSet([*both, elsewhere], "t")
    assert (0, 0) == (len(rules.find(normalise("你好"), context)), finder.asked)
    assert (3, 1) == (len(rules.find(normalise("你好代购"), context)), finder.asked)


KNOWN = RuleContext(
    surface="live", language="zh", verified=False, account_age_days=3.0, credit=0.4, features={"duplicates_1h": 20}
)


@pytest.mark.parametrize(
    "when",
    [
        {"surfaces": ("live", "news")},
        {"languages": ("zh",)},
        {"verified": False},
        {"account_age_days": Range(below=7)},
        {"credit": Range(at_least=0.4, below=0.5)},
        {"features": {"duplicates_1h": Range(at_least=20)}},
    ],
)
def test_a_condition_that_is_met_lets_the_rule_hit_and_one_that_is_not_known_does_not(when: dict[str, object]) -> None:
    conditions = Conditions.model_validate(when)
    assert hits("代购", KNOWN, terms=("代购",), when=conditions)
    assert not hits("代购", RuleContext(), terms=("代购",), when=conditions)


@pytest.mark.parametrize(
    "when",
    [
        {"surfaces": ("news",)},
        {"languages": ("en",)},
        {"verified": True},
        {"account_age_days": Range(at_least=7)},
        {"credit": Range(below=0.4)},
        {"features": {"duplicates_1h": Range(at_least=21)}},
    ],
)
def test_a_condition_that_is_not_met_keeps_the_rule_from_hitting(when: dict[str, object]) -> None:
    assert not hits("代购", KNOWN, terms=("代购",), when=Conditions.model_validate(when))


def test_a_rule_may_ask_for_counts_alone() -> None:
    burst = Conditions(features={"duplicates_1h": Range(at_least=10)})
    assert [()] == [hit.spans for hit in hits("任何话", KNOWN, when=burst)]
    assert [] == hits("任何话", RuleContext(), when=burst)


def test_a_rule_in_the_shadow_is_told_and_does_not_decide() -> None:
    rules = RuleSet([rule(id="live.one", terms=("代购",)), rule(terms=("代购",), state=RuleState.SHADOW)], "t")
    assert ["live.one"] == [hit.rule.id for hit in rules.find(normalise("代购"))]
    assert [False, True] == [hit.is_shadow for hit in rules.find_all(normalise("代购"))]
    assert (1, 1) == (len(rules.rules), len(rules.shadows))


def test_a_view_is_made_only_when_a_rule_seeks_something_in_it() -> None:
    text = normalise("加薇芯")
    RuleSet([rule(terms=("微信",))], "t").find(text)
    assert {ViewName.CANONICAL} == set(text._views)


def test_a_view_is_not_made_where_no_rule_that_asks_for_it_may_hit() -> None:
    live = rule(terms=("微信",), views=EVERY_VIEW, when=Conditions(surfaces=("live",)))
    rules = RuleSet([live, rule(id="test.plain", terms=("你好",))], "t")
    text = normalise("看薇信")
    assert ([], {ViewName.CANONICAL}) == (rules.find(text), set(text._views))
    assert ["test.rule"] == [hit.rule.id for hit in rules.find(text, RuleContext(surface="live"))]


def test_thousands_of_finds_are_bounded() -> None:
    text = normalise("加群时时彩" * 2000)
    found = RuleSet([rule(terms=("时时彩",), all_of=(("加群",),), near=3)], "t").find(text)
    assert MAX_SPANS >= len(found[0].spans)


TWO_FINDS = "高价收银行卡，一手对接，" + "今天天气不错，出门走走，路上人很多。" * 3 + "警方也说好 bjl7712"


@pytest.mark.parametrize("more", [(), ("bjl7712",)])
def test_a_term_that_is_added_takes_no_find_away(more: tuple[str, ...]) -> None:
    """An excuse speaks for what stands near it, and not for a find far away that a rule holds too."""
    rule = Rule("c", "contraband", {}, Outcome.REVIEW, "g", terms=("高价收银行卡", *more), none_of=("警方",))
    ((hit,)) = RuleSet((rule,), "r").find(normalise(TWO_FINDS))
    assert ["高价收银行卡"] == [span.of(TWO_FINDS) for span in hit.spans]


def test_of_parts_that_belong_together_each_is_excused_by_words_near_it() -> None:
    rule = Rule("c", "fraud", {}, Outcome.REVIEW, "g", all_of=(("刷单",), ("日结",)), none_of=("骗局",), near=30)
    ruleset, far = RuleSet((rule,), "r"), "今天天气不错，出门走走，路上人很多。" * 3
    assert [] == ruleset.find(normalise("刷单都是骗局，说好日结"))
    assert [] == ruleset.find(normalise(f"有人说是骗局。{far}这是骗局，刷单日结"))
    assert ["c"] == [hit.rule.id for hit in ruleset.find(normalise(f"刷单是骗局，日结。{far}招刷单员，日结"))]
