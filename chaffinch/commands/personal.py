"""`chaffinch erase`, `export-author`, `retention`, `pseudonyms`: what is held of a person, and that it goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chaffinch.commands.shared import AsJson, give_out, now, print_json, show, to_answer, watched
from chaffinch.settings import load_settings
from moderation.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from chaffinch.settings import Settings
    from governance.erasure import Order
    from records.database import Database
    from records.named_elsewhere import Named
    from records.quoted_elsewhere import Quoted

STANDARD_INPUT = "-"

Author = Annotated[str, typer.Argument(help="The platform's pseudonym; - reads it from standard input.")]
By = Annotated[str, typer.Option("--by", help="Who does it.")]
Why = Annotated[str, typer.Option("--why", help="Why. Do not name the author in it.")]


pseudonyms = typer.Typer(no_args_is_help=True, help="The keys that pseudonyms are encrypted and hashed with.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.command("erase")(erase)
    app.command("export-author")(export_author)
    app.command("retention")(retention)
    app.add_typer(pseudonyms, name="pseudonyms")


def erase(  # noqa: PLR0913, PLR0917 - options of a command
    author: Author,
    by: By,
    why: Why,
    by_key: Annotated[
        bool, typer.Option("--by-key", hidden=True, help="--by is the shown part of an API key.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    kept: Annotated[
        bool, typer.Option("--kept", help="Ask a second person to drop what still holds an erased account as well.")
    ] = False,
    but_held: Annotated[
        bool, typer.Option("--but-held", help="Go on where comments of theirs are held for an authority: those stay.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="What readers call them: looked for in others' comments; may be given again."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Remove an author's texts and pseudonym everywhere, and what was stated of them; the ledger stays whole.

    Of an account that is closed, suspended or on the blacklist keyed hashes and the bare measure stay for their time.
    What is held for an authority (`chaffinch hold list`) is not erased: a sentence says which hold it is.
    """
    from chaffinch.erasing import erase_everywhere
    from chaffinch.os_user import os_user
    from chaffinch.progress import stages
    from chaffinch.wiring import open_database
    from governance.approvals import ByKey
    from governance.erasure import Order

    settings = load_settings()
    order = Order(
        pseudonym(author), ByKey(by) if by_key else by, why, os_user(), but_held=but_held, names=tuple(name or ())
    )
    if not yes:
        typer.confirm("All that is held of this author goes, for good. Go on?", abort=True)
    with closing(open_database(settings)) as database, stages(watched()) as told:
        done = erase_everywhere(settings, database, order, now=now(), progress=told.told)
        database.clean()
        asked = _ask_to_drop(settings, database, order) if kept else None
    if as_json:
        print_json(done.document | ({} if asked is None else {"approval": asked}))
        return
    typer.echo(
        ", ".join(f"{name} {count}" for name, count in done.report.counts.items() if count) or "Nothing was held."
    )
    for gone in done.gone:
        typer.echo(f"{gone.name}: {gone.rows} rows went; its rows now hash to {gone.after[:12]}.")
    if done.report.kept:
        listed = ", ".join(done.report.kept)
        typer.echo(
            f"On a list the account stays as a keyed hash ({listed}): chaffinch lists remove, if no law asks for it."
        )
    for request, many in done.report.touched:
        typer.echo(
            f"{many} of the decisions lie in the open request {request.reference} of {request.authority} "
            f"({request.id}): tell the authority that these texts are gone; the evidence says when and why."
        )
    if done.report.held:
        typer.echo(f"{done.report.held} comments stay, held for an authority: erase again once the hold is over.")
    if done.report.appeals:
        typer.echo(
            f"Words of theirs in appeals that waited are gone ({', '.join(done.report.appeals)}): whoever answers "
            "reads that they were erased, and their receipt says so. Where the measure went too, the appeal is over."
        )
    if done.report.words is not None:
        typer.echo(f"Tell them: {done.report.words.zh} {done.report.words.en}")
    if asked is not None:
        typer.echo(f"That this goes too waits for a second person, who answers {to_answer(asked)}.")
    for path in done.mentions:
        typer.echo(f"Words of theirs stand in {path}: delete it, or make it anew.")
    for sentence in (*_named(done.report.named), *_quoted(done.report.quoted)):
        typer.echo(sentence)


def _named(named: Named) -> Iterator[str]:
    """What others still say of them, and what can be done; what cannot be found is said as well."""
    if not named.looked:
        yield "Others' comments were not searched: the pseudonym is too short to be told from everyday words (--name)."
    if named.comments:
        many = f"{len(named.comments)} comments" if named.is_whole else f"At least {len(named.comments)} comments"
        ids = ", ".join(each.external_id or each.id for each in named.comments)
        yield (
            f"{many} of others still name them: {ids}. These are others' words, and stay until somebody decides about "
            "each: look at it, have the platform take the name out and send the comment again under its number, or "
            "delete it (chaffinch measures take NUMBER --kind comment --measure delete)."
        )
    elif named.looked:
        yield "No comment of others that the index of words has names them."
    if named.waiting:
        yield f"{named.waiting} comments are not in the index yet: erase again once the worker has read them."
    yield "Not found are quotations of theirs that somebody altered and sent without parent_id, and names nobody gave."


