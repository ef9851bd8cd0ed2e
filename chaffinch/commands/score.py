"""`chaffinch score FILE|-`: JSON lines in, decisions out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chaffinch.settings import load_settings
from moderation.errors import ChaffinchError
from registry.files import DISK_FULL, naming, replacing

STDIN = "-"


def score(
    file: Annotated[
        str,
        typer.Argument(
            help='JSON lines, {"id"?, "text", "lang"?, "surface"?, "verified"?} or as the API takes them; - reads them '
            "from standard input."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Where the answers go; standard output if not given.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="name@alias, name@version, a bundle folder, or none.")] = None,
    policy: Annotated[str, typer.Option(help="The policy that decides.")] = "default",
) -> None:
    """Score comments from a file: one answer a line, in order; a broken row is answered with what is wrong."""
    from chaffinch.wiring import load_engine
    from serving.bulk import Tally, score_lines

    settings = load_settings()
    engine = load_engine(settings, model=model)
    if policy not in engine.policies:
        raise ChaffinchError(f"There is no policy '{policy}'; known policies: {', '.join(sorted(engine.policies))}.")
    if out is not None and file != STDIN and _is_the_same_file(out, Path(file)):
        raise ChaffinchError(f"{out} is the file that is read; name another place for the answers with -o.")
    with _opened(file) as source, _written(out) as sink, _progress() as bar:
        task = bar.add_task("scoring", total=_size(file), rows=0, errors=0)

        def told(tally: Tally) -> None:
            bar.update(task, completed=tally.bytes_read + tally.rows, rows=tally.rows, errors=tally.errors)

        tally = score_lines(engine, source, sink, policy=policy, told=told)
    counted = f"{tally.passed} pass, {tally.reviewed} review, {tally.blocked} block, {tally.errors} not readable"
    said = f"{tally.rows} rows: {counted}"
    Console(stderr=True).print(said if out is None else f"{said}; written to {out}")


def _is_the_same_file(out: Path, file: Path) -> bool:
    """A terminal or a pipe may be both read and written."""
    return out.is_file() and file.is_file() and out.samefile(file)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - only the opening is guarded, not what is done with it
    except OSError as error:
        raise ChaffinchError(f"{file} cannot be read ({error.strerror}); check the path.") from error
    with source:
        yield source


@contextmanager
def _written(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears under its name only when it is whole."""
    if out is None:
        with naming("standard output"):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    try:
        with replacing(out) as sink:
            yield sink
    except OSError as error:
        why = "the disk is full" if error.errno in DISK_FULL else error.strerror
        raise ChaffinchError(f"{out} cannot be written ({why}); choose another place with -o.") from error


def _size(file: str) -> int | None:
    return None if file == STDIN else Path(file).stat().st_size


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]} rows, {task.fields[errors]} not readable"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
