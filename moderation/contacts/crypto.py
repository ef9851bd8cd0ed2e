"""Crypto addresses whose checksum holds: Bitcoin, Litecoin, Dogecoin, TRON and Ethereum's.

Chains whose addresses carry no checksum (Solana) are left out: any long word would be one.
"""

from __future__ import annotations

from collections.abc import Iterator

from moderation.contacts.checksums import is_base58check, is_bech32, is_eip55
from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.patterns import pattern
from moderation.contacts.reading import Reading

_CANDIDATE = pattern(r"0x[0-9a-f]{40}|(?:bc|ltc)1[a-z0-9]{11,80}|[13tlmd9a][a-z0-9]{25,33}")


def addresses_in(reading: Reading) -> Iterator[Contact]:
    """Every address, in the letters of its checksum."""
    for match in _CANDIDATE.finditer(reading.text):
        start, end = match.span()
        value = None if _goes_on(reading.text, start, end) else _checked(reading.as_written(start, end))
        if value:
            yield Contact(ContactKind.CRYPTO_ADDRESS, value, reading.view.to_source(start, end), 0.99)


def _goes_on(text: str, start: int, end: int) -> bool:
    return any(char.isascii() and char.isalnum() for char in (*text[max(start - 1, 0) : start], *text[end : end + 1]))


def _checked(address: str) -> str | None:
    lower = address.lower()
    if lower.startswith("0x"):
        return lower if is_eip55(address) else None
    if is_bech32(lower):
        return lower
    return address if is_base58check(address) else None
