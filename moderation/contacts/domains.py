"""Domains: what one owner registered, and the two spellings of names in other scripts.

Public suffixes come from the list that publicsuffixlist carries, private ones (`github.io`) included, so that a domain
is what one owner holds; nothing is fetched and nothing is cached on disk. It takes 2 MB, where tldextract, which brings
an HTTP client along, took 11 of a server.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # parses its list: loaded where somebody wrote a host

    return PublicSuffixList(accept_unknown=False)


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str | None:
    """The part of `host` that one owner registered, in ASCII (`xn--` for other scripts); None where there is none.

    `example.com` of `https://www.example.com`, `a.github.io` of itself.
    """
    found = _suffixes().privatesuffix(host.rstrip("."))
    return None if found is None else _ascii(found)


def listed_host(host: str) -> str | None:
    """What a list knows `host` by: its registrable domain, or an IPv4 address, which nobody registers, as it is."""
    domain = registrable_domain(host)
    if domain is not None:
        return domain
    try:
        return str(IPv4Address(host))
    except AddressValueError:
        return None


def _ascii(host: str) -> str | None:
    import idna  # tables of every script: loaded where somebody wrote a host

    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None


def as_shown(host: str) -> str:
    """`host` with its `xn--` labels as they are shown; as it was where one cannot be read."""
    import idna

    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host
