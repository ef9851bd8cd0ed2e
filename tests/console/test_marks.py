from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.marks import MAX_GHOSTS, PLAIN_SIGN, Piece, pieces
from moderation.spans import Span


def test_a_span_is_marked_where_it_was_sent() -> None:
    assert (Piece("😀"), Piece("加我", marked=True), Piece("吧")) == pieces("😀加我吧", [Span(1, 3)])


def test_overlapping_spans_are_one_mark() -> None:
    assert (Piece("abc", marked=True), Piece("d")) == pieces("abcd", [Span(0, 2), Span(1, 3)])


def test_spans_beyond_the_text_are_ignored() -> None:
    assert (Piece("a"), Piece("b", marked=True)) == pieces("ab", [Span(1, 9), Span(5, 7)])


@pytest.mark.parametrize(
    ("char", "name"),
    [
        ("\u202e", "RLO"),
        ("\u2066", "LRI"),
        ("\u200b", "ZWSP"),
        ("\ufeff", "BOM"),
        ("\x1b", "U+001B"),
        ("\u2028", "U+2028"),
    ],
)
def test_what_reorders_or_hides_is_named(char: str, name: str) -> None:
    assert Piece(char, ghost=name) == pieces(f"a{char}b")[1]


def test_a_joiner_between_han_is_a_disguise_and_named() -> None:
    assert Piece("\u200d", ghost="ZWJ") == pieces("加\u200d我")[1]


@pytest.mark.parametrize(
    "text", ["👨\u200d👩\u200d👧", "❤\ufe0f", "1\ufe0f", "می\u200cخواهم", "क्\u200dष", "line\none\ttwo"]
)
def test_what_writing_and_emoji_need_is_left_alone(text: str) -> None:
    assert (Piece(text),) == pieces(text)


def test_a_run_of_one_invisible_character_is_one_piece() -> None:
    assert Piece("\u200b" * 3, ghost="ZWSP") == pieces("a" + "\u200b" * 3)[1]


def test_a_flood_of_invisible_characters_stays_small() -> None:
    shown = pieces("a\u200b" * 5000)
    assert 2 * MAX_GHOSTS + 1 == len(shown)
    assert PLAIN_SIGN in shown[-1].text


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70)), max_size=4))
def test_no_character_is_lost_or_moved(text: str, bounds: list[tuple[int, int]]) -> None:
    assert text == "".join(piece.text for piece in pieces(text, [Span(*pair) for pair in bounds]))
