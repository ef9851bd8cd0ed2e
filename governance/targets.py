"""Where webhooks may go: the public internet over https, and what somebody allowed beside it.

A server that sends wherever it is told is a way into the network that it stands in (server-side request forgery). So a
name in a URL proves nothing: what counts is the address that it resolves to, and `allows` is asked about every address
right before the connection to that very address is made (`serving/webhooks/sending.py`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import SplitResult, urlsplit

from moderation.errors import Fault, InvalidInputError

MAX_URL = 2000
LOCALHOST = "localhost"
_LOOPBACK = ("127.0.0.1", "::1")
_HEXADECIMAL = re.compile(r"0x[0-9a-f]*", re.IGNORECASE)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Targets:
    """`networks` are private ones that webhooks may reach all the same; `http` lets them go without TLS."""

    networks: tuple[Network, ...] = ()
    http: bool = False

    def check(self, url: str) -> SplitResult:
        """The URL's parts, if events may be sent there as far as it can be told without resolving its name.

        Raises `InvalidInputError` with every fault.
        """
        if faults := list(self._faults(url)):
            raise InvalidInputError("The endpoint cannot be used.", faults)
        return urlsplit(url)

    def allows(self, address: str) -> bool:
        """Whether a connection may be made to this address."""
        found = _unwrapped(address)
        if found is None:
            return False
        if any(found in network for network in self.networks):
            return True
        return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)

    def _faults(self, url: str) -> Iterable[Fault]:
        if len(url) > MAX_URL:
            yield Fault("url", f"is longer than {MAX_URL} characters")
            return
        if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            yield Fault("url", "has characters that no URL has; write foreign names as xn--... and the rest in %XX")
            return
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            yield Fault("url", "is no URL: https://hooks.example.com/chaffinch")
            return
        yield from self._scheme_faults(parts.scheme)
        if not host:
            yield Fault("url", "names no host: https://hooks.example.com/chaffinch")
        else:
            yield from self._host_faults(host)
        if parts.username is not None or parts.password is not None:
            yield Fault("url", "holds a user or password; webhooks are proved by their signature")
        if parts.fragment:
            yield Fault("url", "has a fragment (#...), which is never sent")

    def _host_faults(self, host: str) -> Iterable[Fault]:
        if _is_literal(host):
            if not self.allows(host):
                yield Fault("url", refusal(host))
        elif host.endswith("."):
            yield Fault("url", "ends in a dot: write the host without it")
        elif "%" in host:
            yield Fault("url", "has a host in %XX: write it as it is")
        elif _is_odd_number(host):
            yield Fault("url", "has a host that is a number in disguise: write a name, or an address as 203.0.113.7")
        elif (host == LOCALHOST or host.endswith(f".{LOCALHOST}")) and not any(map(self.allows, _LOOPBACK)):
            yield Fault("url", refusal(host))

    def _scheme_faults(self, scheme: str) -> Iterable[Fault]:
        if scheme == "http" and not self.http:
            yield Fault("url", "is not https: anybody on the way could read it (CHAFFINCH_WEBHOOK_HTTP=true allows it)")
        elif scheme not in ("http", "https"):
            yield Fault("url", "is not https://")


def refusal(address: str) -> str:
    """Why nothing is sent there, and what allows it."""
    return f"{address} is no public address; CHAFFINCH_WEBHOOK_NETWORKS names the private networks that are allowed"


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_odd_number(host: str) -> bool:
    """Whether programs would read it as an IPv4 address though it is not written as one: `2130706433`, `0x7f.1`.

    As browsers tell (https://url.spec.whatwg.org/#ends-in-a-number-checker): by the last part.
    """
    last = host.rpartition(".")[2]
    return last.isdecimal() or _HEXADECIMAL.fullmatch(last) is not None


def _unwrapped(address: str) -> Address | None:
    """The address that packets go to: one of version 4 may be wrapped in one of version 6. None for no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return found
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    teredo = found.teredo
    return found.ipv4_mapped or found.sixtofour or (teredo[1] if teredo else None) or found
