"""`chaffinch watch`: how a live model does day by day, for people and for cron."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from chaffinch.commands.shared import watched
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
    by: Annotated[str, typer.Option("--by", help="With --train: who set it up, and has texts learnt from.")] = "",
    why: Annotated[str, typer.Option("--why", help="With --train: why; stands in the ledger.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show drift, overturned share and review load by day; exit 3 where something is beyond its limit."""
    from chaffinch.watch_config import load_watch
    from chaffinch.watching import look

    settings = load_settings()
    wanted = load_watch(settings, config)
    seen = look(settings, wanted, now=datetime.now(UTC))
    done = _train(settings, wanted, seen, by, why) if train else None
    if html is not None:
        from chaffinch.watch_page import write_page

        write_page(html, seen)
    if as_json:
        typer.echo(json.dumps(seen.to_json() | {"training": asdict(done) if done else None}, ensure_ascii=False))
    else:
        _show(seen, done)
    _refuse(seen, done)


def _train(settings: Settings, config: WatchConfig, seen: Watched, by: str, why: str) -> Retrained:
    from chaffinch.retraining import retrain
    from governance.giving import Giver

    told, giver = watched(), Giver(by, why)
    with stages(told) as bar:
        return retrain(settings, config.train, seen, by=giver, now=lambda: datetime.now(UTC), progress=bar.told,
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
    console = Console(soft_wrap=True)
    console.print(_table(seen))
    for name, values in seen.charts().items():
        console.print(f"{name:<11} {_bars(values)}", highlight=False)
    for note in (*seen.notes, *([done.why, done.sentence or ""] if done else [])):
        if note:
            console.print(note, highlight=False, markup=False)


def _table(seen: Watched) -> Table:
    """Every day since the first with anything in it, narrow enough for a terminal of 80 columns."""
    table = Table(title=f"Model {seen.model or 'none'}", box=SIMPLE_HEAD, padding=0, title_justify="left")
    for name in ("day", "decided", "review", "blocked", "judged", "overturned", "PSI", "label", "languages"):
        table.add_column(name, no_wrap=True, justify="left" if name in {"day", "label"} else "right")
    for each in dropwhile(lambda day: day.is_empty, seen.days[:-1]):
        table.add_row(*_cells(each))
    table.add_row(*_cells(seen.days[-1]))
    return table


def _cells(day: Day) -> tuple[str, ...]:
    load, worst, languages = day.load, day.worst, day.drift.get("language")
    name, label = worst or ("", None)
    return (
        day.day[5:], f"{load.decisions:,}", _share(day.reviewed), f"{load.blocked:,}", f"{load.verdicts:,}",
        _share(day.overturned), f"{label.psi:.2f}" if label else "", name,
        f"{languages.psi:.2f}" if languages else "",
    )  # fmt: skip


def _bars(values: list[float | None]) -> str:
    """A bar a day, a dot where there is no value; the highest is told, since bars have no scale."""
    if all(value is None for value in values):
        return "nothing to draw yet"
    most = max(value for value in values if value is not None)
    drawn = [
        "·" if value is None else BARS[min(int(value / most * len(BARS)), len(BARS) - 1) if most else 0]
        for value in values
    ]
    return f"{''.join(drawn)} up to {most:.2f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
