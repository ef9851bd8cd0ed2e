"""`chaffinch watch`: how a live model does day by day, for people and for cron."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from chaffinch.progress import stages
from chaffinch.settings import Settings, load_settings
from moderation.errors import GateRefusedError

if TYPE_CHECKING:
    from chaffinch.retraining import Retrained
    from chaffinch.watch_config import WatchConfig
    from chaffinch.watching import Day, Watched

BARS = "▁▂▃▄▅▆▇█"


def watch(
    train: Annotated[
        bool, typer.Option("--train", help="Train and ask the gate where enough is new; never promotes.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="Another file than configs/watch.toml.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show drift, overturned share and review load by day; exit 3 where something is beyond its limit."""
    from chaffinch.watch_config import load_watch
    from chaffinch.watching import look

    settings = load_settings()
    wanted = load_watch(settings, config)
    seen = look(settings, wanted, now=datetime.now(UTC))
    done = _train(settings, wanted, seen) if train else None
    if html is not None:
        from chaffinch.watch_page import write_page

        write_page(html, seen)
    if as_json:
        typer.echo(json.dumps(seen.to_json() | {"training": asdict(done) if done else None}, ensure_ascii=False))
    else:
        _show(seen, done)
    _refuse(seen, done)


def _train(settings: Settings, config: WatchConfig, seen: Watched) -> Retrained:
    from chaffinch.retraining import retrain

    told = Console(stderr=True, soft_wrap=True)
    with stages(told) as bar:
        return retrain(settings, config.train, seen, now=lambda: datetime.now(UTC), progress=bar.told,
                       warn=lambda sentence: told.print(sentence, style="yellow", markup=False))  # fmt: skip


def _refuse(seen: Watched, done: Retrained | None) -> None:
    """With `--train` the gate's no is what cron hears; without, what is beyond its limit."""
    if done is not None:
        if done.gate == "no":
            raise GateRefusedError(done.sentence or "The gate said no.")
        return
    if seen.findings:
        raise GateRefusedError("\n".join(each.sentence for each in seen.findings))


def _show(seen: Watched, done: Retrained | None) -> None:
    table = Table("day", "decisions", "reviewed", "blocked", "verdicts", "overturned", "worst label", "PSI", "luck",
                  "languages", title=f"Model {seen.model or 'none'}")  # fmt: skip
    for each in seen.days:
        table.add_row(*_cells(each))
    console = Console()
    console.print(table)
    for name, values in seen.charts().items():
        console.print(f"{name:<11} {_bars(values)}", highlight=False)
    for note in (*seen.notes, *([done.why, done.sentence or ""] if done else [])):
        if note:
            console.print(note, highlight=False, markup=False)


def _cells(day: Day) -> tuple[str, ...]:
    load, worst, languages = day.load, day.worst, day.drift.get("language")
    name, label = worst or ("", None)
    return (
        day.day, f"{load.decisions:,}", _share(day.reviewed), f"{load.blocked:,}", f"{load.verdicts:,}",
        _share(day.overturned), name, f"{label.psi:.2f}" if label else "", f"{label.luck:.2f}" if label else "",
        f"{languages.psi:.2f}" if languages else "",
    )  # fmt: skip


def _bars(values: list[float | None]) -> str:
    """A bar a day, a dot where there is no value; the highest is told, since bars have no scale."""
    most = max((value for value in values if value is not None), default=0.0)
    drawn = [
        "·" if value is None else BARS[min(int(value / most * len(BARS)), len(BARS) - 1) if most else 0]
        for value in values
    ]
    return f"{''.join(drawn)} up to {most:.2f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
