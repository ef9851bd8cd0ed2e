"""`chaffinch score FILE|-`: JSON lines in, decisions out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chaffinch.settings import Settings, load_settings
from moderation.errors import ChaffinchError
from registry.files import DISK_FULL, naming, replacing

if TYPE_CHECKING:
    from chaffinch.scoring_pool import Answered
    from serving.bulk import Batch, Source, Tally

STDIN = "-"
FEW = 8
"""Batches that are done before other processes have opened their engines: a short file is scored by this one alone."""

Told = Callable[["Tally"], None]


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
    policy: Annotated[str | None, typer.Option(help="The policy that decides; without it CHAFFINCH_POLICY.")] = None,
    jobs: Annotated[
        int, typer.Option(min=0, max=256, help="Processes that score a long file; 0: as many as there are cores.")
    ] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep what is answered beside OUT, and go on with it after a stop.")
    ] = False,
) -> None:
    """Score comments from a file: one answer a line, in order; a broken row is answered with what is wrong."""
    from serving.bulk import Source

    settings = load_settings()
    decides = policy or settings.policy
    _check(settings, model, decides)
    if out is not None and file != STDIN and _is_the_same_file(out, Path(file)):
        raise ChaffinchError(f"{out} is the file that is read; name another place for the answers with -o.")
    if resume and out is None:
        raise ChaffinchError("--resume needs a place where answers are kept: -o OUT.")
    with _opened(file) as opened, _progress() as bar:
        task = bar.add_task("scoring", total=_size(file), rows=0, errors=0)

        def told(tally: Tally) -> None:
            bar.update(task, completed=tally.bytes_read, rows=tally.rows, errors=tally.errors)

        source = Source(opened)

        def answers() -> Iterator[Answered]:
            return _answers(settings, source, model=model, policy=decides, jobs=jobs)

        tally = _kept(out, source, answers, told) if resume and out else _all_at_once(out, answers, told)
    counted = f"{tally.passed} pass, {tally.reviewed} review, {tally.blocked} block, {tally.errors} not readable"
    said = f"{tally.rows} rows: {counted}"
    Console(stderr=True).print(said if out is None else f"{said}; written to {out}")


def _check(settings: Settings, model: str | None, policy: str) -> None:
    """What would make every process fail, before any is started."""
    from chaffinch.wiring import taxonomy_of
    from moderation.policy import load_policies
    from registry.names import resolve

    resolve(model or settings.model, home=settings.home)
    policies = load_policies(taxonomy_of(settings), folder=settings.configs / "policies")
    if policy not in policies:
        raise ChaffinchError(f"There is no policy '{policy}'; known policies: {', '.join(sorted(policies))}.")


def _answers(settings: Settings, source: Source, *, model: str | None, policy: str, jobs: int) -> Iterator[Answered]:
    """Every batch answered, in order: a short file here, a long one by as many processes as are asked for."""
    from chaffinch.cores import cores
    from chaffinch.scoring_pool import alone, together
    from chaffinch.wiring import load_engine

    batches = source.batches()
    first: list[Batch] = list(islice(batches, FEW))
    jobs = jobs or cores()
    if jobs == 1 or len(first) < FEW:
        yield from alone(load_engine(settings, model=model), chain(first, batches), policy)
    else:
        yield from together(chain(first, batches), model=model, policy=policy, jobs=jobs)


def _all_at_once(out: Path | None, answers: Callable[[], Iterator[Answered]], told: Told) -> Tally:
    """Writes to standard output, or to a file that is there once it is whole."""
    from serving.bulk import Tally

    tally = Tally()
    with _written(out) as sink:
        for answered in answers():
            sink.write(answered.scored.content)
            tally += answered.scored.tally
            told(tally)
    return tally


def _kept(out: Path, source: Source, answers: Callable[[], Iterator[Answered]], told: Told) -> Tally:
    """Goes on with what was answered before, and leaves what is answered where it is stopped."""
    from chaffinch.resuming import Part

    part = Part(out)
    with _guarded(out):
        try:
            part.open(source)
            told(part.tally)
            for answered in answers():
                part.add(answered)
                told(part.tally)
            part.finish()
        finally:
            part.close()
    return part.tally


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
    with _guarded(out), replacing(out) as sink:
        yield sink


@contextmanager
def _guarded(out: Path) -> Iterator[None]:
    try:
        yield
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
