"""Endpoints of webhooks: who added one, rolled its secret, took it away; each with its entry in the ledger.

The ledger names an endpoint by its id and origin: a path may hold a token. Whoever changes what is sent to an endpoint
takes turns with whoever sends there (`outbox.turn_of`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from governance import approvals, said_about
from governance.approvals import ByKey
from governance.events import BEYOND, TOLD
from governance.targets import Targets
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from records import jobs, ledger, outbox, webhooks
from records.commitments import digest_of
from records.house_values import DeliveryState, EndpointRecord
from records.known_as import KEY
from records.ledger import MACHINE, Actor
from records.personal import Keyring
from records.unit_of_work import Unit
from records.webhooks import NewEndpoint

MAX_ENDPOINTS = 50
"""Each event is written once for each."""

MAX_SECRETS = 3
"""That sign at the same time: a header has to stay short."""

ADDING = "webhook endpoints"
"""Whose turn it is to add one."""

MAX_DESCRIPTION = 200
LONGEST_OVERLAP = timedelta(days=30)
GONE = "it answered 410 (gone)"


@dataclass(frozen=True, slots=True)
class Wish:
    """An endpoint that somebody wants; of all events where `events` is empty."""

    url: str
    events: Collection[str]
    by: str | ByKey
    description: str = ""


def add(
    unit: Unit, wish: Wish, *, targets: Targets, keyring: Keyring, now: datetime
) -> tuple[EndpointRecord, str]:  # fmt: skip
    """A new endpoint and its secret, which is shown this once.

    Raises `InvalidInputError` with every fault, `ConflictError` where there are too many, or one is told of the same
    events there.
    """
    who = approvals.actor(unit, wish.by, needs=approvals.LOOK_AFTER)
    if faults := list(faults_of(wish, targets)):
        raise InvalidInputError("The endpoint cannot be used.", faults)
    jobs.take_turns(unit, ADDING)
    there = webhooks.page(unit, limit=MAX_ENDPOINTS).items
    if len(there) >= MAX_ENDPOINTS:
        raise ConflictError(f"There are {MAX_ENDPOINTS} endpoints already, and no room for more: remove one first.")
    _check_alone(wish, there)
    added = webhooks.add(unit, NewEndpoint(wish.url, set(wish.events), wish.description.strip(), _named(who)), now=now)
    secret = webhooks.new_secret(unit, added.id, keyring, now=now)
    facts = {"events": list(added.events), "description": added.description, "url": digest_of(added.url)}
    _note(unit, "webhook.added", added, who, "added", facts, now)
    return added, secret


def rotate(
    unit: Unit, endpoint_id: str, *, overlap: timedelta, by: str | ByKey, why: str, keyring: Keyring, now: datetime
) -> tuple[EndpointRecord, str]:
    """A new secret, shown this once; the ones before sign too for `overlap`, at once no more where it is nothing.

    Raises `InvalidInputError` for an overlap that is no such, `ConflictError` where three sign, `NotFoundError`.
    """
    who, reason = approvals.actor(unit, by, needs=approvals.LOOK_AFTER), approvals.words("why", why)
    said_about.check_lasting(unit, "why", reason)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        fault = Fault("overlap", f"give 0 to {LONGEST_OVERLAP.days} days")
        raise InvalidInputError("The secret cannot be rolled.", [fault])
    endpoint = _turn(unit, endpoint_id)
    webhooks.end_secrets(unit, endpoint_id, at=now + overlap)
    if len(webhooks.secrets_of(unit, endpoint_id, now=now)) >= MAX_SECRETS:
        raise ConflictError(
            f"{MAX_SECRETS} secrets of this endpoint sign already: wait until one ends, or end all of them at once "
            "with an overlap of 0."
        )
    secret = webhooks.new_secret(unit, endpoint_id, keyring, now=now)
    facts = {"earlier_until": (now + overlap).isoformat()}
    _note(unit, "webhook.rotated", endpoint, who, reason, facts, now)
    return endpoint, secret


def disable(unit: Unit, endpoint_id: str, *, by: str | ByKey, why: str, now: datetime) -> EndpointRecord:
    """Nothing is sent there; what waits, and what happens from now on, becomes dead letters.

    Raises `ConflictError` where it is disabled, `NotFoundError`.
    """
    who, reason = approvals.actor(unit, by, needs=approvals.LOOK_AFTER), approvals.words("why", why)
    said_about.check_lasting(unit, "why", reason)
    return _disabled(unit, endpoint_id, who, reason, now)


def gone(unit: Unit, endpoint_id: str, *, now: datetime) -> EndpointRecord:
    """The endpoint itself said that it is no more (Standard Webhooks: 410 disables)."""
    return _disabled(unit, endpoint_id, MACHINE, GONE, now)


def enable(unit: Unit, endpoint_id: str, *, by: str | ByKey, why: str, now: datetime) -> EndpointRecord:
    """Events are sent there again; dead letters stay until they are replayed.

    Raises `ConflictError` where they are, `NotFoundError`.
    """
    who, reason = approvals.actor(unit, by, needs=approvals.LOOK_AFTER), approvals.words("why", why)
    said_about.check_lasting(unit, "why", reason)
    _turn(unit, endpoint_id)
    endpoint = webhooks.enable(unit, endpoint_id)
    _note(unit, "webhook.enabled", endpoint, who, reason, {}, now)
    return endpoint


def remove(unit: Unit, endpoint_id: str, *, by: str | ByKey, why: str, now: datetime) -> EndpointRecord:
    """Taken away, with its secrets and whatever was not delivered. Raises `NotFoundError`."""
    who, reason = approvals.actor(unit, by, needs=approvals.LOOK_AFTER), approvals.words("why", why)
    said_about.check_lasting(unit, "why", reason)
    _turn(unit, endpoint_id)
    endpoint = webhooks.remove(unit, endpoint_id, now=now)
    outbox.drop(unit, endpoint_id)
    _note(unit, "webhook.removed", endpoint, who, reason, {}, now)
    return endpoint


def replay(
    unit: Unit, endpoint_id: str, *, by: str | ByKey, now: datetime, ids: Collection[str] | None = None
) -> int:  # fmt: skip
    """Sends dead letters of an endpoint again, all or those with these ids; how many.

    Raises `NotFoundError` where one of them is no dead letter of this endpoint, `ConflictError` where it is disabled.
    """
    who = approvals.actor(unit, by, needs=approvals.LOOK_AFTER)
    endpoint = _turn(unit, endpoint_id)
    if endpoint.disabled_at is not None:
        raise ConflictError(f"{endpoint.url} is disabled ({endpoint.disabled_why}): enable it first.")
    if ids is not None:
        _check_dead(unit, endpoint_id, ids)
    count = outbox.replay(unit, endpoint_id, now=now, ids=ids)
    facts = {"count": count, "ids": None if ids is None else sorted(ids)}
    _note(unit, "webhook.replayed", endpoint, who, "sent again", facts, now)
    return count


def _check_alone(wish: Wish, there: Iterable[EndpointRecord]) -> None:
    """Raises `ConflictError` where another endpoint of the same address hears of an event: it would come twice."""
    for each in there:
        if _same_place(each.url) != _same_place(wish.url):
            continue
        twice = set(each.events or (*TOLD, *BEYOND)) & set(wish.events or (*TOLD, *BEYOND))
        if twice:
            state = f"is disabled ({each.disabled_why}): enable it" if each.disabled_at else "is told already"
            told = "all events" if not each.events and not wish.events else ", ".join(sorted(twice))
            raise ConflictError(
                f"The endpoint {each.id} has this address and {state}, and would hear twice of {told}. "
                "Remove it first, or choose other events."
            )


def _same_place(url: str) -> tuple[str, str, int | None, str, str]:
    """What two ways to write an address have in common."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").rstrip("."), port, parts.path or "/", parts.query


