"""`GET /v1/threads/{thread_id}/transcript`: the static version of a live comment stream, as a page or as JSON.

It shows what the platform shows: comments that passed, as of this very moment. Whoever may send comments (scope
`score`) may read which of them passed: the server that shows a stream needs no key for cases and verdicts to show its
static version. Nobody reads without a key: a thread may be a private one, and only the platform knows.

An author is a label that holds within one thread: a keyed hash of thread and of what the author is found by. It leads
neither to the pseudonym nor to the same author in another thread.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from moderation.errors import Fault, InvalidInputError
from records import transcripts
from records.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, cursor_fault
from records.personal import Keyring
from records.values import LineRecord
from serving.desk import Desk
from serving.keys import Scope
from serving.negotiation import prefers_json, wanted_language
from serving.paths import NameRoute, name_in
from serving.schemas import SUMMARY
from serving.transcript_page import STYLE_HASH, Line, rendered
from serving.views import moment

PATH = "/v1/threads/{thread_id}/transcript"
MAX_THREAD = 128
LANGUAGES = ("zh", "en")
HEADERS = {
    "cache-control": "private, no-cache",
    "vary": "Accept, Accept-Language, Authorization",
    "content-security-policy": f"default-src 'none'; style-src '{STYLE_HASH}'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
}
"""A line that is withdrawn must not live on in a cache: each time the server is asked whether all is as it was."""

_LETTERS = "23456789bcdfghjkmnpqrstvwxyz"
"""No vowels, so that no label is a word."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    thread_id: str
    limit: int
    cursor: str | None
    language: str
    as_json: bool


@dataclass(frozen=True, slots=True)
class TranscriptRoutes:
    """The address."""

    desk: Desk
    keyring: Keyring

    def routes(self) -> list[NameRoute]:
        """For the router."""
        return [NameRoute(PATH, self.transcript, methods=["GET"])]

    async def transcript(self, request: Request) -> Response:
        """The lines that passed, in order."""
        await self.desk.gate.require(request, Scope.SCORE)
        wish = _wish(request)
        body = await run_in_threadpool(self._made, wish)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {**HEADERS, "etag": tag} | ({} if wish.as_json else {"content-language": wish.language})
        if _is_known(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json" if wish.as_json else "text/html")

    def _made(self, wish: Wish) -> bytes:
        with self.desk.database.reading() as look:
            page = transcripts.page(look, wish.thread_id, limit=wish.limit, cursor=wish.cursor)
        if wish.as_json:
            return orjson.dumps(_document(wish.thread_id, page, self.keyring))
        lines = [_line(each, wish.thread_id, self.keyring) for each in page.items]
        following = page.next_cursor
        return rendered(
            lines, wish.language, cursor=wish.cursor, next_cursor=following, limit=wish.limit
        ).encode()  # fmt: skip


def label_of(keyring: Keyring, thread_id: str, author_index: str) -> str:
    """Eight letters and digits that tell one author of a thread from another: `k7m2-9xqd`.

    By the oldest key, so that labels stay when keys are rotated.
    """
    index = keyring.indexes("transcript", f"{thread_id}\0{author_index}")[0]
    number, letters = int(index.partition(":")[2][:24], 16), ""
    for _ in range(8):
        number, at = divmod(number, len(_LETTERS))
        letters += _LETTERS[at]
    return f"{letters[:4]}-{letters[4:]}"


def _line(line: LineRecord, thread_id: str, keyring: Keyring) -> Line:
    author = None if line.author_index is None else label_of(keyring, thread_id, line.author_index)
    return Line(author, line.text, line.lang, line.created_at, line.attachments)


def _document(thread_id: str, page: Page[LineRecord], keyring: Keyring) -> dict[str, Any]:
    items = [
        {
            "id": line.external_id,
            "parent_id": line.parent_id,
            "author": None if line.author_index is None else label_of(keyring, thread_id, line.author_index),
            "text": line.text,
            "lang": line.lang,
            "type": line.type,
            "created_at": moment(line.created_at),
            "attachments": [{"kind": kind} for kind in line.attachments],
        }
        for line in page.items
    ]
    return {"thread_id": thread_id, "items": items, "next_cursor": page.next_cursor}


def _wish(request: Request) -> Wish:
    """Raises `InvalidInputError` with every fault."""
    query, faults = request.query_params, []
    limit, language = query.get("limit", str(DEFAULT_LIMIT)), query.get("lang")
    if not (limit.isascii() and limit.isdecimal() and len(limit) < 4 and 1 <= int(limit) <= MAX_LIMIT):
        faults.append(Fault("limit", f"give 1 to {MAX_LIMIT}"))
    if language is not None and language not in LANGUAGES:
        faults.append(Fault("lang", "must be zh or en"))
    if "cursor" in query and (fault := cursor_fault(query["cursor"])):
        faults.append(fault)
    try:
        thread_id = name_in(request, "thread_id", most=MAX_THREAD)
    except InvalidInputError as error:
        faults.extend(error.faults)
    if faults:
        raise InvalidInputError(SUMMARY, faults)
    return Wish(
        thread_id,
        int(limit),
        query.get("cursor"),
        language or wanted_language(request.headers.get("accept-language", ""), LANGUAGES),
        prefers_json(request.headers.get("accept", "")),
    )


def _is_known(sent: str, tag: str) -> bool:
    """Whether the client has it already (RFC 9110, section 13.1.2)."""
    return sent.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in sent.split(","))
