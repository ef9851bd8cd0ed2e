"""Whether a number counts or measures something, by what stands right beside it.

A unit is one only at its word's edge: 天 of `天天回血` and 元 of `元旦见` are none. Behind a telephone number, and
behind an account of seven digits and more to which a cue leads, it is believed only where it touches the number and
ends there.
"""

from __future__ import annotations

from functools import lru_cache

import re2

from moderation.contacts.numbers import NumberRun
from moderation.contacts.patterns import begins_a_word, pattern
from moderation.contacts.words import any_of, words

_BEHIND, _BEFORE = 12, 4
_LONG = 7
"""Digits from which on a number is more likely somebody's account than an amount."""

_MOBILE = pattern(r"(?:86)?1[3-9]\d{9}")
_HAN = pattern(r"\p{Han}")
_GOES_ON = pattern(r"(?:\s?[*/=×÷+]\s?|[-:./])\d{1,6}(?:\D|$)")
_FRACTION = pattern(r"\.\d{1,2}(?:\D|$)")
_OPERATORS = frozenset("+*/=×÷")
_SHORT_SIGN = pattern(r"\s?(?:[%+*/=×÷]|[kwm]\b)")
_CLOSES = frozenset("的了吧呢吗啊哦呀以多左右起整钱")
"""What may stand behind a unit at its edge."""


@lru_cache(maxsize=1)
def _units() -> re2._Regexp:
    han = "|".join(sorted((word for word in words("unit") if not word.isascii()), key=len, reverse=True))
    latin = "|".join(word for word in words("unit") if word.isascii() and word.isalpha())
    return pattern(rf"(?:{han})|(?:{latin})\b")


@lru_cache(maxsize=2)
def _ends_in(name: str) -> re2._Regexp:
    return pattern(rf"(?:{any_of(name)})\s?$")


@lru_cache(maxsize=1)
def _of_time() -> frozenset[str]:
    return words("time_unit")


def is_amount(text: str, run: NumberRun, *, cued: bool) -> bool:
    """Whether the number is an amount; `cued`: a contact's cue leads right to it."""
    before, behind = text[max(run.start - _BEFORE, 0) : run.start], text[run.end : run.end + _BEHIND]
    is_long = len(run.digits) >= _LONG
    if not cued and (_ends_in("amount").search(before) or (not is_long and _ends_in("about").search(before))):
        return True
    if run.fillers & _OPERATORS and behind.lstrip()[:1] in _OPERATORS:
        return True
    if (_FRACTION if cued and is_long else _GOES_ON).match(behind):
        return True
    if is_long:
        return _is_long_amount(behind, sure=cued or _MOBILE.fullmatch(run.digits) is not None)
    return _SHORT_SIGN.match(behind) is not None or _is_unit(behind.lstrip(), closed=False)


def _is_long_amount(behind: str, *, sure: bool) -> bool:
    touches, rest = not behind[:1].isspace(), behind.lstrip()
    if touches and rest.startswith(tuple(words("money_unit"))):
        return _is_unit(rest, closed=False)
    return (touches or not sure) and _is_unit(rest, closed=sure or not touches, timed=False)


def _is_unit(behind: str, *, closed: bool, timed: bool = True) -> bool:
    """Whether a unit begins here and is a word by itself; `closed`: nothing but a particle may go on."""
    match = _units().match(behind)
    if match is None or (not timed and match.group() in _of_time()):
        return False
    rest = behind[match.end() :]
    if not _HAN.match(rest) or rest[0] in _CLOSES or (rest[0] in words("unit") and rest[0] != match.group()):
        return True
    return not closed and not begins_a_word(behind)
