"""Disguises of contacts: where to reach the seller, written so that only people can read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final

from data.disguises.tables import tables

Place = tuple[int, int]

_FINANCIAL: Final = "零壹贰叁肆伍陆柒捌玖"
_SPOKEN: Final = "零一二三四五六七八九"
_HEARD: Final = "〇幺两叁肆舞溜柒扒玖"
_RINGED: Final = "⓪①②③④⑤⑥⑦⑧⑨"
_WIDE: Final = "０１２３４５６７８９"
_LETTERED: Final = "ol234sb7Bg"
_KEYCAP: Final = "\ufe0f\u20e3"

_LINK: Final = r"(?:https?://)?(?:[a-z0-9-]{1,63}\.){1,4}(?:com|cn|net|org|top|xyz|cc|vip|me|io|shop|club|info|example)\b(?:/[\w/?=&%.-]*)?"
_MAIL: Final = r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,10}"
_NUMBER: Final = r"\+?\d(?:[ -]?\d){5,14}"
_HANDLE: Final = r"[a-z][a-z0-9_-]{0,30}\d[a-z0-9_-]{0,30}"
_CHANNEL: Final = r"微信|电话|手机|(?<![a-z])(?:wechat|wx|vx|qq|telegram|tg|whatsapp|line)(?![a-z])"
_CONTACT: Final = re.compile(
    f"(?:{_MAIL})|(?:{_LINK})|(?:{_NUMBER})|(?:{_CHANNEL})|(?<![a-z0-9]){_HANDLE}", re.IGNORECASE | re.ASCII
)

_DOTS: Final = ("点", " dot ", "。", "．", "[.]", "(dot)", "丶", " . ")
_ATS: Final = ("艾特", "(at)", "＠", " at ", "[@]", "圈a")


def contacts(text: str) -> list[Place]:
    """Where numbers, links, addresses, account names and the names of messengers stand, in order."""
    return [match.span() for match in _CONTACT.finditer(text)]


def contact(found: str, random: Random) -> str:
    """The same contact for people: `一③8...`, `shop点top`, `扣扣`."""
    names = tables().channels.get(found.lower())
    if names:
        return random.choice(names)
    written = found
    if "@" in found or "." in found:
        written = written.replace("@", random.choice(_ATS)).replace(".", random.choice(_DOTS))
    return _digits(written, random)


def _digits(text: str, random: Random) -> str:
    """Every digit in one other form, or each in one of its own."""
    if random.random() < 0.25:
        return "".join(random.choice(_FORMS)(char) if char.isdecimal() else char for char in text)
    form = random.choice(_FORMS)
    return "".join(form(char) if char.isdecimal() else char for char in text)


def _from(row: str) -> Callable[[str], str]:
    return lambda digit: row[int(digit)]


_FORMS: Final[tuple[Callable[[str], str], ...]] = (
    *(_from(row) for row in (_FINANCIAL, _SPOKEN, _HEARD, _RINGED, _WIDE, _LETTERED)),
    lambda digit: digit + _KEYCAP,
    lambda digit: digit + " ",
    lambda digit: digit + ".",
)
