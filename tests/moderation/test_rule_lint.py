from __future__ import annotations

import random
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest

from moderation.errors import ConfigError
from moderation.rule_packs import check_rules, load_rules
from moderation.rules import example_mistakes, patterns
from moderation.rules.entries import read_entry
from moderation.rules.lint import lint
from moderation.rules.mistake import Mistake
from moderation.rules.rule import Rule
from moderation.rules.rule_file import RuleFile
from moderation.rules.ruleset import RuleSet
from moderation.taxonomy import load_taxonomy
from moderation.toml import Document
from moderation.toml_sentences import names_at

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


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ('terms = ["百家乐", "谢谢"]\nnot = ["百家乐"]', ["can never hit", "must match but", "must not match but"]),
        ('terms = ["百家乐"]\npatterns = ["谢谢"]\nnot = ["百家乐"]', ["can never hit", "must match", "must not"]),
    ],
)
def test_one_term_that_never_hits_keeps_no_example_from_being_tried(
    tmp_path: Path, fields: str, expected: list[str]
) -> None:
    found = [each.detail for each in check(tmp_path, pack=good(match="你好", no_match="谢谢你", more=fields))]
    assert len(expected) == len(found), found
    for said in expected:
        assert any(said in each for each in found), (said, found)


def test_an_example_that_holds_a_term_of_which_all_is_told_is_not_told_again(tmp_path: Path) -> None:
    fields = 'terms = ["百家乐", "谢谢"]\nnot = ["百家乐"]'
    [found] = check(tmp_path, pack=good(match="百家乐进群", more=fields))
    assert "can never hit" in found.detail


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
    found = check(tmp_path, broken=good().replace('why = "w"', 'why = "w'), other=good(match="你好"), third="[rules")
    other = ["other.toml:3:1", "other.toml:12:10"]
    assert ["broken.toml:9:9", "third.toml:1:1", *other] == [mistake.where for mistake in found]


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


NESTED = """
[[rules]]
id = "{id}"
title = {{ zh = "甲", en = "A" }}
label = "{label}"
action = "review"
ground = "g"
owner = "o"
why = "w"
terms = [{terms}]
near = {near}
when = {when}
[rules.examples]
match = ["{match}"]
no_match = ["{no_match}"]
"""

EVERYTHING = (
    '{ verifed = true, surfaces = ["Live", 7, "Forum"], languages = ["Chinese"],'
    " account_age_days = { atleast = 3, below = 7 }, credit = { at_least = 2, below = 1 },"
    ' features = { duplicate_1h = { at_least = "3", below = 5 }, nothing_known = 3, comments_1m = {} } }'
)


def nested(folder: Path, **fields: str) -> list[str]:
    defaults = {"id": "a.b", "label": "fraud", "terms": '"刷单"', "near": "2", "when": "{}"}
    pack = NESTED.format(**{**defaults, "match": "刷单", "no_match": "订单", **fields})
    pack = pack if "near" in fields else pack.replace("near = 2\n", "")
    return [mistake.detail for mistake in check(folder, pack=pack)]


def said(parts: list[str], details: list[str]) -> list[str]:
    """The parts that no detail holds, with the details where there are some."""
    missing = [part for part in parts if not any(part in detail for detail in details)]
    return missing and [*missing, "---", *details]


def test_no_fault_in_a_table_hides_another_in_it(tmp_path: Path) -> None:
    found = nested(tmp_path, when=EVERYTHING)
    parts = [
        "when.verifed: Extra inputs are not permitted; did you mean 'verified'?",
        "try 'live'",
        'when.surfaces.1: must be a text; write "7"',
        "try 'forum'",
        "'Chinese' is no ISO 639 code",
        "when.account_age_days.atleast: Extra inputs are not permitted; did you mean 'at_least'?",
        "no value is at least 2.0 and below 1.0",
        "did you mean 'duplicates_1h'",
        "when.features.duplicate_1h.at_least: must be a number without quotes; write 3",
        "when.features.nothing_known: must be a table; write { at_least = ..., below = ... }",
        "asks for nothing",
    ]
    assert [] == said(parts, found)
    assert len(parts) + 1 == len(found), found  # and 'nothing_known' is no name


