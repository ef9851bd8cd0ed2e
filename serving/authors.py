"""`/v1/authors`: what a platform states about its authors, by pseudonym. It is used where a comment does not say it.

A pseudonym stands in the path, and telephone numbers in bodies: no log has the path (`edge.py`), and what is kept of a
request for its `Idempotency-Key` are keyed hashes, from which nobody guesses a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from governance import returns
from moderation.policy import Policy
from records import authors
from records.authors import Link, Statement
from records.personal import Keyring
from records.unit_of_work import Reading, Unit
from serving.desk import Complete, Desk, Document
from serving.keys import Caller, Scope
from serving.known_authors import KnownAuthors
from serving.paths import NameRoute, name_in
from serving.schemas import MAX_PSEUDONYM, AuthorRequest
from serving.standing_views import policy_of, standing_document
from serving.views import author_document

PATH = "/v1/authors/{author_id}"


@dataclass(frozen=True, slots=True)
class AuthorRoutes:
    """The address."""

    desk: Desk
    keyring: Keyring
    known: KnownAuthors
    policies: Callable[[], Mapping[str, Policy]]

    def routes(self) -> list[NameRoute]:
        """For the router."""
        return [NameRoute(PATH, self.author, methods=["GET", "PUT"])]

    async def author(self, request: Request) -> Response:
        """What was stated, or a new statement in its place."""
        return await (self.state(request) if request.method == "PUT" else self.show(request))

    async def show(self, request: Request) -> Response:
        """What the platform stated about the author, and how the account stands: credit, measures, findings."""

        def find(look: Reading) -> Document:
            name = name_in(request, "author_id", most=MAX_PSEUDONYM)
            return self._standing(request)(look, author_document(authors.get(look, self.keyring, name)))

        return await self.desk.read(request, Scope.RECORDS, find)

    async def state(self, request: Request) -> Response:
        """States all that is known of the author."""

        def keep(unit: Unit, caller: Caller, asked: AuthorRequest) -> Document:
            said = _statement(asked)
            name, now = name_in(request, "author_id", most=MAX_PSEUDONYM), self.desk.now()
            stated = authors.state(unit, self.keyring, name, said, actor=caller.actor, now=now)
            returns.look(unit, self.keyring, stated.id, said.links, now=now)
            return author_document(stated)

        answer = await self.desk.change(
            request, Scope.RECORDS, AuthorRequest, keep, complete=self._standing(request), secret=self._hashed
        )
        self.known.forget(request.path_params["author_id"])
        return answer

    def _standing(self, request: Request) -> Complete:
        """Adds the pseudonym, and how the account stands under `?policy=`: what no kept answer holds."""

        def whole(look: Reading, document: Document) -> Document:
            name = request.path_params["author_id"]
            author_id = authors.id_of(look, self.keyring, name)
            policy = policy_of(self.policies(), request.query_params.get("policy", "default"), "policy")
            return {"id": name, **document, **standing_document(look, author_id, policy, now=self.desk.now())}

        return whole

    def _hashed(self, words: str) -> str:
        return self.keyring.index("request", words)


def _statement(asked: AuthorRequest) -> Statement:
    return Statement(
        verified=asked.verified,
        registered_at=asked.created_at,
        agreement_version=asked.agreement_version,
        consented_at=asked.consented_at,
        links=[Link(link.kind, link.value) for link in asked.links],
    )
