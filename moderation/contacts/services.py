"""What links of services open: an account or an invitation where their form says so, on the web and by an app's scheme.

A service's own pages (`t.me/share`, `t.me/addstickers`) are nobody's account: they stay links. An invitation has one
value however it is written: `t.me/+X`, `t.me/joinchat/X`, `tg://join?invite=X`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import re2

from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.patterns import pattern
from moderation.contacts.reading import Reading


def _account(named: str) -> str:
    return named.lower()


def _room(named: str) -> str:
    """Told apart by case."""
    return named


def _plus(named: str) -> str:
    """An invitation, told apart by case, or a number with its country."""
    return f"+{named}"


_OTHERS = r"(?:[^\s#]*&)?"
"""Parameters before the one that tells."""
_NUMBER = r"(?:\+|%2b|%2B)?(\d{8,15})"
_TELEGRAM = r"^(?:t|telegram)\.(?:me|dog)/"
_LINE = r"(?:r/)?ti/p/(?:~|%40|@)((?i:[a-z0-9._-]{3,20}))"
_OWN_PAGES = "addemoji|addlist|addstickers|addtheme|boost|contact|giftcode|invoice|joinchat|login|proxy|share|socks"

_Shape = tuple[ContactKind | None, Callable[[str], str], re2._Regexp]
_WEB: tuple[_Shape, ...] = (
    (ContactKind.TELEGRAM, _plus, pattern(_TELEGRAM + r"(?:\+|joinchat/)([A-Za-z0-9_-]{8,40})")),
    (None, _account, pattern(_TELEGRAM + rf"(?i:({_OWN_PAGES}))(?:[^\w]|$)")),
    (ContactKind.TELEGRAM, _account, pattern(_TELEGRAM + r"(?:s/)?@?((?i:[a-z]\w{3,31}))")),
    (ContactKind.WHATSAPP, _plus, pattern(rf"^(?:wa\.me/|api\.whatsapp\.com/send/?\?{_OTHERS}phone=){_NUMBER}")),
    (ContactKind.LINE, _account, pattern(r"^line\.me/" + _LINE)),
    (ContactKind.KAKAO, _room, pattern(r"^open\.kakao\.com/((?:o|me)/\w+)")),
    (ContactKind.QQ, _account, pattern(rf"^wpa\.qq\.com/msgrd\?{_OTHERS}uin=(\d{{5,11}})")),
)
_APPS: tuple[_Shape, ...] = (
    (ContactKind.TELEGRAM, _plus, pattern(r"^(?i:tg)://join/?\?invite=([A-Za-z0-9_-]{8,40})")),
    (ContactKind.TELEGRAM, _account, pattern(rf"^(?i:tg)://resolve/?\?{_OTHERS}domain=((?i:[a-z]\w{{3,31}}))")),
    (ContactKind.TELEGRAM, _plus, pattern(rf"^(?i:tg)://resolve/?\?{_OTHERS}phone={_NUMBER}")),
    (ContactKind.WHATSAPP, _plus, pattern(rf"^(?i:whatsapp)://send/?\?{_OTHERS}phone={_NUMBER}")),
    (ContactKind.LINE, _account, pattern(r"^(?i:line)://" + _LINE)),
    (ContactKind.QQ, _account, pattern(rf"^(?i:tencent|mqqapi|mqqwpa)://[^\s?]*\?{_OTHERS}uin=(\d{{5,11}})")),
    (ContactKind.WECHAT, _account, pattern(r"^(?i:weixin)://contacts/profile/((?i:[a-z][\w-]{5,19}))")),
)
"""What is opened, what becomes of its name, and the link as it is written; None for a page of the service's own."""

_APP_LINK = pattern(r"(?:tg|whatsapp|line|tencent|mqqapi|mqqwpa|weixin)://[!-~]+")
_SURE = 0.98


def opened_by(link: str) -> tuple[ContactKind, str] | None:
    """What a web link opens, its host and path as written, without scheme and `www.`; None for an ordinary page."""
    return _first(link, _WEB)


def app_links_in(reading: Reading) -> Iterator[Contact]:
    """Accounts behind an app's own scheme (`tg://`, `weixin://`, ...)."""
    if "://" in reading.text:
        for match in _APP_LINK.finditer(reading.text):
            if opened := _first(reading.as_written(*match.span()), _APPS):
                yield Contact(*opened, reading.view.to_source(*match.span()), _SURE)


def _first(link: str, shapes: tuple[_Shape, ...]) -> tuple[ContactKind, str] | None:
    for kind, value_of, shape in shapes:
        if found := shape.match(link):
            return (kind, value_of(found.group(1))) if kind else None
    return None
