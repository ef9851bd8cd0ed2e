from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.rules.literals import required_literals
from moderation.rules.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("时时彩", {"时时彩"}),
        ("(加|佳)微信号?", {"微信"}),
        ("ab+c", {"ab"}),
        ("ab*cd", {"cd"}),
        ("ab{0,3}cd", {"cd"}),
        ("ab{2}c", {"ab"}),
        ("(?i)ABC", {"abc"}),
        (r"\b(slot|judi)\b.{0,40}\b(gacor|maxwin)\b", {"gacor", "maxwin"}),
        ("[a-z]{5}联系[0-9]", {"联系"}),
        (r"a\.b\+c", {"a.b+c"}),
        (r"\x{4e00}好的", {"好的"}),
        (r"\p{Han}{3}你好", {"你好"}),
        ("(?P<name>微信)?[0-9]", set()),
        ("a|[bc]", set()),
        (r"\Qa.b\E", set()),
        (".*", set()),
        ("", set()),
    ],
)
def test_what_every_match_must_hold(pattern: str, literals: set[str]) -> None:
    compile_pattern(pattern)
    assert literals == required_literals(pattern)


ATOMS = st.sampled_from(["a", "b", "微", "信", "[ab]", ".", r"\.", r"\w", "(?:a|微)", "(b|)", "(信b)"])
REPEATS = st.sampled_from(["", "", "", "?", "*", "+", "{0,2}", "{1,2}", "{2}", "+?", "*?"])
BRANCHES = st.lists(st.tuples(ATOMS, REPEATS).map("".join), min_size=1, max_size=5).map("".join)
PATTERNS = st.lists(BRANCHES, min_size=1, max_size=3).map("|".join)


@given(PATTERNS, st.text("ab微信.", max_size=12))
def test_no_match_lacks_its_literals(pattern: str, text: str) -> None:
    literals = required_literals(pattern)
    for match in compile_pattern(pattern).finditer(text):
        assert not literals or any(literal in match[0] for literal in literals)
