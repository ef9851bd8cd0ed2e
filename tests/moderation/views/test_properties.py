"""What holds for every view of any text; work is counted in calls and in characters to scan, not in seconds.

Reading twice changes nothing in the views that show a text as somebody could have written it. The phonetic view is of
sounds: its code points are no text. The shape view is of shapes: whole characters stand where parts stood, and may be
parts themselves; a rule's term is read once, as a comment is.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.comment import MAX_TEXT
from moderation.normaliser import ViewName, normalise
from tests.moderation.work import calls, counted

VIEWS = tuple(ViewName)
any_text = st.text(alphabet=st.characters(), max_size=60) | st.text(
    alphabet="加微信木又益女干弓虽亻氵酉壹贰叁仟元〇❤️➕🐎👩\u200d\u200c🇻🇽🇨🇳casinoсаѕοηЖɐᴉᴄ①⑴🅥1 3.,。-*()（）"
    "\u0301\u0335\u0e48ก\ud800\x00ㄱㅏ각か゛ㅇ벼ㄨㄟ@!$03ēì丶",
    max_size=40,
)
long_text = st.lists(st.tuples(any_text, st.integers(1, 60)), max_size=12).map(
    lambda pieces: "".join(piece * times for piece, times in pieces)[:2_000]
)
TEXTS_AGAIN = (ViewName.CANONICAL, ViewName.JOINED, ViewName.EMOJI)
HOSTILE = (
    "c.a.s.i.n.o", "q\u0301\u0335", "cа", "木又益女干", "壹2", "赌\u200b\u200d", "weixin", "🇻🇽🇨",
    "👩\u200d🚀🐎", "女.子-日 月", "- ", "a ", "(微)", "-\u0301", "ab", "ɐᴉ", "Aa ", "氵", "\u0e48",
    "+v", "微❤", "\ud800", "ᏣЖc", "s1!", "c@", "ㄨㄟ", "벼ㅇ", "a0а0",
)  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
@given(text=any_text)
@settings(max_examples=150, deadline=None)
def test_every_character_of_a_view_comes_from_within_the_text_in_order(name: ViewName, text: str) -> None:
    view = normalise(text).view(name)
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
    assert list(view.starts) == sorted(view.starts)
    assert list(view.ends) == sorted(view.ends)


@pytest.mark.parametrize("name", TEXTS_AGAIN)
@given(text=any_text | long_text)
@settings(max_examples=400, deadline=None)
@example("AΝΝ㊀")
@example("¼ɐ<ᴉ")
@example("AΣ̣")
@example("ОО🐀")
@example("叁💰")
@example("οС🐴еν❤")
def test_reading_twice_changes_nothing(name: ViewName, text: str) -> None:
    once = normalise(text).view(name).text
    assert once == normalise(once).view(name).text


@pytest.mark.parametrize("name", VIEWS)
@given(text=any_text)
@settings(max_examples=100, deadline=None)
def test_a_view_is_the_same_whichever_was_asked_for_before(name: ViewName, text: str) -> None:
    asked = normalise(text)
    for other in reversed(VIEWS):
        asked.view(other)
    assert normalise(text).view(name) == asked.view(name)


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_longest_texts_are_read_with_work_in_proportion(unit: str) -> None:
    half, whole = (_calls((unit * MAX_TEXT)[:size]) for size in (MAX_TEXT // 2, MAX_TEXT))
    assert whole <= 2.1 * half + 100


@pytest.mark.parametrize("unit", [*HOSTILE, "加V ", "加V", "🇸🇮", "👩\u200d", "ང་", "می\u200c"])
def test_the_longest_texts_are_scanned_as_often_as_short_ones(unit: str) -> None:
    """A few calls that each scan the whole text again would be few calls still."""
    half, whole = (_scanned((unit * MAX_TEXT)[:size]) for size in (MAX_TEXT // 2, MAX_TEXT))
    assert whole <= 2.1 * half + 1_000


def _scanned(text: str) -> int:
    _read(text)
    with counted("moderation.views", "moderation.normaliser", "moderation.readings") as scanned:
        _read(text)
    return scanned.characters


def _calls(text: str) -> int:
    """How many functions, Python's and C's, reading every view of `text` calls once its tables are there."""
    _read(text)
    return calls(lambda: _read(text))


def _read(text: str) -> None:
    asked = normalise(text)
    for name in VIEWS:
        asked.view(name)
