"""`chaffinch hold`: what an authority or a court asked to keep is not erased while a hold stands."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.shared import (
    AsJson,
    By,
    all_of,
    moment,
    now,
    print_json,
    question_about,
    reading,
    show,
    to_answer,
    utc,
    writing,
)
from chaffinch.settings import load_settings
from moderation.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from records.holds import HoldKind, HoldRecord

hold = typer.Typer(no_args_is_help=True, help="What has to be kept for an authority, and is not erased.")

Why = Annotated[str, typer.Option("--why", help="Why; it stands in the ledger. Name no author in it.")]


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(hold, name="hold")


@hold.command("set")
def set_hold(  # noqa: PLR0913, PLR0917 - options of a command
    authority: Annotated[str, typer.Argument(help="Who asks that it is kept.")],
    reference: Annotated[str, typer.Option(help="Their number of it.")],
    ground: Annotated[str, typer.Option(help="On which ground.")],
    by: By,
    why: Why,
    author: Annotated[
        str | None, typer.Option(help="All of this author: the platform's pseudonym; - reads it from standard input.")
    ] = None,
    comment: Annotated[str | None, typer.Option(help="This comment, by the platform's id.")] = None,
    inspection: Annotated[str | None, typer.Option(help="All in the scope of this request of an authority.")] = None,
    until: Annotated[datetime | None, typer.Option(help="It holds until then (UTC).")] = None,
    review: Annotated[
        datetime | None, typer.Option(help="Somebody looks then whether it still has to stand (UTC).")
    ] = None,
    tell: Annotated[bool, typer.Option("--tell", help="The ground lets the person be told.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a second person to hold an author, a comment, or what lies in a request; for three days it holds already."""
    from chaffinch.wiring import key_folder, open_database
    from governance import holds
    from records.personal import open_keyring

    settings = load_settings()
    kind, target = _target(author, comment, inspection)
    wish = holds.Wish(
        kind, target, authority, reference, ground, by, why, until and utc(until), review and utc(review), tell
    )  # fmt: skip
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now())
    with writing() as unit:
        made = holds.ask(unit, keyring, wish, now=now())
        question = question_about(unit, made.id)
        unit.commit()
    if as_json:
        print_json({**_document(made), "approval_id": question})
        return
    typer.echo(f"The hold {made.id} waits for a second person, who answers {to_answer(question)}; until then it holds.")


@hold.command("lift")
def lift(hold_id: Annotated[str, typer.Argument(help="The hold, as `hold list` shows it.")], by: By, why: Why) -> None:
    """What was held may be erased again."""
    from governance import holds

    with writing() as unit:
        lifted = holds.lift(unit, hold_id, by=by, why=why, now=now())
        unit.commit()
    typer.echo(f"The hold for {lifted.authority} {lifted.reference} is lifted.")
    if lifted.withstood_at is not None:
        at = f"{lifted.withstood_at:%Y-%m-%d %H:%M} UTC"
        typer.echo(f"An erasure was asked for at {at} and did not happen because of it: ask for it again.")


@hold.command("list")
def list_holds(as_json: AsJson = False) -> None:
    """Every hold, and where it stands."""
    from records import holds

    with reading() as look:
        found = all_of(lambda cursor: holds.page(look, limit=200, cursor=cursor))
    show([_document(each) for each in found], as_json, "Nothing was ever held: chaffinch hold set --help")


def _target(author: str | None, comment: str | None, inspection: str | None) -> tuple[HoldKind, str]:
    """What is held. Raises `InvalidInputError` where not just one thing is named."""
    from chaffinch.commands.personal import pseudonym
    from records.holds import HoldKind

    named = ((HoldKind.AUTHOR, author), (HoldKind.COMMENT, comment), (HoldKind.INSPECTION, inspection))
    given = [(kind, value) for kind, value in named if value is not None]
    if len(given) != 1:
        told = "give one of --author, --comment and --inspection"
        raise InvalidInputError("It is not clear what is to be held.", [Fault("target", told)])
    [(kind, value)] = given
    return kind, pseudonym(value) if kind is HoldKind.AUTHOR else value


def _document(held: HoldRecord) -> dict[str, Any]:
    return {
        "id": held.id,
        "kind": held.kind.value,
        "comment_id": held.comment_id,
        "inspection_id": held.inspection_id,
        "authority": held.authority,
        "reference": held.reference,
        "ground": held.ground,
        "tell": held.tell,
        "until": moment(held.until),
        "review_at": moment(held.review_at),
        "state": held.state.value,
        "asked_by": held.asked_by,
        "approved_by": held.approved_by,
        "withstood_at": moment(held.withstood_at),
        "ended_at": moment(held.ended_at),
        "ended_by": held.ended_by,
        "ended_why": held.ended_why,
    }
