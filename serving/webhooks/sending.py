"""One request to a receiver that nobody here vouches for.

Its name is resolved once, every address it has must be allowed, and the connection is made to such an address and no
other: what the name resolves to a moment later changes nothing (DNS rebinding). TLS is still checked against the name.
Redirects are not followed, proxies of the environment not used, connections not kept: one that was opened for one name
must not carry another's. Time is bounded as a whole, and of an answer little is read and nothing kept.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx

from governance.targets import Targets, refusal
from moderation.errors import InvalidInputError

SECONDS = 15.0
"""For one request, from the name to the answer's head."""

CONNECT_SECONDS = 5.0
BODY_SECONDS = 1.0
"""An answer's body says nothing; a polite receiver's is read, so that it is not cut off."""

MAX_BODY = 16 * 1024
MAX_ADDRESSES = 3
"""Addresses of one name that are tried one after the other."""

LONGEST_RETRY_AFTER = 15 * 60.0
MAX_WORDS = 200

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From host and port to addresses; raises `OSError`."""

_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a sending: `error` is empty where the receiver took it. `retry_after` is seconds."""

    status: int | None
    error: str
    retry_after: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether the receiver has it (2xx)."""
        return not self.error

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing more."""
        return self.status == HTTPStatus.GONE

    @property
    def unwell(self) -> bool:
        """Whether this says something of the endpoint, not of the event: another would fare no better now."""
        return self.status is None or self.status in _BUSY or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class Sender:
    """Enter it within the event loop that sends."""

    def __init__(
        self,
        targets: Targets,
        *,
        version: str = "0",
        resolve: Resolve | None = None,
        seconds: float = SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._targets = targets
        self._resolve = resolve or resolved
        self._seconds = seconds
        self._headers = {"content-type": "application/json", "user-agent": f"Chaffinch-Webhooks/{version}"}
        self._client = httpx.AsyncClient(
            verify=tls or httpx.create_ssl_context(trust_env=False),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes what is open."""
        await self._client.aclose()

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What came of it; nothing that a receiver or its name does raises."""
        try:
            self._targets.check(url)
            async with asyncio.timeout(self._seconds):
                return await self._send(httpx.URL(url), body, {**self._headers, **headers})
        except TimeoutError:
            return Answer(None, f"no answer within {self._seconds:g} s")
        except InvalidInputError as error:
            return Answer(None, f"refused: {error.faults[0].detail}"[:MAX_WORDS])
        except httpx.ProtocolError:  # its words would quote the receiver's
            return Answer(None, "no answer in HTTP")
        except (OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return Answer(None, f"{type(error).__name__}: {error}"[:MAX_WORDS])

    async def _send(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> Answer:
        host, port = url.host, url.port or (443 if url.scheme == "https" else 80)
        addresses = await self._resolve(host, port)
        if not addresses:
            return Answer(None, f"{host} has no address")
        for address in addresses:
            if not self._targets.allows(address):
                return Answer(None, f"refused: {host} is {refusal(address)}"[:MAX_WORDS])
        *others, last = addresses[:MAX_ADDRESSES]
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._post(url, address, body, headers)
        return await self._post(url, last, body, headers)

    async def _post(self, url: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers={**headers, "host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            await _read_a_little(response)
            return _answer_of(response)
        finally:
            await response.aclose()


async def resolved(host: str, port: int) -> list[str]:
    """Addresses of a host, as the operating system orders them. Raises `OSError`.

    In a thread that nothing waits for at the end: a name server that is silent must not hold up a stop.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def give(outcome: list[str] | OSError) -> None:
        if found.done():
            return
        if isinstance(outcome, OSError):
            found.set_exception(outcome)
        else:
            found.set_result(outcome)

    def ask() -> None:
        outcome: list[str] | OSError
        try:
            outcome = _addresses(host, port)
        except OSError as error:
            outcome = error
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(give, outcome)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    return await found


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


async def _read_a_little(response: httpx.Response) -> None:
    """The head is the answer; whatever goes wrong after it changes nothing."""
    read = 0
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in response.aiter_raw():
                read += len(piece)
                if read >= MAX_BODY:
                    return


def _answer_of(response: httpx.Response) -> Answer:
    status = response.status_code
    if response.is_success:
        return Answer(status, "")
    if response.is_redirect or 300 <= status < 400:
        return Answer(status, f"answered {status}: redirects are not followed, register the address itself")
    return Answer(status, f"answered {status}", _retry_after(response))


def _retry_after(response: httpx.Response) -> float:
    """Seconds, as far as somebody else may make us wait; a date is not read."""
    given = response.headers.get("retry-after", "")
    return min(float(given), LONGEST_RETRY_AFTER) if given.isdecimal() and given.isascii() else 0.0
