"""Whether Han characters may be somebody's name: a surname and characters of given names, and what introduces one."""

from __future__ import annotations

from functools import cache

from moderation.rules.found import ALL_HAN, Found
from moderation.views.tables import pairs

LONGEST = 3
"""Characters of a name."""


def is_like_name(text: str, least: int | None = None) -> bool:
    """Whether `text` may be a surname and a given name, `least` of whose characters are usual (all): 袁娇."""
    surnames, given, *_ = _lists()
    usual = sum(char in given for char in text[1:])
    return 2 <= len(text) <= LONGEST and text[0] in surnames and usual >= (len(text) - 1 if least is None else least)


def is_introduced(found: Found) -> bool:
    """Whether a word that stands before names stands before the find: 主持人, 我叫."""
    return found.before.endswith(_lists()[2])


def is_surname(letters: str) -> bool:
    """Whether `letters` are a surname in pinyin."""
    return letters in _lists()[3]


@cache
def _lists() -> tuple[frozenset[str], frozenset[str], tuple[str, ...], frozenset[str]]:
    lists = pairs("names")
    before, spelt = lists["before"].split(), lists["spelt"].split()
    return frozenset(lists["surnames"]), frozenset(lists["given"]), tuple(before), frozenset(spelt)


def insults(term: str) -> bool:
    """Whether a term is of the kind that is thrown at somebody, by its characters; any that is not Chinese may be."""
    return not ALL_HAN.fullmatch(term) or not _OF_INSULTS.isdisjoint(term)


_OF_INSULTS = frozenset("逼傻妈娘爹狗猪蠢笨贱婊渣废滚操艹屎屁蛋杂畜残障痴呆脑死骚鬼货婆佬狂癌肥丑矬")
