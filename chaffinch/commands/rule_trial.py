"""`chaffinch rules trial`: a rule on the last stored decisions, kept for its content, as the console's page does it."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.rule_samples import note_printed, print_samples, samples_of
from chaffinch.commands.shared import AsJson, watched
from chaffinch.progress import stages
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from moderation.rules.backtest import RuleFigures, Share
    from records.database import Database
    from records.rule_backtests import BacktestRecord

FAILED = 1


def trial(
    rule_id: Annotated[str, typer.Argument(help="The rule, as `rules list` names it.")],
    by: Annotated[str, typer.Option(help="Who asks.")],
    rows: Annotated[int, typer.Option(help="The last so many decisions: 1000, 5000 or 20000.")] = 5000,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="The draft, though another version is in the shadow and would go live first."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Try what would go live of a rule on the last stored decisions, beside what is live of it; kept for its content.

    It prints the comments that it would decide otherwise: `rules promote --to live` asks that whoever wishes it has
    seen them. A server's worker may be at it already: then this waits.
    """
    from chaffinch.commands.rule_life import packed_rule
    from chaffinch.os_user import os_user
    from chaffinch.wiring import open_database
    from governance import rule_backtests as backtests

    with closing(open_database(load_settings())) as database:
        with database.unit(os_user=os_user()) as unit:
            now = datetime.now(UTC)
            record = backtests.ask(
                unit, rule_id, by=by, most=rows, packed=partial(packed_rule, unit), draft=draft, now=now
            )
            unit.commit()
        record = _to_its_end(database, record)
        with database.reading() as look:
            samples = samples_of(look, record)
        _tell(record, samples, as_json=as_json)
    note_printed(record, by)


def _to_its_end(database: Database, record: BacktestRecord) -> BacktestRecord:
    from governance.rule_backtests import BacktestsChore
    from records import rule_backtests as stored

    read_on = BacktestsChore(f"trial {record.id}", seconds=1.0)
    with stages(watched()) as bar:
        while record.is_open:
            if not read_on(database, datetime.now(UTC)):
                time.sleep(0.2)  # another worker is at it
            with database.reading() as look:
                record = stored.get(look, record.id)
            bar.told("decisions", record.seen / max(1, record.total), f"{record.seen} of {record.total}")
    return record


def _tell(record: BacktestRecord, samples: list[dict[str, Any]], *, as_json: bool) -> None:
    from governance.rule_backtests import result_of

    result = result_of(record)
    if result is None:
        typer.echo(f"{record.rule_id} cannot be read any more, so it was not tried.", err=True)
        raise typer.Exit(FAILED)
    draft = next(iter(result.draft.rules.values()))
    live = next(iter(result.today.rules.values()), None) if result.today else None
    changes = {f"{before} to {after}": number for (before, after), number in result.changes.items()}
    if as_json:
        told = {
            "id": record.id, "rule": record.rule_id, "content": record.content, "decisions": result.rows,
            "tried": _figures(draft), "live": _figures(live) if live else None, "changes": changes, "samples": samples,
        }  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"{record.rule_id} on the last {result.rows} stored decisions:")
    typer.echo(f"  as it would go live: {_sentence(draft)}")
    typer.echo(f"  as it is live: {_sentence(live)}" if live else "  nothing of that name is live.")
    told_changes = ", ".join(f"{number} from {name}" for name, number in changes.items())
    typer.echo(f"  what would be decided otherwise: {told_changes or 'nothing'}.")
    print_samples(samples)


def _figures(rule: RuleFigures) -> dict[str, Any]:
    precision, recall = rule.precision, rule.recall
    return {
        "hits": rule.hits, "right": rule.right, "wrong": rule.wrong, "known": rule.known,
        "precision": precision.share, "precision_interval": precision.interval, "recall": recall.share,
        "lacking": rule.lacking,
    }  # fmt: skip


def _sentence(rule: RuleFigures) -> str:
    return (
        f"{rule.hits} hits; precision {_share(rule.precision)}, recall {_share(rule.recall)} where people judged."
    )  # fmt: skip


def _share(share: Share) -> str:
    return "unknown" if share.share is None else f"{share.share:.0%} of {share.rows}"
