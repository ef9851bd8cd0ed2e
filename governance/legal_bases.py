"""On which grounds personal data may be processed, by law: each knows its own and no other.

PIPL is China's Personal Information Protection Law, whose article 13 knows no legitimate interest; GDPR is the EU's
General Data Protection Regulation. The lists are closed: no file adds to a law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

LawName = Literal["pipl", "gdpr"]


@dataclass(frozen=True, slots=True)
class Law:
    """A law and the bases that it knows: by their number or letter, in our words by language."""

    article: str
    name: Mapping[str, str]
    bases: Mapping[str, Mapping[str, str]]
    unknown: tuple[str, ...] = ()
    """Words for what other laws know and this one does not."""


def _both(zh: str, en: str) -> Mapping[str, str]:
    return MappingProxyType({"zh": zh, "en": en})


_EUROPE = _both("欧盟《通用数据保护条例》第六条第一款", "GDPR article 6(1)")

LAWS: Mapping[LawName, Law] = MappingProxyType({
    "pipl": Law("PIPL article 13", _both("《个人信息保护法》第十三条第一款", "PIPL article 13(1)"), MappingProxyType({
        "1": _both("第一项，取得个人的同意", "(1), consent"),
        "2": _both("第二项，订立、履行个人作为一方的合同所必需", "(2), needed for a contract with the person"),
        "3": _both("第三项，履行法定职责或者法定义务所必需", "(3), needed for a statutory duty"),
        "4": _both("第四项，应对突发公共卫生事件或紧急情况下保护生命健康和财产安全", "(4), an emergency"),
        "5": _both("第五项，为公共利益实施新闻报道、舆论监督", "(5), news reporting in the public interest"),
        "6": _both("第六项，合理处理个人自行公开或已合法公开的信息", "(6), what was lawfully made public"),
        "7": _both("第七项，法律、行政法规规定的其他情形", "(7), what another law or administrative regulation says"),
    }), ("正当利益", "合法利益", "legitimate interest")),
    "gdpr": Law("GDPR article 6(1)", _EUROPE, MappingProxyType({
        "a": _both("(a) 项，同意", "(a), consent"),
        "b": _both("(b) 项，与数据主体的合同所必需", "(b), needed for a contract with the person"),
        "c": _both("(c) 项，履行法定义务", "(c), a legal obligation under Union or Member State law"),
        "d": _both("(d) 项，保护重大利益", "(d), vital interests"),
        "e": _both("(e) 项，公共利益任务", "(e), a task in the public interest"),
        "f": _both("(f) 项，正当利益", "(f), legitimate interests"),
    })),
})  # fmt: skip

_OF_POLICY: Mapping[str, tuple[LawName, ...]] = MappingProxyType({"cn": ("pipl", "gdpr"), "eu": ("gdpr", "pipl")})
_FIRST: Mapping[str, tuple[LawName, ...]] = MappingProxyType({"zh": ("pipl", "gdpr"), "en": ("gdpr", "pipl")})


def laws_for(policy: str, language: str) -> tuple[LawName, ...]:
    """Whose bases a page tells, each under its law: first that of a house with this policy, else the reader's nearest.

    All are told: one house may have readers under several laws, and each profile of duties asks for its own.
    """
    return _OF_POLICY.get(policy, _FIRST[language])


def said(law: LawName, basis: str, language: str) -> str:
    """The basis as that law has it, with its place there. Raises `KeyError` for one that it does not know."""
    there = LAWS[law]
    return f"{there.name[language]}{there.bases[basis][language]}"
