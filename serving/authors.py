"""`/v1/authors`: what a platform states about its authors, by pseudonym; all that is held of one; and that it goes.

What is stated is used where a comment does not say it. Erasing takes texts out of label files and data sets as well,
which is no work for this process: `erase` does it elsewhere.

A pseudonym stands in the path, and telephone numbers in bodies: no log has the path (`edge.py`), and what is kept of a
request for its `Idempotency-Key` are keyed hashes, from which nobody guesses a number.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from governance import agreements, erasure, returns
from governance.approvals import ByKey
from governance.erasure import Order
from governance.giving import given
from moderation.errors import ConflictError, NotFoundError
from moderation.policy import Policy
from records import authors, lists
from records.authors import Link, Statement
from records.personal import Keyring
from records.unit_of_work import Reading, Unit
from records.values import AuthorRecord
from serving.desk import Complete, Desk, Document
from serving.faults import located
from serving.keys import Caller, Scope
from serving.known_authors import KnownAuthors
from serving.oversight_schemas import WhyRequest
from serving.paths import NameRoute, name_in
from serving.schemas import MAX_PSEUDONYM, AuthorRequest
from serving.standing_views import listed_document, policy_of, standing_document
from serving.telling import open_account
from serving.views import author_document, unstated

PATH = "/v1/authors/{author_id}"
EXPORT = "/v1/authors/{author_id}/export"

IN_MEMORY = 1 << 20
PIECE = 1 << 16

Erase = Callable[[str, str, str], Document]
"""`(pseudonym, shown part of the key, reason)`: what was erased. Raises `NotErasedError`."""


@dataclass(frozen=True, slots=True)
class AuthorRoutes:
    """The addresses. Without `erase` nobody is erased here."""

    desk: Desk
    keyring: Keyring
    known: KnownAuthors
    policies: Callable[[], Mapping[str, Policy]]
    erase: Erase | None

    def routes(self) -> list[NameRoute]:
        """For the router."""
        return [
            NameRoute(PATH, self.author, methods=["GET", "PUT", "DELETE"]),
            NameRoute(EXPORT, self.export, methods=["GET"]),
        ]

    async def author(self, request: Request) -> Response:
        """What was stated, a new statement in its place, or the end of all that is held."""
        asked = {"PUT": self.state, "DELETE": self.forget}.get(request.method, self.show)
        return await asked(request)

    async def show(self, request: Request) -> Response:
        """What the platform stated about the author, and how the account stands: credit, measures, lists, findings."""

        def find(look: Reading) -> Document:
            name = name_in(request, "author_id", most=MAX_PSEUDONYM)
            found.append(authors.id_of(look, self.keyring, name) or "")
            return self._standing(request, caller)(look, self._document(look, name))

        found: list[str] = []
        caller = await self.desk.gate.require(request, Scope.RECORDS)
        await self._open(caller, name_in(request, "author_id", most=MAX_PSEUDONYM))
        return await self.desk.read_one(
            request, Scope.RECORDS, find, lambda _: [("account", each) for each in found if each]
        )

    async def state(self, request: Request) -> Response:
        """States all that is known of the author."""

        def keep(unit: Unit, caller: Caller, asked: AuthorRequest) -> Document:
            said = _statement(asked)
            name, now = name_in(request, "author_id", most=MAX_PSEUDONYM), self.desk.now()
            before = self._stated(unit, name)
            stands = None if before is None else before.agreement_version
            agreements.check_accepted(unit, said.agreement_version, stands, now=now)
            if before is None or (stands, before.consented_at) != (said.agreement_version, said.consented_at):
                agreements.check_consent(unit, said.agreement_version, said.consented_at)
            stated = authors.state(unit, self.keyring, name, said, actor=caller.actor, now=now)
            returns.look(unit, self.keyring, stated.id, said.links, now=now)
            return author_document(stated)

        caller = await self.desk.gate.require(request, Scope.RECORDS)
        answer = await self.desk.change_by(
            caller, request, AuthorRequest, keep, complete=self._standing(request, caller), secret=self._hashed
        )
        self.known.forget(request.path_params["author_id"])
        return answer

    async def export(self, request: Request) -> Response:
        """All that is held of the author, for themself; the ledger knows of it before the first byte is sent."""
        caller = await self.desk.gate.require(request, Scope.RECORDS)
        name = name_in(request, "author_id", most=MAX_PSEUDONYM)
        why = request.query_params.get("reason", "")
        await self._open(caller, name)
        file = await run_in_threadpool(self._write_out, Order(name, ByKey(caller.prefix), why))
        pieces = iter(lambda: file.read(PIECE), b"")
        return StreamingResponse(pieces, media_type="application/json", background=BackgroundTask(file.close))

    async def _open(self, caller: Caller, name: str) -> None:
        await run_in_threadpool(open_account, self.desk, caller, self.keyring.indexes("author", name))

    def _write_out(self, order: Order) -> IO[bytes]:
        """Aside and not straight to the reader, however slow: no look at the records stays open for it."""
        gift = erasure.gift(self.keyring, order, now=self.desk.now())
        with ExitStack() as unsent:
            sent: IO[bytes] = unsent.enter_context(SpooledTemporaryFile(IN_MEMORY))
            with located(_reason_at("reason")), given(self.desk.database, gift) as (file, _):
                shutil.copyfileobj(file, sent)
            sent.seek(0)
            unsent.pop_all()  # closed once it is sent
        return sent

    async def forget(self, request: Request) -> Response:
        """Erases the author everywhere, and answers when all is gone."""
        caller = await self.desk.gate.require(request, Scope.ADMIN)
        name = name_in(request, "author_id", most=MAX_PSEUDONYM)

        def erase(asked: WhyRequest) -> Document:
            if self.erase is None:
                raise ConflictError("This server erases nobody: use `chaffinch erase` where the data sets are.")
            order = Order(name, ByKey(caller.prefix), asked.reason)
            with located(_reason_at("/reason")):
                erasure.refuse_held(self.desk.database, self.keyring, order, now=self.desk.now())
            return self.erase(name, caller.prefix, asked.reason)

        answer = await self.desk.carry_out(caller, request, WhyRequest, erase, secret=self._hashed)
        self.known.forget(name)
        return answer

    def _standing(self, request: Request, caller: Caller) -> Complete:
        """Adds the pseudonym, and how the account stands under `?policy=`: what no kept answer holds."""

        def whole(look: Reading, document: Document) -> Document:
            name = request.path_params["author_id"]
            author_id = authors.id_of(look, self.keyring, name)
            named = self.desk.gate.policy_for(caller, request.query_params.get("policy"))
            policy = policy_of(self.policies(), named, "policy")
            now = self.desk.now()
            listed = listed_document(look, self.keyring.indexes("author", name), now=now)
            return {"id": name, **document, "listed": listed, **standing_document(look, author_id, policy, now=now)}

        return whole

    def _document(self, look: Reading, name: str) -> Document:
        """What was stated; of an account that is on a list and of which nothing else is known, that nothing was.

        Raises `NotFoundError` where nothing is known at all.
        """
        stated = self._stated(look, name)
        if stated is not None:
            return author_document(stated)
        entry = lists.of_account(look, self.keyring.indexes("author", name), now=self.desk.now())
        return author_document(authors.get(look, self.keyring, name)) if entry is None else unstated(entry.created_at)

    def _stated(self, look: Reading, name: str) -> AuthorRecord | None:
        """What was stated of the account before."""
        try:
            return authors.get(look, self.keyring, name)
        except NotFoundError:
            return None

    def _hashed(self, words: str) -> str:
        return self.keyring.index("request", words)


def _reason_at(place: str) -> Callable[[str], str]:
    return lambda where: place if where == "why" else where


def _statement(asked: AuthorRequest) -> Statement:
    return Statement(
        verified=asked.verified,
        registered_at=asked.created_at,
        agreement_version=asked.agreement_version,
        consented_at=asked.consented_at,
        links=[Link(link.kind, link.value) for link in asked.links],
    )
