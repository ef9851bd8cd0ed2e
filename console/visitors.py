"""Where a request comes from, and how much one place may send without a key.

Behind a proxy every request comes from the proxy. Its header is believed where the proxy's address was named in the
settings, and nowhere else: of what a client made up itself, nothing.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict, deque
from collections.abc import Collection
from datetime import datetime, timedelta

from starlette.requests import HTTPConnection

from governance.complaint_rules import PublicLimits

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_TRACKED = 10_000
_ONE_HOUSEHOLD = 64
"""Bits of an address of IPv6 that its network gave; the others are whoever's choice who has it."""


def address_of(request: HTTPConnection, proxies: Collection[Network] = ()) -> str:
    """The address that sent it, as one for a /64 of IPv6; what is no address as it is."""
    came = request.client.host if request.client else ""
    told = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    while told and _within(came, proxies):
        came = told.pop()
    return _household(came)


class Turnstile:
    """Counts what comes without a key, by address and altogether, in bounded memory. Threads may share it."""

    def __init__(self, limits: PublicLimits) -> None:
        self._span = timedelta(minutes=limits.per_address_minutes)
        self._most = limits.per_address
        self._all: deque[datetime] = deque(maxlen=limits.per_minute)
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, now: datetime) -> int:
        """Lets one more through and gives 0, or the seconds until one more may come."""
        with self._lock:
            mine = self._seen.get(address) or deque(maxlen=self._most)
            left = max(_left(mine, self._span, now), _left(self._all, timedelta(minutes=1), now))
            if left:
                return left
            mine.append(now)
            self._all.append(now)
            self._seen[address] = mine
            self._seen.move_to_end(address)
            while len(self._seen) > MOST_TRACKED:
                self._seen.popitem(last=False)
        return 0


def _left(times: deque[datetime], span: timedelta, now: datetime) -> int:
    """Seconds until the oldest of a full count is forgotten."""
    if len(times) < (times.maxlen or 0) or now - times[0] >= span:
        return 0
    return int((times[0] + span - now).total_seconds()) + 1


def _within(address: str, networks: Collection[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def _household(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _ONE_HOUSEHOLD), strict=False))
