"""One telephone number, whichever service is named in front of it: `微信13800138000` reaches who `13800138000` does."""

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

_MOBILE = 11
"""Digits of a mobile number at home. Shorter numbers of accounts may look like a landline's and are none."""

Name = tuple[ContactKind, str]


def names_of(contact: Contact) -> tuple[Name, ...]:
    """The contact's own kind and value first, then the same number by every other kind that may have it."""
    own = (contact.kind, contact.value)
    number = number_of(contact)
    if number is None:
        return (own,)
    spelt = spellings_of(number) or (number,)
    others = ((kind, value) for kind in BY_NUMBER for value in spelt[: 2 if kind is ContactKind.QQ else 1])
    return tuple(dict.fromkeys((own, *others)))


def known_by(contact: Contact) -> Name:
    """By what contacts are counted together: a number is one, whatever service is named."""
    number = number_of(contact)
    return (contact.kind, contact.value) if number is None else (ContactKind.PHONE, number)


def number_of(contact: Contact) -> str | None:
    """The E.164 number by which it is reached; None where it is none."""
    if contact.kind not in BY_NUMBER:
        return None
    if contact.value.startswith("+"):
        return contact.value
    if len(contact.value) != _MOBILE or not (contact.value.isascii() and contact.value.isdigit()):
        return None
    return next(iter(spellings_of(contact.value)), None) if contact.value.startswith("1") else None