def _quoted(found: Quoted) -> Iterator[str]:
    """Out of which comments of others their words were taken, and which hold them still."""
    if found.changed:
        ids = ", ".join(number or name for name, number in found.changed)
        yield f"Taken out of {len(found.changed)} comments of others, which quoted them: {ids}."
    if found.left:
        many = f"{len(found.left)} comments" if found.is_whole else f"At least {len(found.left)} comments"
        ids = ", ".join(each.external_id or each.id for each in found.left)
        yield f"{many} of others hold words of theirs within their own, left as they are: {ids}. Decide about each."
    if found.too_many:
        yield f"{found.too_many} of their texts were looked for in no comment: the {found.looked} longest were."


def _ask_to_drop(settings: Settings, database: Database, order: Order) -> str:
    """The question to a second person; its id."""
    from chaffinch.wiring import key_folder
    from governance import erasure
    from records.personal import open_keyring

    keyring = open_keyring(database, key_folder(settings), now=now())
    with database.unit(os_user=order.os_user) as unit:
        asked = erasure.ask_to_drop(unit, keyring, order, now=now())
        unit.commit()
    return asked.id


def export_author(
    author: Author,
    by: By,
    why: Why,
    out: Annotated[Path | None, typer.Option(help="Write it to this file, readable by you alone.")] = None,
) -> None:
    """Write all that is held of an author as JSON, for themself: texts, decisions, what was stated, lists."""
    from chaffinch.os_user import os_user
    from chaffinch.wiring import key_folder, open_database
    from governance import erasure
    from governance.erasure import Order
    from records.personal import open_keyring

    settings = load_settings()
    order = Order(pseudonym(author), by, why, os_user())
    with closing(open_database(settings)) as database:
        gift = erasure.gift(open_keyring(database, key_folder(settings), now=now()), order, now=now())
        many = give_out(database, out, gift)
    if out is not None:
        watched().print(f"{many} records in {out}.")


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase texts and pseudonyms older than `configs/retention.toml` keeps them; may be stopped and run again."""
    from chaffinch.os_user import os_user
    from chaffinch.progress import stages
    from chaffinch.wiring import open_database
    from governance.retention import due, held, load_retention, run

    settings = load_settings()
    rules = load_retention(settings.configs)
    with closing(open_database(settings)) as database, stages(watched()) as told:
        if dry_run:
            with database.reading() as look:
                old, stays = due(look, rules, now=now()), held(look, rules, now=now())
        else:
            old = run(
                database,
                rules,
                now=now(),
                os_user=os_user(),
                progress=lambda what, done: told.told(what, None, str(done)),
            )
            database.clean()
            with database.reading() as look:
                stays = held(look, rules, now=now())
    rows = [{"surface": each.surface, "kind": each.kind, "days": each.days, "comments": each.comments} for each in old]
    if not as_json and stays:
        typer.echo(f"Held for an authority, and left: {sum(stays.values())} (chaffinch hold list).")
    show(rows, as_json, "Nothing is older than configs/retention.toml keeps it, or it is held.")


@pseudonyms.command("rotate")
def rotate(by: By, why: Why) -> None:
    """Make a new key, which writes from now on; older ones go on reading. Restart the servers, then rewrap."""
    from chaffinch.os_user import os_user
    from chaffinch.wiring import key_folder, open_database
    from governance import approvals, said_about
    from records import personal
    from records.ledger import Actor, Entry, append

    settings = load_settings()
    with closing(open_database(settings)) as database:
        with database.reading() as look:
            who, reason = (
                approvals.person(look, by, needs=approvals.LOOK_AFTER, typed=True),
                approvals.words("why", why),
            )
            said_about.check_lasting(look, "why", reason)
        newest = personal.rotate(database, key_folder(settings), now=now()).newest
        with database.unit(os_user=os_user()) as unit:
            entry = Entry("pseudonyms.key_renewed", Actor("user", who), "pseudonym key", str(newest), reason, "")
            append(unit, entry, now=now())
            unit.commit()
    typer.echo(f"Key {newest} writes once the servers are started again; then: chaffinch pseudonyms rewrap.")


@pseudonyms.command("rewrap")
def rewrap() -> None:
    """Encrypt and hash authors' pseudonyms anew under the newest key; may be stopped and run again."""
    from chaffinch.progress import stages
    from chaffinch.wiring import key_folder, open_database
    from records.personal import open_keyring
    from records.rewrapping import rewrap_some

    settings = load_settings()
    with closing(open_database(settings)) as database, stages(watched()) as told:
        keyring = open_keyring(database, key_folder(settings), now=now())
        done, some = 0, 1
        while some:
            with database.unit() as unit:
                some = rewrap_some(unit, keyring, now=now())
                unit.commit()
            done += some
            told.told("pseudonyms", None, str(done))
        database.clean()
    typer.echo(f"{done} pseudonyms are under key {keyring.newest} now.")


def pseudonym(author: str) -> str:
    """As it was given: a line end after it is none of it. Raises `InvalidInputError` for none."""
    found = sys.stdin.buffer.read().decode() if author == STANDARD_INPUT else author
    if found := found.removesuffix("\n").removesuffix("\r"):
        return found
    raise InvalidInputError("Nobody is named.", [Fault("AUTHOR", "give the pseudonym that the platform sends")])
