from __future__ import annotations

import pytest

from moderation.rules.pattern_mistakes import pattern_mistake


@pytest.mark.parametrize(
    ("said", "patterns"),
    [
        ("put what must not be there into 'not'", ["a(?!x)", "(?<!x)a"]),
        ("write what stands beside it into the pattern", ["a(?=x)", "(?<=x)a"]),
        ("RE2 has no back-references; write each form out", [r"(a)\1", "(?P<n>a)(?P=n)", r"(?P<n>a)\k<n>"]),
        ("no possessive '+' and no (?>...)", ["(?>a)", "a++", "a*+", "a{2}+"]),
        ("RE2 knows no such group", ["(?#note)", "(?(1)a|b)", "(?x)a"]),
        (r"RE2 knows no \Z", [r"a\Z"]),
        ("a bracket is never closed", ["(a"]),
        ("a bracket was never opened", ["a)"]),
        ("a class is never closed", ["[a"]),
        ("nothing stands before '*'", ["*a"]),
        ("RE2 repeats at most 1000 times", ["a{1001}"]),
        ("it ends in a backslash", ["a\\"]),
        ("there is no class b-a", ["[b-a]"]),
        ("'**' repeats a repetition", ["a**"]),
    ],
)
def test_what_re2_refuses_is_explained(said: str, patterns: list[str]) -> None:
    for pattern in patterns:
        detail = pattern_mistake(pattern)
        assert (True, True) == (detail.startswith(f"RE2 refuses the pattern '{pattern}': "), said in detail), detail


@pytest.mark.parametrize(
    "pattern",
    [
        "", "x*", "$", "^", r"\b", r"\B", "(?m)^", "(?m)$", r"\A\z", r".|\b", r"\w+|\B", r"加微信|\b", "(?m)^$",
        r"\b(?:加微信)?\b", "微|(?i:X*)",
    ],
)  # fmt: skip
def test_a_pattern_that_matches_the_empty_string_somewhere_is_refused(pattern: str) -> None:
    assert "matches nothing at all in some texts" in pattern_mistake(pattern)


def test_a_pattern_that_no_text_matches_is_refused() -> None:
    assert "can never match; remove it" in pattern_mistake(r"[^\x00-\x{10FFFF}]")


@pytest.mark.parametrize("pattern", [r"\C", r"加\C+", r"(?i:微\C)", r"\\\C", r"\Qa\E\C"])
def test_a_pattern_over_bytes_is_refused(pattern: str) -> None:
    assert "may cut a character in two" in pattern_mistake(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"\bvx\b", "^加", "加$", r"\\C", r"\Q\C\E", r"\Qa\C", "[a-z]+", r"(?:加|＋)微\s?信", r"\d{5,12}$", "a+?"],
)
def test_a_pattern_that_asks_for_a_character_is_taken(pattern: str) -> None:
    assert "" == pattern_mistake(pattern)
