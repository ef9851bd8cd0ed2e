"""Parts of long texts: around what is held against them, with how long the whole is."""

from __future__ import annotations

from console.excerpts import GHOSTS, LEAST, LONGEST, ROOM, Excerpt, excerpt, longest_of
from console.marks import PLAIN_SIGN, Piece
from moderation.spans import Span


def said(part: Excerpt) -> str:
    return "".join(piece.text for piece in part.text)


def test_a_short_text_is_whole() -> None:
    assert Excerpt((Piece("加微信", marked=True),)) == excerpt("加微信", [Span(0, 3)])
    assert 0 == excerpt("x" * LONGEST).of


def test_a_long_one_begins_at_its_beginning_where_nothing_further_on_is_marked() -> None:
    text = "加微信" + "y" * 1000
    part = excerpt(text, [Span(0, 3), Span(900, 903)])
    assert (text[:LONGEST] + "…", 1003) == (said(part), part.of)
    assert Piece("加微信", marked=True) == part.text[0]


def test_a_mark_further_on_stands_in_the_part() -> None:
    text = "x" * 5000 + "回血" + "y" * 5000
    part = excerpt(text, [Span(5000, 5002)], longest=60)
    assert [Piece("…" + "x" * 20), Piece("回血", marked=True), Piece("y" * 38 + "…")] == _joined(part)
    at_the_end = excerpt("x" * 5000 + "回血", [Span(5000, 5002)], longest=60)
    assert "…" + "x" * 58 + "回血" == said(at_the_end)


def test_a_mark_longer_than_the_part_fills_it() -> None:
    part = excerpt("x" * 100 + "z" * 900, [Span(100, 1000)], longest=60)
    assert Piece("z" * 40, marked=True) in part.text


def test_few_hidden_runs_are_named_in_a_part() -> None:
    part = excerpt("看\u202e" * 500)
    assert LONGEST // GHOSTS == sum(piece.ghost is not None for piece in part.text)
    assert PLAIN_SIGN in said(part)


def test_the_more_texts_a_page_has_the_less_of_each_stands_there() -> None:
    assert [LONGEST, LONGEST, ROOM // 50, LEAST] == [longest_of(many) for many in (0, 6, 50, 1000)]
    assert LEAST == longest_of(50, taken=10_000)


def _joined(part: Excerpt) -> list[Piece]:
    """With the dots as the text beside them."""
    first, *middle, last = part.text
    head, tail = Piece(first.text + middle[0].text), Piece(middle[-1].text + last.text)
    return [head, *middle[1:-1], tail]
