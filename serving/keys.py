"""Who may do what: API keys with scopes, looked up in the database and remembered for a second.

On loopback, with no key ever created, the server runs open and ignores presented keys. Then only requests addressed to
this machine by a local name are answered: a web page somewhere, or a proxy in front, cannot use what was left open.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from moderation.errors import ForbiddenError, PartUnavailableError, UnauthenticatedError
from moderation.policy import DEFAULT
from records import keys
from records.database import Database
from records.house_values import KeyRecord
from records.ledger import Actor
from serving.errors import OtherPolicyError, TooOftenError
from serving.fairness import Buckets, Limits

REMEMBERED_SECONDS = 1.0
MOST_REMEMBERED = 4096
MAX_KEY = 512
"""Characters of a presented key that are looked at; ours are shorter."""

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


class Scope(StrEnum):
    """What a key may be good for. `admin` includes the others; `inspect` reads an authority's evidence alone."""

    SCORE = "score"
    FEEDBACK = "feedback"
    RECORDS = "records"
    INSPECT = "inspect"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a key's id, prefix and scopes, and how many comments a second it may send (None: as many as others).

    `policy` is the one that the key is bound to; None: any.
    """

    id: str
    prefix: str
    scopes: frozenset[str]
    rate: float | None = None
    policy: str | None = None

    @property
    def name(self) -> str:
        """As cases and verdicts name who acted: `key:1f3a5b7c`, never the key."""
        return f"key:{self.prefix}"

    @property
    def actor(self) -> Actor:
        """As the ledger names it."""
        return Actor("key", self.prefix)


ANYBODY = Caller("open", "open", frozenset(Scope))
"""Whoever asks a server that runs open."""


class Gate:
    """Asked by every endpoint under `/v1`, in one place each.

    `buckets` is where it is counted how often a key asks: together by the processes of one server, else by each alone.
    One that runs open counts nobody.
    """

    def __init__(
        self,
        database: Database,
        *,
        open_without_keys: bool,
        rate: float = 0.0,
        standing: str = DEFAULT,
        refused: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        buckets: Buckets | None = None,
    ) -> None:
        """`rate` is how many comments a second a key may send whose own limit says nothing; 0: any number.

        `standing` is the policy that holds where neither request nor key names one. `refused` is told of requests that
        came too often.
        """
        self._database = database
        self._rate = rate
        self._standing = standing
        self._refused = refused
        self._limits = Limits(clock, buckets=buckets)
        self._clock = clock
        self._remembered: dict[bytes, tuple[float, Caller | None]] = {}
        self._looking: dict[bytes, asyncio.Task[Caller | None]] = {}
        self._used: set[str] = set()
        self._may_open = open_without_keys
        self.is_open = False
        self.look()

    def look(self) -> None:
        """Closes once a key was ever created; a server that has closed stays closed."""
        if not self._may_open:
            return
        try:
            with self._database.reading() as look:
                self._may_open = not keys.any_exist(look)
        except PartUnavailableError:
            return
        self.is_open = self._may_open

    def take_used(self) -> set[str]:
        """Ids of keys used since the last time this was asked."""
        used, self._used = self._used, set()
        return used

    async def require(self, request: HTTPConnection, scope: Scope, *, key: str | None = None) -> Caller:
        """Who asks. Raises `UnauthenticatedError` for nobody we know, `ForbiddenError` for one without the scope.

        Raises `TooOftenError` for one that asks more often than it may: before its body is read.
        `key` is the one presented where it stands elsewhere than in the header `Authorization`.
        """
        if self.is_open:
            check_local(request)
            request.state.caller = ANYBODY.id
            return ANYBODY
        caller = await self._caller(key[:MAX_KEY] if key else _presented(request))
        if scope not in caller.scopes and Scope.ADMIN not in caller.scopes:
            held = ", ".join(sorted(caller.scopes)) or "none"
            raise ForbiddenError(f"This key's scopes ({held}) do not include '{scope}'.")
        self._used.add(caller.id)
        self.count(caller)
        request.state.caller = caller.id
        return caller

    async def identify(self, request: HTTPConnection) -> Caller:
        """Who asks for something that is refused whatever the scope. Raises `UnauthenticatedError`, `ForbiddenError`.

        `count` then counts the request, as `require` would have.
        """
        if self.is_open:
            check_local(request)
            return ANYBODY
        return await self._caller(_presented(request))

    def policy_for(self, caller: Caller, named: str | None) -> str:
        """The policy that judges what this caller asks: the one named, else the key's own, else the house's.

        Raises `OtherPolicyError` where the key is bound to another than the one named.
        """
        if caller.policy is None:
            return self._standing if named is None else named
        if named not in (None, caller.policy):
            raise OtherPolicyError(caller.policy)
        return caller.policy

    def charge(self, caller: Caller, count: int) -> None:
        """Counts comments that came in one request beside its first."""
        rate = self._rate_of(caller)
        if rate and count > 0:
            self._limits.charge(caller.id, rate, count)

    def count(self, caller: Caller) -> None:
        """One more of this key. Raises `TooOftenError`."""
        rate = self._rate_of(caller)
        if not rate:
            return
        try:
            self._limits.take(caller.id, rate)
        except TooOftenError:
            self._refused("rate")
            raise

    def _rate_of(self, caller: Caller) -> float:
        """Nobody is counted where nobody is known."""
        if caller is ANYBODY:
            return 0.0
        return self._rate if caller.rate is None else caller.rate

    async def _caller(self, key: str) -> Caller:
        digest = hashlib.sha256(key.encode()).digest()
        seen, caller = self._remembered.get(digest, (-REMEMBERED_SECONDS, None))
        if self._clock() - seen >= REMEMBERED_SECONDS:
            caller = await self._look_up(digest, key, caller)
        if caller is None:
            raise UnauthenticatedError("This key is not known, or was revoked.")
        return caller

    async def _look_up(self, digest: bytes, key: str, before: Caller | None) -> Caller | None:
        """One look for all who ask with this key meanwhile: they all come at once when its second is over."""
        looking = self._looking.get(digest)
        if looking is None:
            looking = self._looking[digest] = asyncio.create_task(self._ask(digest, key, before))
            looking.add_done_callback(lambda _: self._looking.pop(digest, None))
        return await asyncio.shield(looking)

    async def _ask(self, digest: bytes, key: str, before: Caller | None) -> Caller | None:
        """From the database; a key that was good a moment ago stays so while the database does not answer."""
        try:
            found = await asyncio.to_thread(self._find, key)
        except PartUnavailableError:
            if before is None:
                raise
            return before
        caller = None if found is None else _caller_of(found)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = (self._clock(), caller)
        return caller

    def _find(self, key: str) -> KeyRecord | None:
        with self._database.reading() as look:
            return keys.find(look, key)


def _caller_of(found: KeyRecord) -> Caller:
    return Caller(found.id, found.prefix, frozenset(found.scopes), found.rate, found.policy)


def _presented(request: HTTPConnection) -> str:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.strip():
        raise UnauthenticatedError("This needs a key: Authorization: Bearer ck_... (`chaffinch keys create`).")
    return key.strip()[:MAX_KEY]


def check_local(request: HTTPConnection) -> None:
    """Raises `ForbiddenError` where an open server is reached under another machine's name."""
    asked = [f"//{request.headers.get('host', '')}"]
    if origin := request.headers.get("origin"):
        asked.append(origin)
    elif _is_from_elsewhere(request):
        asked.append("")
    if not all(_host(address) in LOCAL_NAMES for address in asked):
        raise ForbiddenError(
            "This server runs open, and so answers only requests addressed to localhost. "
            "Create a key (`chaffinch keys create`) to use it under another name."
        )


def _is_from_elsewhere(request: HTTPConnection) -> bool:
    """Whether a browser says that a page of another site sends what changes something; following a link does not."""
    is_safe = request.scope.get("method", "GET") in ("GET", "HEAD")
    return not is_safe and request.headers.get("sec-fetch-site") == "cross-site"


@lru_cache(maxsize=256)
def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
