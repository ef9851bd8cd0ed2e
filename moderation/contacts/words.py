"""The words around a contact, by the name of their list (`tables/contacts_words.tsv`, `contacts_hosts.tsv`)."""

from __future__ import annotations

from functools import lru_cache

import re2

from moderation.contacts.patterns import pattern
from moderation.views.tables import rows


@lru_cache(maxsize=1)
def _lists() -> dict[str, tuple[str, ...]]:
    words = {name: tuple(spelt.split(" | ")) for name, spelt in rows("contacts_words")}
    return words | {name: tuple(endings.split()) for name, endings in rows("contacts_hosts")}


@lru_cache(maxsize=32)
def words(name: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(_lists()[name])


def any_of(name: str, *, latin: bool | None = None) -> str:
    """The words of a list as alternatives of a pattern, longer ones first; `latin`: those in ASCII, or the others."""
    chosen = [word for word in _lists()[name] if latin in {None, word.isascii()}]
    return "|".join(re2.escape(word) for word in sorted(chosen, key=len, reverse=True))


@lru_cache(maxsize=1)
def _other_number() -> re2._Regexp:
    gap = r"[^\pL\pN]{0,3}"
    kind = r"(?:号码?|单号|编号|编码|序号|条码|码|numbers?|num|nr|no|id)?"
    words = rf"\b(?:{any_of('other_number', latin=True)})|(?:^|[^{_MAKING}])(?:{any_of('other_number', latin=False)})"
    return pattern(rf"(?:{words}){gap}{kind}{gap}(?:是|为|is|was)?{gap}$")


_MAKING = "办做卖制造售代刷涨买冲增提"
"""Who offers to make what is numbered gives a number of their own: `代办身份证 138...`, `刷播放量 138...`."""


@lru_cache(maxsize=1)
def _counter() -> re2._Regexp:
    words = rf"\b(?:{any_of('counter', latin=True)})|(?:^|[^{_MAKING}])(?:{any_of('counter', latin=False)})"
    return pattern(rf"(?:{words})[^\pL\pN]{{0,3}}(?:是|为|有|已|已经|达|高达|超过|突破|破|了|is|was)*[^\pL\pN]{{0,3}}$")


@lru_cache(maxsize=1)
def _parcel() -> re2._Regexp:
    return pattern(rf"(?:{any_of('courier')})[^\pL\pN]{{0,3}}(?:快递|速运|速递|物流)?[^\pL\pN]{{0,3}}$")


@lru_cache(maxsize=1)
def _series() -> re2._Regexp:
    return pattern(any_of("series"))


def counts(before: str) -> bool:
    """Whether `before` ends in what says that a count follows: `播放量`, `票房高达`."""
    return _counter().search(before) is not None


def sends(before: str) -> bool:
    """Whether `before` ends in the name of who carries parcels."""
    return _parcel().search(before) is not None


def tells_of_a_series(around: str) -> bool:
    """Whether what stands around digits says that they are numbers in a row: `找规律`."""
    return _series().search(around) is not None


def names_another(before: str) -> bool:
    """Whether `before` ends in what says that another kind of number follows: `订单号是`, `tracking no. `."""
    return _other_number().search(before) is not None
