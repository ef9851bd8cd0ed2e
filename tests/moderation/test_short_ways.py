"""What is skipped for speed would have changed nothing: each short way beside the long one, on texts that mix signs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.contacts import finding
from moderation.contacts.links import DOTS
from moderation.normaliser import normalise
from moderation.rules import paths
from moderation.rules.index import Owner
from moderation.rules.spelling import Spelling
from moderation.views import joined, parted, phonetic, shape, stretch
from moderation.views.lattice import is_odd
from moderation.views.stretch import stretches_of
from moderation.views.view import ViewName

ALWAYS = re.compile("")
PATIENT = settings(deadline=None, max_examples=200)
SIGNS = (
    "微信赌博加群天气好木又女子日月贷款红包，。、!?;:[](){}“”《》【】.·*-~/_丶丨 01234569ab"
    "ilvxzIL@$！❤🌿ㄅ한글씨éд壹陆①"
)
TEXTS = st.text(st.sampled_from(SIGNS), max_size=30)
TERMS = ("微信", "赌博", "加微信", "贷款")


@given(TEXTS)
@PATIENT
def test_a_plain_text_has_no_filler_within_a_word(text: str) -> None:
    view = normalise(text).canonical
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(joined, "_UNUSUAL", ALWAYS)
        long = joined.joined(view, text)
    assert long == joined.joined(view, text)


def test_what_counts_as_plain_is_letters_digits_stops_and_brackets() -> None:
    plain = (chr(code) for code in range(0x10000) if not joined._UNUSUAL.match(chr(code)))
    assert set("HLDpb") == {joined._kind(char) for char in plain}


@given(TEXTS)
@PATIENT
def test_texts_without_what_may_be_an_aside_or_a_stop_keep_all(text: str) -> None:
    view = normalise(text).canonical
    assert parted.without_asides(view) == (view if view.text.isascii() else view.without(parted._ASIDE))
    assert parted.without_stops(view) == view.replaced(parted._loose_stops(view.text))


@given(TEXTS)
@PATIENT
def test_hangul_marks_and_held_letters_are_looked_for_where_they_may_be(text: str) -> None:
    view = normalise(text + "fuuu\u0301k벼ㅇ"[: len(text) % 9]).canonical
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shape, "_HANGUL_OR_MARK", ALWAYS)
        long = shape.in_classes(view)
    assert long == shape.in_classes(view)


def test_a_character_sounds_as_what_it_is_drawn_like() -> None:
    drawn = dict(phonetic._plainly_drawn())
    heard = phonetic._sounds()
    assert drawn
    assert {code: phonetic._sound(ord(char)) for code, char in drawn.items()} == {code: heard[code] for code in drawn}


@given(TEXTS)
@PATIENT
def test_paths_that_are_not_begun_lead_nowhere(text: str) -> None:
    index = paths.PathIndex()
    for number, term in enumerate(TERMS):
        index.add_term(term, Owner(number, 0, term, False, ViewName.PHONETIC, Spelling.COMPOSED))
    view = normalise(text).canonical
    if not is_odd(view):
        return
    short = [list(index.find(each)) for each in stretches_of(view)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(paths, "last_sign", lambda _text, _start, end: end - 1)
        patched.setattr(paths, "_goes_on", lambda _node, _ahead: True)
        patched.setattr(stretch, "is_alone", lambda _text, _at, _end: False)
        assert [list(index.find(each)) for each in stretches_of(view)] == short


OF_CONTACTS = re.compile(
    rf"(?:[{finding._DIGIT_LIKE}][^{finding._DIGIT_LIKE}]{{0,3}}){{4}}|\d{{5}}|[①-⓿❶-➓]"
    rf"|[^\W_][{DOTS}](?:中国|公司|网|集|商|我|рф|рус|укр|한국|ไทย|コム|みんな)|공|영|일이|ศูนย์|ноль|один"
)
"""What a text with a contact holds, as one pattern that begins with no class."""


NUMBERS = (
    *"0189ax@一两九零么①❶ 微.。·_我网中国集，", "公司", "рф", "공", "영", "일이", "일",
    "ศูนย์", "ноль", "н", "один", "о", "٣٣٣٣", "zz",
)  # fmt: skip


@given(st.lists(st.sampled_from(NUMBERS), max_size=14).map("".join))
@PATIENT
def test_a_text_may_hold_a_contact_where_one_pattern_says_so(text: str) -> None:
    assert bool(OF_CONTACTS.search(text)) == any(sign.search(text) for sign in finding._SIGNS)


@pytest.mark.parametrize("size", [0, 1, 10_000, 10_001, 10_002])
def test_every_code_point_has_its_place_in_texts_of_any_length(size: int) -> None:
    view = normalise("天" * size).canonical
    assert (tuple(range(size)), tuple(range(1, size + 1))) == (view.starts, view.ends)
