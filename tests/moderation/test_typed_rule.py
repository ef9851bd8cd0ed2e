"""A rule while it is typed: every mistake with its place, what examples and a text beside it come to."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from console.rule_text import text_of
from governance.rules import as_document
from moderation.rule_packs import RuleFile, read_packs
from moderation.taxonomy import CONFIGS, load_taxonomy
from moderation.typed_rule import MAX_PATTERNS, MAX_TYPED, Checked, check

TAXONOMY = load_taxonomy()
RULE = """[[rules]]
id = "ads.cashback.zh"
title = { zh = "返现拉人", en = "Cashback recruiting" }
label = "advertising"
action = "review"
ground = "g"
owner = "mei"
why = "w"
views = ["canonical", "joined"]
terms = ["好评返现", "返现加群"]
[rules.examples]
match = ["确认收货后好评返现五元", "返·现·加·群"]
no_match = ["退货以后返现到账了吗"]
"""


def checked(typed: str, **more: str) -> Checked:
    return check(typed, TAXONOMY, today=date(2026, 3, 1), **more)


def told(typed: str, **more: str) -> list[tuple[int, int, str]]:
    return [(each.line, each.column, each.detail.split(";")[0]) for each in checked(typed, **more).mistakes]


def test_a_rule_without_a_mistake_can_be_saved_and_its_examples_are_seen() -> None:
    found = checked(RULE, tried="来，返 现 加 群")
    assert found.rule is not None
    assert ("ads.cashback.zh", (), 0) == (found.rule.id, found.mistakes, found.to_mend)
    assert [(True, True), (True, True), (False, True)] == [(one.must_hit, one.holds) for one in found.examples]
    assert found.tried is not None
    assert ["返 现 加 群"] == [span.of(found.tried.text) for span in found.tried.spans]
    assert ("joined",) == found.examples[1].seen.views


def test_every_mistake_is_told_with_line_and_column() -> None:
    wrong = RULE.replace('"advertising"', '"advertizing"').replace('owner = "mei"', "owner = 7").replace(
        '"退货以后返现到账了吗"', '"好评返现"'
    )  # fmt: skip
    assert [(4, 1), (7, 1), (13, 13)] == [(line, column) for line, column, _ in told(wrong)]
    assert [
        "there is no label 'advertizing'",
        "owner: must be a text",
        "must not match but does: 好评返现 (by 好评返现)",
    ] == [detail for _, _, detail in told(wrong)]
    assert checked(wrong).rule is None
    assert [True, True, False] == [one.holds for one in checked(wrong).examples]


@pytest.mark.parametrize(
    ("typed", "line", "said"),
    [
        ("", 1, "a pack has at least one [[rules]] table"),
        (RULE + "x = [", 14, "nvalid"),
        (RULE.replace('terms = ["好评返现", "返现加群"]', 'patterns = ["(a"]'), 10, "a bracket is never closed"),
        (RULE + RULE.replace("cashback", "second"), 14, "one rule is written here at a time"),
        ("#" * (MAX_TYPED + 1), 1, f"longer than {MAX_TYPED}"),
        (RULE.replace("terms = [", "patterns = [" + '"ab1c", ' * (MAX_PATTERNS + 1)), 10, f"more than {MAX_PATTERNS}"),
    ],
)
def test_what_is_no_rule_is_told_where_it_breaks(typed: str, line: int, said: str) -> None:
    found = checked(typed)
    assert found.rule is None
    assert (line, True) in [(each.line, said in each.detail) for each in found.mistakes], found.mistakes


def test_the_page_of_one_rule_does_not_write_another() -> None:
    assert [(2, 1, "this is the page of ads.other")] == told(RULE, rule_id="ads.other")
    assert [] == told(RULE, rule_id="ads.cashback.zh")


def test_what_hits_nothing_says_what_is_missing() -> None:
    tried = checked(RULE, tried="nothing of it").tried
    assert tried is not None
    assert (False, True) == (tried.is_hit, "none of 'terms' and 'patterns' is there" in tried.missing)


def test_the_text_of_every_shipped_rule_is_read_back_as_it_is() -> None:
    documents = [as_document(entry.rule) for entry in read_packs(CONFIGS / "rules")[0]]
    assert [document["id"] for document in documents if checked(text_of(document)).rule is None] == []
    documents.append(documents[0] | {"expires": "2031-05-04", "terms": [f'a"{n}\\\x7f' for n in range(40)]})
    for document in documents:
        table = tomllib.loads(text_of(document))["rules"][0]
        assert document == as_document(RuleFile.model_validate(table))
