"""Idempotency keys: the same request sent twice is done once, and answered the same.

A request calls `begin` in a unit of its own and commits; then it does its work and calls `finish` in *one* unit. So
what a killed process leaves behind as `in_progress` was not done, and may be taken over once its lock has run out. The
lock is short and whoever works for longer calls `renew`: what a process leaves behind that is gone is free within
seconds. Too short a lock would double work and never an answer, for `finish` refuses whom another took over from. If
the work is refused or fails, `abandon` lets the key be used again. Where what was done is undone, `withdraw` has the
key answered with `TakenBackError` from then on: it neither tells of what holds no more nor does it a second time.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, update

from moderation.errors import ConflictError, Fault, InProgressError, InvalidInputError
from records.ids import new_id
from records.inserting import Insert, insert_into
from records.personal import Keyring
from records.tables import idempotency
from records.unit_of_work import Unit

KEPT = timedelta(hours=24)
LOCKED = timedelta(seconds=10)
MAX_KEY = 255

_IN_PROGRESS, _DONE = "in_progress", "done"
_TAKEN_BACK = 409
"""The status of an answer that was withdrawn; whatever is refused keeps none."""


class TakenBackError(ConflictError):
    """What was done under this key was taken back since."""


@dataclass(frozen=True, slots=True)
class Request:
    """What must be the same for a repeated key. `scope` is whose key it is: an API key's or a user's id.

    `body_hash` is kept; one of `older` is what a row may have that was made under another key, or before there was one.
    """

    scope: str
    key: str
    method: str
    path: str
    body_hash: bytes
    older: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Started:
    """Ours to do: give it back to `finish` or `abandon`."""

    request: Request
    owner_token: str


@dataclass(frozen=True, slots=True)
class Replay:
    """Done before: answer this."""

    status: int
    response: Any


def keyed(request: Request, keyring: Keyring) -> Request:
    """The request with a keyed hash of its body: a plain one of a short text and a pseudonym can be guessed."""
    plain = request.body_hash
    by_any = keyring.indexes("body", plain.hex())
    older = frozenset({plain, *(each.encode() for each in by_any)})
    return replace(request, body_hash=keyring.index("body", plain.hex()).encode(), older=older)


def to_start(request: Request) -> Started:
    """What `begin` will have started. Known beforehand, so that it can be abandoned if nobody hears whether it was."""
    return Started(request, secrets.token_urlsafe(16))


def is_key(key: str) -> bool:
    """Whether a key may be used."""
    return 0 < len(key) <= MAX_KEY


def key_fault() -> Fault:
    """What is wrong with one that may not."""
    return Fault("Idempotency-Key", f"give 1 to {MAX_KEY} characters")


def begin(unit: Unit, started: Started, *, now: datetime, locked: timedelta = LOCKED) -> Started | Replay:
    """Starts, or replays.

    Raises `InProgressError` while another works on it, `TakenBackError` where it was done and taken back, whatever is
    asked now, and `InvalidInputError` for another body.
    """
    request = started.request
    if not is_key(request.key):
        raise InvalidInputError("The key cannot be used.", [key_fault()])
    unit.execute(delete(idempotency).where(_this(request), idempotency.c.expires_at <= now))
    if unit.execute(_insert(unit.dialect).values(_row(started, now, locked)).returning(idempotency.c.id)).first():
        return started
    found = unit.execute(select(idempotency).where(_this(request)).with_for_update(key_share=True)).one()
    if found.state == _DONE and found.status == _TAKEN_BACK:
        raise TakenBackError(
            "What was done under this Idempotency-Key was taken back since. Decide anew, with a new key."
        )
    _must_match(request, found)
    if found.state == _DONE:
        return Replay(found.status, found.response)
    if found.locked_until > now:
        raise InProgressError("A request with this Idempotency-Key is in progress. Try again in a moment.")
    taken = update(idempotency).where(_this(request)).values(owner_token=started.owner_token, locked_until=now + locked)
    unit.execute(taken)
    return started


def renew(unit: Unit, under_way: Iterable[Started], *, now: datetime, locked: timedelta = LOCKED) -> None:
    """Keeps the locks of what is still worked on; what was done, abandoned or taken over stays as it is."""
    mine = idempotency.c.owner_token.in_([started.owner_token for started in under_way])
    this = update(idempotency).where(mine, idempotency.c.state == _IN_PROGRESS)
    unit.execute(this.values(locked_until=now + locked))


def finish(unit: Unit, started: Started, *, status: int, response: Mapping[str, Any] | None) -> None:
    """Keeps the answer (no text), in the unit of the work itself. Raises `ConflictError` where another took over."""
    statement = update(idempotency).where(_mine(started)).values(state=_DONE, status=status, response=response)
    if unit.execute(statement).rowcount != 1:
        raise ConflictError("Another request with this Idempotency-Key took over: this one took too long.")


def abandon(unit: Unit, started: Started) -> None:
    """The work was refused or failed: the key is as if never used. What was done or is another's stays as it is."""
    unit.execute(delete(idempotency).where(_mine(started)))


def withdraw(unit: Unit, *, scope: str, path: str) -> None:
    """What they did last at this path was undone: its answer is told to nobody any more.

    In the unit of the undoing, and after it: what was under way until then has kept its answer by now.
    """
    theirs = (idempotency.c.scope == scope, idempotency.c.path == path, idempotency.c.state == _DONE)
    last = select(idempotency.c.id).where(*theirs).order_by(idempotency.c.id.desc()).limit(1).scalar_subquery()
    unit.execute(update(idempotency).where(idempotency.c.id == last).values(status=_TAKEN_BACK, response=None))


def forget_expired(unit: Unit, *, now: datetime) -> int:
    """Removes what is older than a day; how many."""
    return unit.execute(delete(idempotency).where(idempotency.c.expires_at <= now)).rowcount


def _insert(dialect: str) -> Insert:
    return insert_into(idempotency, dialect).on_conflict_do_nothing(index_elements=["scope", "key"])


def _row(started: Started, now: datetime, locked: timedelta) -> dict[str, Any]:
    request = started.request
    return {
        "id": new_id(),
        "scope": request.scope,
        "key": request.key,
        "method": request.method,
        "path": request.path,
        "body_hash": request.body_hash,
        "state": _IN_PROGRESS,
        "owner_token": started.owner_token,
        "locked_until": now + locked,
        "created_at": now,
        "expires_at": now + KEPT,
    }


def _must_match(request: Request, found: Row[Any]) -> None:
    same = (found.method, found.path) == (request.method, request.path)
    if not same or bytes(found.body_hash) not in {request.body_hash, *request.older}:
        fault = Fault("Idempotency-Key", "was used for another request: use a new key")
        raise InvalidInputError("The key cannot be used.", [fault])


def _this(request: Request) -> ColumnElement[bool]:
    return and_(idempotency.c.scope == request.scope, idempotency.c.key == request.key)


def _mine(started: Started) -> ColumnElement[bool]:
    mine = idempotency.c.owner_token == started.owner_token
    return and_(_this(started.request), mine, idempotency.c.state == _IN_PROGRESS)