def test_a_wrong_element_hides_no_other_of_its_list_and_moves_no_place(tmp_path: Path) -> None:
    text = good(more='terms = [5, "刷单", "\\u200b", "群"]\nall = ["加群", ["微信", "的"]]\nnot = [true, "了"]')
    found = check(tmp_path, pack=text)
    assert [(10, 10), (10, 19), (10, 29), (11, 8), (11, 21), (12, 8), (12, 14)] == [
        (mistake.line, mistake.column) for mistake in found
    ]


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("there is no label 'fruad'", {"label": "fruad"}),
        ("two or more words joined by dots", {"id": "One"}),
        ("is a single character", {"terms": '"刷单", "群"'}),
        ("did you mean 'verified'", {"when": "{ verifed = true }"}),
        ("nothing can be near itself", {"near": "3"}),
    ],
)
def test_examples_are_judged_whatever_else_is_wrong(tmp_path: Path, part: str, fields: dict[str, str]) -> None:
    found = nested(tmp_path, **{"match": "你好", "no_match": "别刷单", **fields})
    assert [] == said([part, "must match but does not: 你好", "must not match but does"], found)
    assert 3 == len(found), found


def test_examples_of_an_id_used_twice_are_judged(tmp_path: Path) -> None:
    found = check(tmp_path, one=good(), two=good(match="你好", no_match="别刷单"))
    assert ["id", "must match", "must not match"] == [
        next(part for part in ("must match", "must not match", "id") if part in mistake.detail) for mistake in found
    ]


def test_a_second_look_judges_only_rules_and_examples_that_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = example_mistakes.RuleSet

    def counted(rules: list[Rule], version: str) -> RuleSet:
        made.append(rules[0].id)
        return real(rules, version=version)

    monkeypatch.setattr(example_mistakes, "RuleSet", counted)
    monkeypatch.setattr(example_mistakes, "_JUDGED", {})
    plain = {"one": good(), "two": good(id="c.d")}
    assert [] == check(tmp_path, **plain)
    assert ["a.b", "c.d"] == sorted(made)
    assert [] == check(tmp_path, **plain)
    assert 2 == len(made)
    (mistake,) = check(tmp_path, **(plain | {"two": good(id="c.d", no_match="别刷单")}))
    assert mistake.detail.startswith("must not match but does")
    assert ["c.d"] == made[2:]
    (again,) = check(tmp_path, **(plain | {"two": good(id="c.d", no_match="别刷单")}))
    assert (again, 3) == (mistake, len(made))
    (missed,) = check(tmp_path, **(plain | {"one": good(more='terms = ["传销"]')}))
    assert missed.detail.startswith("must match but does not")


def test_a_fault_in_examples_hides_no_other_example(tmp_path: Path) -> None:
    text = good().replace('match = ["刷单日结"]\nno_match = ["订单"]', 'match = [1, "你好"]\nno_mach = []\n')
    found = [mistake.detail for mistake in check(tmp_path, pack=text)]
    parts = ['examples.match.0: must be a text; write "1"', "must match but does not: 你好", "did you mean 'no_match'?"]
    assert [] == said([*parts, "examples.no_match: is missing"], found)
    assert 4 == len(found), found


@pytest.mark.parametrize(
    "more",
    [
        'terms = ["刷单"]\npatterns = ["(a"]',
        'terms = ["刷单"]\nviews = ["fonetic"]',
        'terms = ["刷单"]\nwhole_word = true',
        'terms = "刷单"',
        'term = ["刷单"]',
    ],
)
def test_examples_wait_while_it_is_unknown_what_a_rule_finds(tmp_path: Path, more: str) -> None:
    (found,) = check(tmp_path, pack=good(more=more, match="你好", no_match="刷单"))
    assert "match but" not in found.detail


