from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from moderation.normaliser import MAX_MARKS, REPLACEMENT, normalise
from moderation.views.context import SUSPECT

any_text = st.text(alphabet=st.characters(), max_size=80) | st.text(
    alphabet="a中國㊙️ㄱ가각각e\u0301\u0323が゛ﾞﾊ\u200b\u200d\ufe0f ﷺ①ＡéßİΣσ\ud83d\udc4d\ud800\x00\n\u3000", max_size=60
)


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        ("加vx:abc123", "加ＶＸ：ａｂｃ１２３"),
        ("赌博", "賭\u200b博"),
        ("点击", "點擊"),
        ("刷单兼职", "刷 单　兼\n职"),
        ("free iphone 16", "  FREE   iPhone\t16 "),
        ("ガンダム", "ｶﾞﾝﾀﾞﾑ"),
        ("각", "\u1100\u1161\u11a8"),
        ("é", "e\u0301"),
        (REPLACEMENT, "\ud800"),
        ("", "\u200b\u2060\ufeff\x00 "),
    ],
)
def test_disguised_spellings_meet_in_the_canonical_view(expected: str, sent: str) -> None:
    assert expected == normalise(sent).canonical.text


def test_a_finding_is_shown_where_the_author_wrote_it() -> None:
    text = "看这里 加Ｖ\u200bＸ：abc"
    view = normalise(text).canonical
    at = view.text.index("vx")
    assert "Ｖ\u200bＸ" == view.to_source(at, at + 2).of(text)


@pytest.mark.parametrize("text", ["", " ", "\u200b\u200c", "\x00\x01", "\u3164\u2800", "\u0301\u0301"])
def test_text_without_anything_visible_is_empty(text: str) -> None:
    assert normalise(text).is_empty


@given(any_text)
@settings(max_examples=400, deadline=None)
@example("か゛")
@example("İ")
@example("薴")
@example("a" + "\u0301" * 40)
def test_reading_twice_changes_nothing(text: str) -> None:
    once = normalise(text).canonical.text
    assert once == normalise(once).canonical.text


@given(any_text)
@settings(max_examples=400, deadline=None)
def test_every_character_of_the_view_comes_from_within_the_text_in_order(text: str) -> None:
    view = normalise(text).canonical
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
    assert list(view.starts) == sorted(view.starts)


@given(any_text)
@settings(max_examples=200, deadline=None)
def test_what_a_span_covers_reads_like_the_part_of_the_view_it_stands_for(text: str) -> None:
    view = normalise(text).canonical
    assume(not SUSPECT.search(unicodedata.normalize("NFKC", text).casefold()))  # by itself it reads otherwise
    for at, char in enumerate(view.text):
        assert char.strip(" \u200c\u200d") in normalise(view.to_source(at, at + 1).of(text)).canonical.text


def test_marks_beyond_any_orthography_are_dropped() -> None:
    assert len(normalise("ก" + "\u0e48" * 500).canonical.text) == 1 + MAX_MARKS
    assert "q" == normalise("q" + "\u0301" * 500).canonical.text


@pytest.mark.parametrize("text", ["สวัสดีครับ", "नमस्ते दुनिया", "مرحبا بالعالم", "tiếng việt", "안녕하세요"])
def test_languages_that_compose_come_out_unharmed(text: str) -> None:
    assert unicodedata.normalize("NFKC", text).casefold() == normalise(text).canonical.text
