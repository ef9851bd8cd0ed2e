"""`chaffinch audit`: is the ledger what was sealed, evidence out of it, and what it is today, signed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.shared import (
    AsJson,
    give_out,
    moment,
    now,
    print_json,
    to_answer,
    utc,
    warned,
    watched,
    writing,
)
from chaffinch.os_user import os_user
from chaffinch.settings import load_settings
from moderation.errors import ChaffinchError, Fault, InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from governance.evidence import Exported
    from records.auditing import Audit
    from records.notes import Checkpoint, Verifier
    from records.unit_of_work import Reading

EXIT_REFUSED = 3
_NONE = (
    "There is no ledger here: set CHAFFINCH_HOME to the home that you mean, or start chaffinch serve, which makes one."
)
SHOWN = 50
"""Findings that are printed; `--json` has all."""

audit = typer.Typer(no_args_is_help=True, help="The ledger: verify it, take evidence out, print what it is.")

By = Annotated[str, typer.Option("--by", help="Who does it.")]
Why = Annotated[str, typer.Option("--why", help="Why; it stands in the ledger.")]


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(audit, name="audit")


@audit.command("verify")
def verify(
    checkpoint: Annotated[list[Path] | None, typer.Option(help="A checkpoint that was kept elsewhere.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="The public key as it is known from elsewhere.")] = None,
    ledger_only: Annotated[bool, typer.Option("--ledger-only", help="Leave out the records under the ledger.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the whole ledger and say what was changed, removed, inserted, reordered or cut off; exit 3 on anything.

    Of records that were copied to another database too: theirs is not the ledger in service.
    """
    from chaffinch import verifying
    from chaffinch.progress import stages
    from records.notes import Verifier

    outside = [_note(path)[0] for path in checkpoint or ()]
    wanted = verifying.Wanted(outside, [Verifier.parse(each) for each in key or ()], records=not ledger_only)
    moved = verifying.moved_away(load_settings())
    with stages(watched()) as told:
        found = verifying.verify(load_settings(), wanted, told.told)
    if as_json:
        print_json(_document(found) | {"moved_away": moved})
    else:
        if moved is not None:
            typer.echo(moved)
        _tell(found, wanted.trusted)
    if moved is None:
        _note_run(found, records=wanted.records)
    if found.findings or moved is not None:
        raise typer.Exit(EXIT_REFUSED)


