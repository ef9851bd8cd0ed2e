"""A pack that is no TOML: every mistake of its file is told all the same, and nothing is told that is none."""

from __future__ import annotations

from datetime import date

import pytest

from moderation.rules.broken_pack import read_pack
from moderation.rules.lint import lint
from moderation.taxonomy import load_taxonomy

TODAY = date(2026, 3, 1)
RULE = """[[rules]]
id = "ads.{name}"
title = {{ zh = "广告", en = "Advertising" }}
label = "advertising"
action = "review"
ground = "platform-rules:advertising"
why = "seen"
owner = "rules"
terms = [
    "河马加群",
    "河马进群",
]
[rules.examples]
match = ["河马加群"]
no_match = ["河马"]

"""


def pack(*names: str) -> str:
    return "".join(RULE.format(name=name) for name in names)


def told(text: str) -> list[str]:
    entries, mistakes = read_pack("own.toml", text)
    return [each.where for each in (*mistakes, *lint(entries, load_taxonomy(), today=TODAY))]


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('owner = "rules"\n', 'owner = "rules"\nexpires = 2020-13-40\n', "own.toml:9:15"),
        ('why = "seen"', 'why = "seen', "own.toml:7:12"),
        ("    \"河马进群\",\n]", '    "河马进群",\n', "own.toml:12:1"),
        ('    "河马加群",\n', '    "河马加群"\n', "own.toml:11:5"),
        ('why = "seen"', 'why = "seen"\nwhy = "again"', "own.toml:8:14"),
        ("[rules.examples]", "[rules.examples", "own.toml:13:16"),
    ],
)  # fmt: skip
def test_one_mistake_of_syntax_is_told_once_and_hides_no_other(before: str, after: str, where: str) -> None:
    broken = pack("one").replace(before, after, 1) + pack("two").replace('label = "advertising"', 'label = "ads"')
    found = told(broken)
    assert where == found[0]
    of_the_other = broken.splitlines().index('label = "ads"') + 1
    assert f"own.toml:{of_the_other}:1" in found
    if "examples" not in before:
        assert 2 == len(found)


def test_a_mistake_beside_one_of_syntax_in_the_same_table_is_told() -> None:
    broken = pack("one").replace('why = "seen"', "why = seen").replace('label = "advertising"', 'label = "ads"')
    assert ["own.toml:7:7", "own.toml:4:1"] == told(broken)


def test_several_mistakes_of_syntax_are_all_told() -> None:
    broken = pack("one", "two").replace('why = "seen"', "why = seen").replace('owner = "rules"', "owner = ")
    assert 4 == len(told(broken))


def test_a_text_over_several_lines_is_no_mistake() -> None:
    text = pack("one").replace('why = "seen"', 'why = """seen\nlabel = x\n"""') + pack("two").replace(
        'owner = "rules"', "owner = x"
    )
    assert 1 == len(told(text))


def test_what_makes_no_table_at_all_is_told_at_its_place() -> None:
    assert [] == read_pack("own.toml", "[[rules]\n" + "x = 1\n" * 3)[0]
    assert ["own.toml:1:10"] == [each.where for each in read_pack("own.toml", "rules = [" * 3)[1]]
