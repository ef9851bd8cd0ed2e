"""The command line: where errors become sentences and exit codes (0 ok, 1 error, 2 usage, 3 a check said no)."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.markup import escape

from chaffinch import __version__
from chaffinch.commands import (
    agreement,
    approvals,
    assessment,
    audit,
    campaigns,
    choosing,
    data,
    database,
    demo,
    doctor,
    duties,
    emergency,
    hold,
    incident,
    inspection,
    labels,
    lists,
    models,
    neutrality,
    people,
    personal,
    queue,
    realism,
    report,
    review,
    robustness,
    rules,
    score,
    search,
    serve,
    shadow,
    staffing,
    standing,
    watch,
    webhooks,
)
from chaffinch.stopping import StoppedError
from moderation.errors import ChaffinchError, GateRefusedError
from registry.files import DISK_FULL

EXIT_ERROR = 1
EXIT_REFUSED = 3
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="chaffinch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Decides what happens to a user's comment: models, rules and people in one loop.",
)


@app.callback(invoke_without_command=True)
def _top(
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),
) -> None:
    if version:
        typer.echo(f"chaffinch {__version__}")
        raise typer.Exit


app.command()(demo.demo)
app.command()(score.score)
app.command()(doctor.doctor)
app.command()(robustness.robustness)
app.command()(watch.watch)
for group in (
    data,
    models,
    labels,
    choosing,
    realism,
    serve,
    people,
    rules,
    lists,
    review,
    queue,
    search,
    shadow,
    staffing,
    standing,
    campaigns,
    webhooks,
    audit,
    neutrality,
    duties,
    report,
    personal,
    database,
    emergency,
    agreement,
    approvals,
    inspection,
    hold,
    incident,
    assessment,
):
    group.add_to(app)


def main() -> None:
    """Runs a command; what it refuses is told in a sentence, never as a stack trace."""
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        app()
    except GateRefusedError as refusal:
        errors.print(f"[yellow]{escape(str(refusal))}[/]")
        sys.exit(EXIT_REFUSED)
    except StoppedError as stop:
        errors.print(f"[yellow]{escape(str(stop))}[/]")
        sys.exit(EXIT_INTERRUPTED)
    except ChaffinchError as error:
        errors.print(f"[red]{escape(str(error))}[/]")
        sys.exit(EXIT_ERROR)
    except OSError as error:
        errors.print(f"[red]{escape(_unusable(error))}[/]")
        sys.exit(EXIT_ERROR)
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:
            errors.print("Stopped; what was finished is kept. The same command goes on (train: with --resume).")
        raise


def _unusable(error: OSError) -> str:
    """A sentence for what the disk or a path refused."""
    place = error.filename2 or error.filename or "A file"
    if error.errno in DISK_FULL:
        return f"The disk is full: {place} was not written. Make room, or name another home with CHAFFINCH_HOME."
    advice = "Check the path, its permissions and the space left; CHAFFINCH_HOME names another home."
    return f"{place} cannot be used ({error.strerror or error}). {advice}"
