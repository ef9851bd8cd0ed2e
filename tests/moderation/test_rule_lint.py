from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from moderation.errors import ConfigError
from moderation.rule_packs import check_rules, load_rules
from moderation.rules import patterns
from moderation.rules.lint import Mistake
from moderation.taxonomy import load_taxonomy

TODAY = date(2026, 11, 25)

TWENTY = """\
[[rules]]
id = "One"
title = { zh = "一" }
label = "gamblng"
action = "pass"
ground = "g"
owner = "o"
why = ""
patern = 1
views = ["canonical", "smell"]
contacts = ["pigeon"]
terms = ["赌", "百家乐", "百家乐网", "時時彩", "时时彩"]
patterns = ["(a", "a*", "\\\\pL{1,50}"]
near = 0
[rules.examples]
match = ["百家乐"]
no_match = []

[[rules]]
id = "two.a"
title = { zh = "二", en = "two" }
label = "fraud"
action = "review"
ground = "g"
owner = "o"
why = "w"
expires = 2026-01-01
terms = ["刷单"]
[rules.when]
surfaces = ["Live"]
languages = ["Chinese"]
[rules.when.credit]
at_least = 2
below = 1
[rules.examples]
match = ["刷单"]
no_match = ["订单"]
"""

GOOD = """
[[rules]]
id = "{id}"
title = {{ zh = "甲", en = "A" }}
label = "fraud"
action = "review"
ground = "g"
owner = "o"
why = "w"
{more}
[rules.examples]
match = ["{match}"]
no_match = ["{no_match}"]
"""


def check(folder: Path, **files: str) -> list[Mistake]:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return check_rules(load_taxonomy(), today=TODAY, folder=folder)


def good(**fields: str) -> str:
    return GOOD.format(**{"id": "a.b", "more": 'terms = ["刷单"]', "match": "刷单日结", "no_match": "订单", **fields})


def test_a_file_with_twenty_mistakes_lists_twenty_with_their_places(tmp_path: Path) -> None:
    found = check(tmp_path, pack=TWENTY)
    places = [mistake.where for mistake in found]
    assert 20 == len(found), "\n".join(f"{mistake.where} {mistake.detail}" for mistake in found)
    assert [
        "pack.toml:2:1", "pack.toml:3:1", "pack.toml:4:1", "pack.toml:5:1", "pack.toml:8:1", "pack.toml:9:1",
        "pack.toml:10:23", "pack.toml:11:13", "pack.toml:12:10", "pack.toml:12:22", "pack.toml:12:37",
        "pack.toml:13:13", "pack.toml:13:19", "pack.toml:13:25", "pack.toml:14:1", "pack.toml:17:1",
        "pack.toml:27:1", "pack.toml:30:13", "pack.toml:31:14", "pack.toml:32:1",
    ] == places  # fmt: skip


def test_what_a_mistake_says(tmp_path: Path) -> None:
    said = {mistake.where: mistake.detail for mistake in check(tmp_path, pack=TWENTY)}
    assert "there is no label 'gamblng'; did you mean 'gambling'?" in said["pack.toml:4:1"]
    assert "did you mean 'patterns'?" in said["pack.toml:9:1"]
    assert "single character" in said["pack.toml:12:10"]
    assert "write two or more words joined by dots" in said["pack.toml:2:1"]
    assert "'百家乐网' is never needed: '百家乐' hits there too" in said["pack.toml:12:22"]


