"""What a rule loses by another text of it: whatever narrows what it hits, or does less, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from moderation.normaliser import normalise
from moderation.rules.losses import losses
from moderation.rules.rule import judged_alone
from moderation.rules.rule_file import RuleFile
from moderation.rules.ruleset import RuleSet

BASE: dict[str, Any] = {
    "id": "ads.one",
    "title": {"zh": "一", "en": "one"},
    "label": "advertising",
    "action": "block",
    "ground": "g",
    "owner": "o",
    "why": "w",
    "terms": ["优惠", "包邮"],
}


def rule(**fields: Any) -> RuleFile:
    return RuleFile.model_validate(BASE | fields)


def told(before: RuleFile, after: RuleFile) -> list[tuple[str, str]]:
    return [(each.field, each.told) for each in losses(before, after)]


NARROWER: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({}, {"terms": ["优惠"]}, "terms", "- 包邮"),
    ({"patterns": ["优惠+", "特价"]}, {"patterns": ["特价"]}, "patterns", "- 优惠+"),
    ({"terms": [], "all": [["优惠"]]}, {"terms": ["群"], "all": [["优惠"]]}, "terms", "+ 群"),
    ({"all": [["加", "进"]]}, {"all": [["加"]]}, "all", "- 进"),
    ({}, {"all": [["加", "进"]]}, "all", "+ 加, 进"),
    ({"any": [["加", "群"], ["进"]]}, {"any": [["进"]]}, "any", "- 加 群"),
    ({}, {"any": [["加", "群"]]}, "any", "+ 加 群"),
    ({"any": [["加"]]}, {"any": [["加", "群"]]}, "any", "- 加"),
    ({"not": ["甲"]}, {"not": ["甲", "bjl7712"]}, "not", "+ bjl7712"),
    ({"contacts": ["wechat", "qq"]}, {"contacts": ["qq"]}, "contacts", "- wechat"),
    ({}, {"contacts": ["qq"]}, "contacts", "+ qq"),
    ({"views": ["canonical", "joined"]}, {"views": ["canonical"]}, "views", "- joined"),
    ({"near": 20}, {"near": 5}, "near", "20 > 5"),
    ({}, {"near": 5}, "near", "- > 5"),
    ({}, {"whole_words": True}, "whole_words", "false > true"),
    ({}, {"label": "fraud"}, "label", "advertising > fraud"),
    ({}, {"action": "review"}, "action", "block > review"),
    ({}, {"state": "shadow"}, "state", "live > shadow"),
    ({}, {"expires": date(2027, 1, 1)}, "expires", "- > 2027-01-01"),
    ({}, {"when": {"surfaces": ["live"]}}, "when.surfaces", "+ live"),
    ({"when": {"languages": ["zh", "en"]}}, {"when": {"languages": ["zh"]}}, "when.languages", "- en"),
    ({}, {"when": {"verified": False}}, "when.verified", "- > false"),
    ({}, {"when": {"credit": {"below": 0.5}}}, "when.credit", "- > [-, 0.5)"),
    (
        {"when": {"account_age_days": {"below": 30}}},
        {"when": {"account_age_days": {"below": 3}}},
        "when.account_age_days",
        "[-, 30) > [-, 3)",
    ),
    (
        {"when": {"features": {"x": {"at_least": 3}}}},
        {"when": {"features": {"x": {"at_least": 9}}}},
        "when.features.x",
        "[3, -) > [9, -)",
    ),
]


@pytest.mark.parametrize(("before", "after", "field", "said"), NARROWER, ids=[f"{a[2]}: {a[3]}" for a in NARROWER])
def test_what_narrows_a_rule_is_a_loss_and_the_other_way_round_it_is_none(
    before: dict[str, Any], after: dict[str, Any], field: str, said: str
) -> None:
    assert [(field, said)] == told(rule(**before), rule(**after))
    back = told(rule(**after), rule(**before))
    assert [] == back or field == "label" or (field, before.get("terms")) == ("terms", [])


def test_a_text_that_it_had_to_hit_and_does_not_is_a_loss_whatever_it_was() -> None:
    seen = {"match": ["今天优惠", "全场包邮"], "no_match": ["你好"]}
    before = rule(examples=seen)
    fewer = rule(terms=["优惠"], examples={"match": ["今天优惠"], "no_match": ["你好"]})
    assert [("terms", "- 包邮"), ("examples", "- 全场包邮")] == told(before, fewer)


def test_what_a_rule_says_of_itself_is_no_loss() -> None:
    said = {"title": {"zh": "二", "en": "two"}, "why": "another", "owner": "p", "ground": "h"}
    assert [] == told(rule(), rule(**said))


WORD = some.sampled_from(["优惠", "包邮", "加群", "进群", "特价"])
WORDS = some.lists(WORD, max_size=3, unique=True)
LISTS = some.lists(some.lists(WORD, min_size=1, max_size=2, unique=True), max_size=2)
RULES = some.builds(
    lambda terms, all_of, any_of, none_of, near, whole: rule(
        terms=terms or ["优惠"], all=all_of, any=any_of, near=near, whole_words=whole, **{"not": none_of}
    ),
    WORDS, LISTS, LISTS, some.lists(WORD, max_size=1), some.sampled_from([None, 3, 9]), some.booleans(),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(RULES, RULES, some.lists(some.lists(WORD, max_size=5), max_size=6))
def test_a_rule_that_loses_nothing_hits_whatever_it_hit(
    before: RuleFile, after: RuleFile, comments: list[list[str]]
) -> None:
    if losses(before, after):
        return
    here, there = (RuleSet([judged_alone(each.as_rule())], version="t") for each in (before, after))
    for words in comments:
        text = normalise("，".join(words))
        assert not here.find(text) or there.find(text), words
