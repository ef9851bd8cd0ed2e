"""Joiners and marks: what Unicode calls equal is read alike, and reading twice changes nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.normaliser import normalise
from moderation.views.marks import Marked, few_marks

MARKED = st.text(
    alphabet=(
        "कक्षयক\u09cd\u094d\u09af\u0bcd"  # Devanagari, Bengali, Tamil: consonants and viramas
        "\u093c\u09bc\u0951\u0952\u1cd0\u1cda"  # nukta, Vedic marks
        "กำ\u0e38\u0e3a\u0e48"  # Thai
        "\u0627\u0644\u0622\u0653\u064e\u0651\u0655\u06cc"  # Arabic
        "eéa\u0301\u0323\u0308\u0336\u0345\u0344\u20dd"  # combining marks
        "\u200c\u200d\ufe0f\U0001f44d\U0001f3fd中ガ\uff9e\u3099\u1100\u1161 "
    ),
    max_size=40,
)


@given(MARKED)
@settings(max_examples=500, deadline=None)
@example("\u0995\u0301\u09cd\u200d\u09af")
@example("\u0915\u0951\u094d\u200d\u0937")
@example("\u0622\u200c\u0627")
@example("\u0627\u0653\u200c\u0627")
@example("\u0915" + "\u0951" * 9 + "\u094d\u200d\u0937")
@example("\u09cd\u200c ")
@example("\u0e33\u0301\u0344")
@example("\uff9e" + "\u0301" * 6 + "\u0344")
def test_reading_twice_changes_nothing(text: str) -> None:
    once = normalise(text).canonical.text
    assert once == normalise(once).canonical.text


@given(MARKED)
@settings(max_examples=500, deadline=None)
@example("\u0995\u0301\u09cd\u200d\u09af")
@example("\u0627\u0653\u200c\u0627")
@example("e" + "\u0308\u0323" * 6)
def test_canonically_equal_texts_read_alike(text: str) -> None:
    expected = normalise(text).canonical.text
    for form in ("NFC", "NFD"):
        assert expected == normalise(unicodedata.normalize(form, text)).canonical.text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["क्\u200dष", "क्\u200cष", "র\u200d্য".replace("\u200d্", "্\u200d"), "می\u200cخواهم", "\U0001f468\u200d\U0001f469"],
)
def test_joiners_that_a_script_or_an_emoji_needs_stay(text: str) -> None:
    assert text == normalise(text).canonical.text


@pytest.mark.parametrize("text", ["赌\u200d博", "ca\u200csino", "ca\u0301\u200dsino", "\u0e01\u0e48\u200d\u0e01"])
def test_joiners_that_nothing_needs_go(text: str) -> None:
    assert not {"\u200c", "\u200d"} & set(normalise(text).canonical.text)


@given(st.text(alphabet="e\u0301\u0323\u09cd\u0344\u20dd\u1161é", min_size=1, max_size=30))
def test_the_marks_that_are_kept_are_those_that_come_first_in_canonical_order(text: str) -> None:
    marked = Marked()
    marked.begin("e")
    for char in text:
        marked.add(char)
    assert unicodedata.normalize("NFD", "e" + text)[:9] == marked.text


def test_few_marks_are_left_as_they_stand() -> None:
    assert "e\u0301" == few_marks("e\u0301")