@pytest.mark.parametrize(
    ("said", "at", "fields"),
    [
        ("must match but does not: 你好 (none of 'terms' and 'patterns' is there: 刷单)", '"你好"', {"match": "你好"}),
        ("must not match but does: 别刷单 (by 刷单)", '"别刷单"', {"no_match": "别刷单"}),
        ("(none of 'all.1' is there: 加群)", '"刷单日结"', {"more": 'all = [["刷单"], ["加群"]]'}),
        ("('别说' of 'not' is there)", '"别说刷单"', {"more": 'terms = ["刷单"]\nnot = ["别说"]', "match": "别说刷单"}),
        (
            "(its parts begin more than 2 characters apart)",
            '"刷单可日结"',
            {"more": 'terms = ["刷单"]\nall = [["日结"]]\nnear = 2', "match": "刷单可日结"},
        ),
        ("it holds '刷单' of 'not'", '"刷单群"', {"more": 'terms = ["刷单群"]\nnot = ["刷单"]'}),
        ("nothing can be near itself", "near", {"more": 'terms = ["刷单"]\nnear = 3'}),
        ("could never hit", "[[rules]]", {"more": ""}),
        ("asks for nothing", "credit", {"more": 'terms = ["刷单"]\nwhen = { credit = {} }'}),
        ("which no pattern can name", "patterns", {"more": 'views = ["phonetic"]\npatterns = ["刷单"]'}),
        ("over 1000 characters", '"刷刷', {"more": f'patterns = ["{"刷" * 1001}"]'}),
        ("the term shows nothing", '"\u200b"', {"more": 'terms = ["\u200b", "刷单"]'}),
        ("it has no examples", "[[rules]]", {"more": 'terms = ["刷单"]\n[rules.when]\n#'}),
    ],
)
def test_a_mistake_is_told_where_it_is_with_what_to_try(
    tmp_path: Path, said: str, at: str, fields: dict[str, str]
) -> None:
    text = good(**fields)
    if fields.get("more", "").endswith("#"):
        text = text[: text.index("[rules.examples]")]
    (found,) = check(tmp_path, pack=text)
    line, column = text[: text.index(at)].count("\n") + 1, text.index(at) - text.rfind("\n", 0, text.index(at))
    assert f"pack.toml:{line}:{column}" == found.where
    assert said in found.detail


def test_an_id_that_is_used_twice_names_the_first_place(tmp_path: Path) -> None:
    (found,) = check(tmp_path, one=good(), two=good())
    assert ("two.toml:3:1", "one.toml:3:1" in found.detail) == (found.where, True)


def test_advice_does_not_keep_rules_from_loading(tmp_path: Path) -> None:
    found = check(tmp_path, pack=good(more='terms = ["刷单", "刷单群"]\nexpires = 2026-11-25'))
    assert [True, True] == [mistake.advice for mistake in found]
    assert () == load_rules(load_taxonomy(), today=TODAY, folder=tmp_path).rules  # it expired today


def test_rules_that_hit_harmless_comments_are_told(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(good(), encoding="utf-8")
    harmless = ["今天天气真好", *["刷单是骗局"] * 3, *["你好"] * 996]
    (found,) = check_rules(load_taxonomy(), today=TODAY, folder=tmp_path, harmless=harmless)
    assert (True, "3 of 1000 harmless comments (0.30%)" in found.detail) == (found.advice, True)


def test_patterns_that_are_too_many_together_are_refused_when_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "SET_MEMORY", 1 << 14)
    many = [good(id=f"a.b{n}", more=f"terms = ['刷单']\npatterns = ['[a-z]{{5{n}}}[0-9]']") for n in range(9)]
    (tmp_path / "pack.toml").write_text("\n".join(many), encoding="utf-8")
    with pytest.raises(ConfigError, match="too much memory together"):
        load_rules(load_taxonomy(), today=TODAY, folder=tmp_path)


def test_a_file_that_is_no_toml_is_told_beside_the_mistakes_of_others(tmp_path: Path) -> None:
    found = check(tmp_path, broken='[[rules]]\nid = "a', other=good(match="你好"), third="[rules")
    assert ["broken.toml:2:1", "third.toml:1:1", "other.toml:12:10"] == [mistake.where for mistake in found]


def test_rules_in_a_folder_that_is_not_there_are_not_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        load_rules(load_taxonomy(), today=TODAY, folder=tmp_path / "nowhere")


def test_a_count_that_does_not_exist_is_told_with_the_nearest(tmp_path: Path) -> None:
    (found,) = check(tmp_path, pack=good(more="when = { features = { duplicate_1h = { at_least = 3 } } }"))
    assert "did you mean 'duplicates_1h'" in found.detail


def test_a_condition_on_credit_is_told_to_hold_nowhere_yet(tmp_path: Path) -> None:
    text = good(more='terms = ["刷单"]\nwhen = { credit = { below = 0.3 } }')
    (found,) = check(tmp_path, pack=text)
    assert (True, "pack.toml:11:10") == (found.advice, found.where)
    assert "so no comment meets this and the rule never hits" in found.detail


def test_no_other_condition_is_told_to_hold_nowhere(tmp_path: Path) -> None:
    when = (
        "when = { account_age_days = { below = 7 }, verified = false, features = { comments_1m = { at_least = 9 } } }"
    )
    assert [] == check(tmp_path, pack=good(more=f'terms = ["刷单"]\n{when}'))