@audit.command("checkpoint")
def checkpoint(
    key: Annotated[bool, typer.Option("--key", help="Print the public key instead.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print what the ledger is now: a signed note to keep where nobody of this installation can change it."""
    from chaffinch.verifying import moved_away
    from chaffinch.wiring import are_here, standing
    from records import ledger_keys, sealing
    from records.notes import parse

    settings = load_settings()
    if moved := moved_away(settings):
        warned(moved)
    are_here(settings)
    with standing(settings) as database:
        if database is None:
            raise NotFoundError(_NONE)
        with database.reading() as look:
            found, keys = sealing.newest(look), [str(each) for each in ledger_keys.verifiers(look)]
    if found is None:
        raise NotFoundError("Nothing was sealed yet: start chaffinch serve or chaffinch worker, and try again.")
    if as_json:
        note = parse(found.note)
        told = {"origin": note.origin, "size": note.size, "root": note.root.hex(), "note": found.note, "keys": keys}
        print_json({**told, "signed_at": moment(found.created_at)})
    elif out is None:
        typer.echo(f"{keys[0]}\n" if key else found.note, nl=False)
    else:
        out.write_text(f"{keys[0]}\n" if key else found.note, encoding="utf-8")
    if moved:
        raise typer.Exit(EXIT_REFUSED)


@audit.command("export")
def export(  # noqa: PLR0913, PLR0917 - options of a command
    out: Annotated[Path, typer.Argument(help="The ZIP file to make.")],
    by: By,
    why: Why,
    ground: Annotated[str, typer.Option(help="On which ground: the request or the article; needed with --open.")] = "",
    entry: Annotated[list[str] | None, typer.Option(help="This entry, by its id.")] = None,
    subject: Annotated[list[str] | None, typer.Option(help="Entries about this decision, rule, author, ...")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Entries of this kind.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Written at this moment (UTC) or later.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Written before this moment (UTC).")] = None,
    checkpoint: Annotated[list[Path] | None, typer.Option(help="Prove that the ledger only grew since it.")] = None,
    opened: Annotated[bool, typer.Option("--open", help="With the texts and pseudonyms themselves.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write entries with their proofs to a file that whoever gets it checks with Python alone. It is an entry too."""
    from chaffinch.wiring import are_here, key_folder, open_database
    from governance import evidence
    from governance.evidence import Order
    from governance.giving import Gift
    from records.personal import at_hand
    from records.proving import Wanted
    from records.unit_of_work import Unit

    settings = load_settings()
    if not are_here(settings):
        raise NotFoundError(_NONE)
    notes = [_note(path) for path in checkpoint or ()]
    wanted = Wanted(subject or (), kind or (), since and utc(since), until and utc(until), entry_ids=entry or ())
    order = Order(wanted, by, why, ground, [note for note, _ in notes], [text for _, text in notes], opened)

    def make(look: Reading, file: IO[bytes]) -> Exported:
        evidence.check(look, order, typed=True)
        return evidence.write(look, file, order, at_hand(look, key_folder(settings)) if opened else None)

    def note(unit: Unit, done: Exported) -> None:
        evidence.note(unit, order, done, now=now())

    with closing(open_database(settings)) as database:
        done = give_out(database, out, Gift(make, note))
    tell_exported(out, done, as_json=as_json)
    if not as_json:
        keys = "the key that you publish" if len(done.keys) == 1 else "a --key for each of the keys that you published"
        typer.echo(f"To check it: unzip it, then python3 verify.py --key KEY with {keys}.")


@audit.command("remove-words")
def remove_words(
    entry: Annotated[str, typer.Argument(help="An entry of the record that the words are in, by its id.")],
    by: By,
    why: Why,
) -> None:
    """Ask a second person to take out what people wrote: in a hold, request, incident, emergency or erasure."""
    from governance import house_words

    with writing() as unit:
        asked = house_words.ask(unit, entry, by=by, why=why, now=now())
        unit.commit()
    typer.echo(
        f"Whether the words of this {asked.facts['record']} go waits for a second person, who answers "
        f"{to_answer(asked.id)}. Who did what, when and where stays in the ledger."
    )


@audit.command("new-key")
def new_key(by: By, why: Why) -> None:
    """Make another signing key, where the one of today is lost or known to others. The ledger says who did and why."""
    from chaffinch.wiring import key_folder, open_database
    from governance import approvals, said_about
    from records.ledger import Actor
    from records.ledger_keys import renew

    settings = load_settings()
    with closing(open_database(settings)) as database:
        with database.reading() as look:
            who = approvals.person(look, by, needs=approvals.LOOK_AFTER, typed=True)
            reason = approvals.words("why", why)
            said_about.check_lasting(look, "why", reason)
        actor = Actor("user", who)
        signer = renew(
            database, key_folder(settings), actor=actor, why=reason, now=now(), os_user=os_user()
        )  # fmt: skip
    typer.echo(str(signer.verifier))
    watched().print("It signs from now on. Publish it beside the old one, which stays: who checks evidence gives both.")


def tell_exported(out: Path, done: Exported, *, as_json: bool) -> None:
    """What is in the file, and what could not be opened and why."""
    from governance.evidence import told_closed, told_waiting

    if as_json:
        closed = [{"kind": each.kind, "why": each.why, "number": many} for each, many in done.closed.items()]
        told = {"entries": done.entries, "opened": done.opened, "not_opened": closed, "size": done.size}
        told["waiting"] = done.waiting
        print_json({"file": str(out), **told})
        return
    typer.echo(f"{done.entries} of {done.size} entries in {out}, {done.opened} texts and pseudonyms opened.")
    for sentence in [told_waiting(done), *told_closed(done)]:
        if sentence:
            typer.echo(sentence)


def _note(path: Path) -> tuple[Checkpoint, str]:
    """A checkpoint and its text. Raises `InvalidInputError`."""
    from records.notes import parse

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        detail = f"{path} is no text: give a checkpoint as it was printed"
        raise InvalidInputError("The checkpoint cannot be read.", [Fault("--checkpoint", detail)]) from None
    return parse(text), text


def _note_run(found: Audit, *, records: bool) -> None:
    """That it ran, for the console's page, after all was told.

    What takes no entry (a replica, a full disk, a copy without the ledger's keys) is verified too; a ledger that never
    began gets no first entry by being looked at.
    """
    from chaffinch.wiring import standing
    from governance import ledger_audit
    from records import ledger_keys

    try:
        with standing(load_settings()) as database:
            if database is None:
                return
            with database.unit(os_user=os_user()) as unit:
                if ledger_keys.newest(unit) is not None:
                    ledger_audit.note(unit, found, found.findings, records=records, now=now())
                    unit.commit()
    except ChaffinchError as error:
        warned(f"That it ran could not be noted in the ledger: {error}")


def _document(found: Audit) -> dict[str, Any]:
    return {
        "size": found.size,
        "root": found.root.hex(),
        "checkpoints": found.checkpoints,
        "unsealed": found.unsealed,
        "oldest_unsealed": moment(found.oldest_unsealed),
        "remarks": list(found.remarks),
        "findings": [
            {"what": each.what, "first": each.first, "last": each.last, "id": each.entry_id, "sentence": each.sentence}
            for each in found.findings
        ],
    }


def _tell(found: Audit, trusted: Sequence[Verifier]) -> None:
    findings = found.findings
    for each in findings[:SHOWN]:
        typer.echo(each.sentence)
    if len(findings) > SHOWN:
        typer.echo(f"And {len(findings) - SHOWN} more: --json has them all.")
    for remark in found.remarks:
        typer.echo(f"Remark: {remark}")
    if not findings:
        typer.echo(f"{found.size} entries are what was sealed, and {found.checkpoints} checkpoints fit.")
        typer.echo(f"Root: {found.root.hex()}")
    if found.unsealed:
        typer.echo(f"{found.unsealed} entries wait to be sealed, the first since {moment(found.oldest_unsealed)}.")
    if not trusted:
        typer.echo("The keys are the database's own word: --key holds it against the key that you published.")
