"""What was looked for is marked where it stands as sent, whatever parts or disguises it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.search_marks import places_in
from records.search_words import words_sought


def marked(text: str, typed: str, *, by_sound: bool = False) -> list[str]:
    return [span.of(text) for span in places_in(text, words_sought(typed, by_sound=by_sound))]


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("办证加\u200b微\u200b信 abc", "微信", ["微\u200b信"]),
        ("办证加\u200b微\u200b信 abc", "“加微信”", ["加\u200b微\u200b信"]),
        ("加微信，再加微信", "“加微信”", ["加微信", "加微信"]),
        ("加微❤信", "微信", ["微❤信"]),
        ("来裸.聊", "裸聊", ["裸.聊"]),
        ("网上赌愽", "赌博", ["赌愽"]),
        ("今天木又益", "权益", ["木又益"]),
        ("say ＦＲＥＥ now", "free", ["ＦＲＥＥ"]),
        ("İstanbul FREE", "free", ["FREE"]),
        ("you i d i o t", "idiot", ["i d i o t"]),
        ("a  free   gift", "“free gift”", ["free   gift"]),
        ("plain words", "other", []),
    ],
)
def test_the_place_as_sent_is_marked(text: str, typed: str, found: list[str]) -> None:
    assert found == marked(text, typed)


def test_what_only_sounds_so_is_marked_where_it_was_looked_for_by_sound() -> None:
    assert ["薇信"] == marked("加薇信", "微信", by_sound=True)
    assert [] == marked("加薇信", "微信")


@given(st.text(max_size=60), st.text(max_size=8))
def test_spans_lie_in_the_text_in_order_and_apart(text: str, typed: str) -> None:
    spans = places_in(text, words_sought(typed))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert list(spans) == sorted(spans)
