"""`chaffinch webhooks`: where platforms are told what was decided, and what became of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from chaffinch.commands.shared import AsJson, By, all_of, moment, reading, show, writing
from chaffinch.settings import Settings, load_settings
from moderation.errors import ChaffinchError, Fault, InvalidInputError

if TYPE_CHECKING:
    from records.house_values import DeliveryRecord, EndpointRecord
    from records.outbox import Backlog
    from records.personal import Keyring
    from records.unit_of_work import Unit
    from serving.webhooks.sending import Answer

RESOLVE_SECONDS = 5.0
OVERLAP_HOURS = 24

EndpointId = Annotated[str, typer.Argument(help="The endpoint, as `webhooks list` shows it.")]
Why = Annotated[str, typer.Option(help="Why, for the ledger.")]

webhooks = typer.Typer(no_args_is_help=True, help="Where platforms are told what was decided.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(webhooks, name="webhooks")


@webhooks.command("add")
def add_endpoint(
    url: Annotated[str, typer.Argument(help="An https address that takes POST.")],
    by: By,
    event: Annotated[
        list[str] | None, typer.Option(help="An event to hear of; several times, or none for all.")
    ] = None,
    description: Annotated[str, typer.Option(help="Whose it is.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell an endpoint of what happens from now on, and show its secret once."""
    from governance import webhooks as governing

    settings = load_settings()
    _check_name(settings, url)
    wish = governing.Wish(url, event or (), by, description)
    with _keyed(settings) as (unit, keyring):
        added, secret = governing.add(unit, wish, targets=settings.targets, keyring=keyring, now=datetime.now(UTC))
        unit.commit()
    _tell_secret(added, secret, "Events are sent there from now on; try it: chaffinch webhooks test", as_json=as_json)


@webhooks.command("list")
def list_endpoints(as_json: AsJson = False) -> None:
    """Every endpoint, how it is and what waits for it."""
    from records import outbox
    from records import webhooks as repository

    with reading() as look:
        found = all_of(lambda cursor: repository.page(look, limit=200, cursor=cursor))
        waiting = {each.endpoint_id: each for each in outbox.backlog(look)}
        dead = {each.id: outbox.count_dead(look, each.id) for each in found}
    rows = [_row(each, waiting.get(each.id), dead[each.id]) for each in found]
    nothing = "Nobody is told anything: chaffinch webhooks add URL --by NAME"
    show(rows if as_json else [_cells(row) for row in rows], as_json, nothing)


@webhooks.command()
def rotate(
    endpoint_id: EndpointId,
    by: By,
    why: Why,
    overlap: Annotated[float, typer.Option(min=0, help="Hours for which the old secret signs too.")] = OVERLAP_HOURS,
    as_json: AsJson = False,
) -> None:
    """Make a new secret and show it once; --overlap 0 where the old one is in wrong hands."""
    from governance import webhooks as governing

    now, lasting = datetime.now(UTC), timedelta(hours=overlap)
    with _keyed(load_settings()) as (unit, keyring):
        endpoint, secret = governing.rotate(
            unit, endpoint_id, overlap=lasting, by=by, why=why, keyring=keyring, now=now
        )  # fmt: skip
        unit.commit()
    old = f"The old secret signs too until {moment(now + lasting)}" if overlap else "The old secret signs no more"
    _tell_secret(endpoint, secret, old, as_json=as_json)


@webhooks.command()
def disable(endpoint_id: EndpointId, by: By, why: Why, as_json: AsJson = False) -> None:
    """Send nothing there for now; what happens meanwhile becomes dead letters."""
    from governance import webhooks as governing

    with writing() as unit:
        endpoint = governing.disable(unit, endpoint_id, by=by, why=why, now=datetime.now(UTC))
        unit.commit()
    _tell(endpoint, f"Nothing is sent to {endpoint.url}; what happens now can be replayed for 30 days.", as_json)


@webhooks.command()
def enable(endpoint_id: EndpointId, by: By, why: Why, as_json: AsJson = False) -> None:
    """Send there again; dead letters stay until they are replayed."""
    from governance import webhooks as governing
    from records import outbox

    with writing() as unit:
        endpoint = governing.enable(unit, endpoint_id, by=by, why=why, now=datetime.now(UTC))
        dead = outbox.count_dead(unit, endpoint_id)
        unit.commit()
    more = f" {dead} dead letters wait: chaffinch webhooks replay {endpoint_id} --all --by {by}" if dead else ""
    _tell(endpoint, f"Events are sent to {endpoint.url} again.{more}", as_json)


@webhooks.command()
def remove(endpoint_id: EndpointId, by: By, why: Why, as_json: AsJson = False) -> None:
    """Take an endpoint away, with its secrets and whatever was not delivered."""
    from governance import webhooks as governing

    with writing() as unit:
        endpoint = governing.remove(unit, endpoint_id, by=by, why=why, now=datetime.now(UTC))
        unit.commit()
    _tell(endpoint, f"{endpoint.url} is removed.", as_json)


@webhooks.command("test")
def try_endpoint(endpoint_id: EndpointId, as_json: AsJson = False) -> None:
    """Send a `webhook.test` at once and say what came of it; exit 1 where it was not taken."""
    settings = load_settings()
    endpoint, secrets = _opened(settings, endpoint_id)
    started = time.perf_counter()
    answer = asyncio.run(_tried(settings, endpoint, secrets))
    took = round((time.perf_counter() - started) * 1000)
    if as_json:
        told = {"taken": answer.taken, "status": answer.status, "error": answer.error or None, "ms": took}
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif answer.taken:
        typer.echo(f"{endpoint.url} took it: {answer.status} after {took} ms.")
    else:
        raise ChaffinchError(f"{endpoint.url} did not take it: {answer.error}.")
    if not answer.taken:
        raise typer.Exit(1)