def test_examples_that_are_missing_are_told_beside_a_fault_in_what_is_sought(tmp_path: Path) -> None:
    text = good(more='terms = "刷单"')
    found = [mistake.detail for mistake in check(tmp_path, pack=text[: text.index("[rules.examples]")])]
    assert [] == said(['terms: must be a list; write ["刷单"]', "it has no examples"], found)
    assert 2 == len(found)


@pytest.mark.parametrize(
    ("detail", "more"),
    [
        ("state: there is no \"alive\"; did you mean 'live'?", 'state = "alive"'),
        ("state: there is no \"1\"; known: draft, shadow, live, retired", 'state = "1"'),
        ("views.0: there is no \"fonetic\"; did you mean 'phonetic'?", 'views = ["fonetic"]'),
        ("contacts.0: there is no \"wechatt\"; did you mean 'wechat'?", 'contacts = ["wechatt"]'),
        ("near: must be a whole number without quotes; write 5", 'near = "5"'),
        ("near: must be a whole number; write 5", "near = 5.0"),
        ("near: must be a whole number, not true", "near = true"),
        ("near: is 0; write 1 or more", "near = 0"),
        ("whole_words: must be true or false, without quotes; write true", 'whole_words = "yes"'),
        ("whole_words: must be true or false, without quotes; write false", "whole_words = 0"),
        ("expires: must be a date without quotes; write 2026-12-27", 'expires = "2026-12-27"'),
        ("expires: must be a day alone; write 2026-12-27", "expires = 2026-12-27T00:00:00Z"),
        ("when.credit.below: must be a number without quotes; write 0.5", 'when = { credit = { below = "0.5" } }'),
        ("when.verified: must be true or false, without quotes; write true", 'when = { verified = "true" }'),
        ("reason.zh: is empty; write at least 1 character", 'reason = { zh = "", en = "A" }'),
        ("reason: must be a table; write { zh = ..., en = ... }", 'reason = "甲"'),
        ("patterns: must be a list; write [\"a+\"]", 'patterns = "a+"'),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_told_with_what_to_write(tmp_path: Path, detail: str, more: str) -> None:
    (found,) = [
        mistake.detail for mistake in check(tmp_path, pack=good(more=f'terms = ["刷单"]\n{more}')) if not mistake.advice
    ]
    assert detail in found


def test_an_action_that_is_misspelt_is_told_with_the_nearest(tmp_path: Path) -> None:
    (found,) = check(tmp_path, pack=good().replace('"review"', '"blok"'))
    assert "action: there is no \"blok\"; did you mean 'block'?" in found.detail


def test_a_file_with_a_byte_order_mark_or_another_encoding_is_told_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "marked.toml").write_bytes(b"\xef\xbb\xbf" + good().encode())
    (tmp_path / "other.toml").write_bytes("# 甲\n# 乙".encode() + good().encode("gbk"))
    marked, other = check(tmp_path)
    assert ("marked.toml:1:1", True) == (marked.where, "save it as UTF-8 without one" in marked.detail)
    assert ("other.toml:5:17", True) == (other.where, "the byte 0xbc is no UTF-8" in other.detail)


JUNK = (7, True, "", "x", [], ["x"], {}, {"x": 1}, [[]], [{}], [7, "live"], {"en": 7}, date(2026, 1, 1), 1.5)


def test_no_table_is_too_broken_to_be_read_as_far_as_it_goes() -> None:
    chance = random.Random(7)
    keys = (*names_at(RuleFile, ()), "patern", "x")
    inner = ("zh", "en", "match", "no_match", "surfaces", "features", "credit", "x")
    for _ in range(300):
        table = {key: deepcopy(chance.choice(JUNK)) for key in chance.sample(keys, chance.randrange(len(keys)))}
        key = chance.choice(("title", "reason", "when", "examples"))
        table[key] = {name: deepcopy(chance.choice(JUNK)) for name in chance.sample(inner, 3)}
        entry = read_entry(Document("pack.toml", "", {"rules": [table]}), 0, table)
        assert entry.faults
        lint([entry], load_taxonomy(), today=TODAY)