def _check_dead(unit: Unit, endpoint_id: str, ids: Collection[str]) -> None:
    dead = {
        each.id
        for each in outbox.find(unit, ids)
        if each.state is DeliveryState.DEAD and each.endpoint_id == endpoint_id
    }
    if unknown := sorted(set(ids) - dead):
        told = ", ".join(unknown)
        raise NotFoundError(f"No dead letters of this endpoint: {told}. See `chaffinch webhooks dead`.")


def _disabled(unit: Unit, endpoint_id: str, actor: Actor, why: str, now: datetime) -> EndpointRecord:
    _turn(unit, endpoint_id)
    endpoint = webhooks.disable(unit, endpoint_id, why=why, now=now)
    buried = outbox.bury(unit, endpoint_id, error=outbox.IS_DISABLED, now=now)
    _note(unit, "webhook.disabled", endpoint, actor, why, {"dead_letters": buried}, now)
    return endpoint


def _turn(unit: Unit, endpoint_id: str) -> EndpointRecord:
    jobs.take_turns(unit, outbox.turn_of(endpoint_id))
    return webhooks.get(unit, endpoint_id)


def faults_of(wish: Wish, targets: Targets) -> Iterable[Fault]:
    """What is wrong with an endpoint that somebody wants."""
    try:
        targets.check(wish.url)
    except InvalidInputError as error:
        yield from error.faults
    for kind in wish.events:
        if kind not in TOLD and kind not in BEYOND:
            yield Fault("event", f"there is no event '{kind}'; there are {', '.join((*TOLD, *BEYOND))}")
    if len(wish.description) > MAX_DESCRIPTION:
        yield Fault("description", f"say it in at most {MAX_DESCRIPTION} characters")


def _note(
    unit: Unit, kind: str, endpoint: EndpointRecord, actor: Actor, why: str, facts: Mapping[str, Any], now: datetime
) -> None:
    told = {"origin": origin(endpoint.url), **facts}
    entry = ledger.Entry(kind, actor, "webhook_endpoint", endpoint.id, why, "webhooks", facts=told)
    ledger.append(unit, entry, now=now)


def _named(who: Actor) -> str:
    return f"{KEY}{who.id}" if who.kind == "key" else who.id


def origin(url: str) -> str:
    """Scheme and host with port: what of a URL may stand in logs and in the ledger."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"


def state_of(endpoint: EndpointRecord) -> str:
    """In one word: removed, disabled, failing or enabled."""
    if endpoint.removed_at:
        return "removed"
    if endpoint.disabled_at:
        return "disabled"
    return "failing" if endpoint.failing_since else "enabled"
