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
from records import form_counts
from records.database import Database
from records.form_counts import ALL, LIFE, Bounds
from records.personal import Keyring

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_KIND = "form"
MOST_TRACKED = 10_000
_ONE_SITE = 48
_ONE_HOUSEHOLD = 64
"""Bits of an address of IPv6 that its network gave; the others are whoever's choice who has it."""


def address_of(request: HTTPConnection, proxies: Collection[Network] = ()) -> str:
    """The address that sent it, as one for a /64 of IPv6; what is no address as it is."""
    came = request.client.host if request.client else ""
    told = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    while told and _within(came, proxies):
        came = told.pop()
    return _household(came)


def is_secure(request: HTTPConnection, proxies: Collection[Network] = ()) -> bool:
    """Whether the browser speaks TLS: to this process, or to a proxy that may be believed and says so."""
    came = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
    return request.url.scheme in ("https", "wss") or (told == "https" and _within(came, proxies))


def shortened(address: str) -> str | None:
    """The network of an address, as `192.0.2.*`, of IPv6 its first 48 bits; None for what is no address."""
    try:
        found = ipaddress.ip_network(address, strict=False)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Network):
        return str(found.network_address).rpartition(".")[0] + ".*"
    return str(ipaddress.ip_network((found.network_address, _ONE_SITE), strict=False))


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip
"""What browsers call themselves and where they run, in the order in which one name hides another."""


def browser_in(agent: str) -> str | None:
    """A browser and its system without their versions, as `Firefox, Linux`; None where neither is known."""
    found = [next((name for mark, name in known if mark in agent), None) for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found)) or None


class Shared:
    """Counts over all processes of a server, in their database; addresses only as keyed hashes."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def wait(self, address: str, bounds: Bounds, now: datetime) -> int:
        """Lets one more through and gives 0, or the seconds until one more may come. Raises `PartUnavailableError`."""
        known = self._keyring.indexes(_KIND, address)
        with self._database.reading() as look:  # a flood costs looks, and no turn at writing
            left = form_counts.until_free(look, known, bounds, now=now)
        if left:
            return _seconds(left)
        with self._database.unit() as unit:
            left = form_counts.take(unit, known, self._keyring.index(_KIND, address), bounds, now=now)
            unit.commit()
        return _seconds(left) if left else 0


class Turnstile:
    """Counts what comes without a key, by address and altogether; threads may share it.

    A report whose kind says that life may be threatened is counted apart, within bounds of its own: no flood of others,
    from the same address or from everywhere, keeps it out.
    """

    def __init__(self, limits: PublicLimits, shared: Shared | None = None) -> None:
        span = timedelta(minutes=limits.per_address_minutes)
        usual = Bounds(span, limits.per_address, limits.per_minute)
        life = Bounds(span, limits.life_per_address, limits.life_per_minute, LIFE)
        self._usual, self._life = (_Lane(bounds, shared) for bounds in (usual, life))

    def wait(self, address: str, now: datetime, *, is_about_life: bool = False) -> int:
        """Lets one more through and gives 0, or the seconds until one more may come."""
        return (self._life if is_about_life else self._usual).wait(address, now)


class _Lane:
    """What is counted together, in bounded memory.

    With `shared` the other processes of the server count too, and memory only turns a flood away before it is asked.
    """

    def __init__(self, bounds: Bounds, shared: Shared | None) -> None:
        self._shared = shared
        self._bounds = bounds
        self._all: deque[datetime] = deque(maxlen=bounds.of_all)
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, now: datetime) -> int:
        """Lets one more through and gives 0, or the seconds until one more may come."""
        with self._lock:
            left = self._left(address, now)
        if not left and self._shared is not None:
            left = self._shared.wait(address, self._bounds, now)
        return left or self._counted(address, now)

    def _left(self, address: str, now: datetime) -> int:
        return max(_left(self._of(address), self._bounds.span, now), _left(self._all, ALL, now))

    def _of(self, address: str) -> deque[datetime]:
        return self._seen.get(address) or deque(maxlen=self._bounds.of_one)

    def _counted(self, address: str, now: datetime) -> int:
        """Counts it, unless another thread was faster to the last place."""
        with self._lock:
            left = self._left(address, now)
            if left and self._shared is None:
                return left
            mine = self._seen[address] = self._of(address)
            mine.append(now)
            self._all.append(now)
            self._seen.move_to_end(address)
            while len(self._seen) > MOST_TRACKED:
                self._seen.popitem(last=False)
        return 0


def _left(times: deque[datetime], span: timedelta, now: datetime) -> int:
    """Seconds until the oldest of a full count is forgotten."""
    if len(times) < (times.maxlen or 0) or now - times[0] >= span:
        return 0
    return _seconds(times[0] + span - now)


def _seconds(left: timedelta) -> int:
    return int(left.total_seconds()) + 1


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