@webhooks.command("dead")
def dead_letters(
    endpoint: Annotated[str | None, typer.Option(help="Of this endpoint alone.")] = None,
    most: Annotated[int, typer.Option(min=1, max=200, help="How many, the oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What was given up: after three days, a 410, or while its endpoint was disabled. Kept for 30 days."""
    from records import outbox
    from records.house_values import DeliveryState

    with reading() as look:
        found = outbox.page(look, DeliveryState.DEAD, endpoint_id=endpoint, limit=most)
    rows = [_letter(each) for each in found.items]
    show(rows if as_json else [_letter_cells(row) for row in rows], as_json, "There are no dead letters.")
    if found.next_cursor and not as_json:
        Console(stderr=True).print(f"There are more than {most}; --most shows up to 200.")


@webhooks.command()
def replay(
    endpoint_id: EndpointId,
    by: By,
    letters: Annotated[list[str] | None, typer.Argument(help="Dead letters, as `webhooks dead` shows them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of this endpoint.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send dead letters again, under the same webhook-id."""
    from governance import webhooks as governing

    if every == bool(letters):
        raise InvalidInputError("Nothing was sent again.", [Fault("LETTERS", "name dead letters, or say --all")])
    with writing() as unit:
        count = governing.replay(unit, endpoint_id, by=by, ids=letters or None, now=datetime.now(UTC))
        unit.commit()
    if as_json:
        typer.echo(json.dumps({"endpoint_id": endpoint_id, "replayed": count}))
    else:
        typer.echo(f"{count} dead letters are sent again.")


@contextmanager
def _keyed(settings: Settings) -> Iterator[tuple[Unit, Keyring]]:
    """A unit of work of who types, and the keys that secrets are kept under; the caller commits."""
    from chaffinch.os_user import os_user
    from chaffinch.wiring import key_folder, open_database
    from records.personal import open_keyring

    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=datetime.now(UTC))
        with database.unit(os_user=os_user()) as unit:
            yield unit, keyring


def _opened(settings: Settings, endpoint_id: str) -> tuple[EndpointRecord, list[str]]:
    from records import webhooks as repository

    with _keyed(settings) as (unit, keyring):
        endpoint = repository.get(unit, endpoint_id)
        stored = repository.secrets_of(unit, endpoint_id, now=datetime.now(UTC))
        return endpoint, [repository.reveal(keyring, each) for each in stored]


async def _tried(settings: Settings, endpoint: EndpointRecord, secrets: list[str]) -> Answer:
    import orjson

    from chaffinch import __version__
    from governance.events import trial
    from records.ids import new_id
    from serving.webhooks.sending import Sender
    from serving.webhooks.signing import signed

    now = datetime.now(UTC)
    body = orjson.dumps(trial(endpoint.id, now=now))
    async with Sender(settings.targets, version=__version__) as sender:
        return await sender.send(endpoint.url, body, signed(new_id(), body, secrets, now=now))


def _check_name(settings: Settings, url: str) -> None:
    """Who mistypes a host or names a private one should hear it now, though it is looked up again at each sending.

    Raises `InvalidInputError` for an address that nothing is sent to.
    """
    from governance.targets import refusal
    from serving.webhooks.sending import resolved

    try:
        parts = settings.targets.check(url)
    except InvalidInputError:
        return  # told with every other fault
    try:
        asked = resolved(parts.hostname or "", parts.port or 443)
        found = asyncio.run(asyncio.wait_for(asked, RESOLVE_SECONDS))
    except OSError as error:
        told = f"{parts.hostname} cannot be resolved now ({error}): events wait until it can."
        Console(stderr=True, soft_wrap=True).print(f"[yellow]{escape(told)}[/]")
        return
    if refused := [address for address in found if not settings.targets.allows(address)]:
        fault = Fault("url", f"leads to {refusal(refused[0])}")
        raise InvalidInputError("The endpoint cannot be used.", [fault])


def _tell_secret(endpoint: EndpointRecord, secret: str, then: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_row(endpoint, None, 0) | {"secret": secret}, ensure_ascii=False))
        return
    typer.echo(secret)
    told = Console(stderr=True, soft_wrap=True, highlight=False)
    told.print(f"The secret of {escape(endpoint.url)} ({endpoint.id}). It is not shown again; keep it safe.")
    told.print(f"{escape(then)}.")


def _tell(endpoint: EndpointRecord, sentence: str, as_json: bool) -> None:
    typer.echo(json.dumps(_row(endpoint, None, 0), ensure_ascii=False) if as_json else sentence)


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """What a table has room for."""
    return {name: row[name] for name in ("id", "url", "state", "waiting", "dead", "delivered")}


def _row(endpoint: EndpointRecord, waits: Backlog | None, dead: int) -> dict[str, Any]:
    from governance import webhooks as governing

    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "state": governing.state_of(endpoint),
        "waiting": waits.waiting if waits else 0,
        "oldest": moment(waits.oldest) if waits else None,
        "dead": dead,
        "delivered": endpoint.delivered,
        "failed": endpoint.failed,
        "failing_since": moment(endpoint.failing_since),
        "disabled_at": moment(endpoint.disabled_at),
        "disabled_why": endpoint.disabled_why,
        "by": endpoint.author,
        "added_at": moment(endpoint.created_at),
    }


def _letter(delivery: DeliveryRecord) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "endpoint_id": delivery.endpoint_id,
        "type": delivery.type,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "error": delivery.error,
        "happened_at": moment(delivery.happened_at),
        "died_at": moment(delivery.settled_at),
        "data": dict(delivery.data),
    }


def _letter_cells(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "type", "attempts", "error", "happened_at", "died_at")}
