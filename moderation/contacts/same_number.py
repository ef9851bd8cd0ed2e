"""One telephone number, whichever service is named in front of it: `微信13800138000` reaches who `13800138000` does.

So do its mail addresses (`13800138000@139.com`), and `345678912@qq.com` reaches the QQ account 345678912.
"""

from __future__ import annotations

from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.phones import spellings_of

BY_NUMBER = (
    ContactKind.PHONE,
    ContactKind.WECHAT,
    ContactKind.QQ,
    ContactKind.TELEGRAM,
    ContactKind.WHATSAPP,
    ContactKind.LINE,
    ContactKind.KAKAO,
)
"""Kinds whose accounts are, or may be, found by a telephone number."""

LISTED_BY_NUMBER = frozenset({*BY_NUMBER, ContactKind.EMAIL})
"""Kinds by which something may be listed that another kind meets."""

_MOBILE = 11
"""Digits of a mobile number at home. Shorter numbers of accounts may look like a landline's and are none."""

_BY_NUMBER_AT = ("139.com", "189.cn", "wo.cn", "qq.com", "163.com", "126.com")
"""Where a mobile number at home is an address by itself."""

_BY_QQ_AT, _QQ = ("qq.com", "vip.qq.com"), (5, 11)
"""Where the number of a QQ account is its address, and how many digits it has."""

Name = tuple[ContactKind, str]


def names_of(contact: Contact) -> tuple[Name, ...]:
    """The contact's own kind and value first, then the same number by every other kind that may have it."""
    own = (contact.kind, contact.value)
    number = number_of(contact)
    if number is None:
        return tuple(dict.fromkeys((own, *_by_account(contact))))
    spelt = spellings_of(number) or (number,)
    others = ((kind, value) for kind in BY_NUMBER for value in spelt[: 2 if kind is ContactKind.QQ else 1])
    mails = ((ContactKind.EMAIL, f"{spelt[-1]}@{host}") for host in _BY_NUMBER_AT if len(spelt) > 1)
    return tuple(dict.fromkeys((own, *others, *mails)))


def _by_account(contact: Contact) -> tuple[Name, ...]:
    """A QQ account by its mail address, and the account of such an address."""
    if contact.kind is ContactKind.QQ:
        return tuple((ContactKind.EMAIL, f"{contact.value}@{host}") for host in _BY_QQ_AT)
    local, _, host = contact.value.rpartition("@")
    return ((ContactKind.QQ, local),) if contact.kind is ContactKind.EMAIL and _is_qq(local, host) else ()


def _is_qq(local: str, host: str) -> bool:
    return host in _BY_QQ_AT and _is_digits(local) and _QQ[0] <= len(local) <= _QQ[1]


def known_by(contact: Contact) -> Name:
    """By what contacts are counted together: a number is one, whatever service is named."""
    number = number_of(contact)
    if number is not None:
        return ContactKind.PHONE, number
    account = _by_account(contact) if contact.kind is ContactKind.EMAIL else ()
    return account[0] if account else (contact.kind, contact.value)


def number_of(contact: Contact) -> str | None:
    """The E.164 number by which it is reached; None where it is none."""
    if contact.kind is ContactKind.EMAIL:
        return _at_home(contact.value.partition("@")[0])
    if contact.kind not in BY_NUMBER:
        return None
    return contact.value if contact.value.startswith("+") else _at_home(contact.value)


def _at_home(digits: str) -> str | None:
    """The number that a mobile's eleven digits at home are; None where they are none."""
    if len(digits) != _MOBILE or not (_is_digits(digits) and digits.startswith("1")):
        return None
    return next(iter(spellings_of(digits)), None)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
