"""`chaffinch doctor`: what is configured, what is missing, what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Column, Table

from chaffinch.commands.tables import print_table
from chaffinch.health import clocks, configured, models, records
from chaffinch.health.finding import ABSENT, BROKEN, LATE, OK, OPEN, Finding
from chaffinch.settings import Settings, load_settings
from moderation.errors import ChaffinchError, GateRefusedError


def doctor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Say what is configured, what is missing and what to do about it; exit 3 where something is broken."""
    findings = examine(load_settings())
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        _show(findings)
    broken = [finding.part for finding in findings if finding.state == BROKEN]
    if broken:
        raise GateRefusedError(f"Not ready: {', '.join(broken)}.")


def examine(settings: Settings) -> list[Finding]:
    """Every part's state; a check that fails in an unforeseen way is itself told as broken."""
    from chaffinch.health import loop  # gates and their figures: a second that no other command needs

    checks: dict[str, Callable[[Settings], Finding]] = {
        "python": configured.python,
        "home": configured.home,
        "labels": configured.taxonomy,
        "rules": configured.rules,
        "packs": configured.packs,
        "policies": configured.policies,
        "changed here": configured.changed,
        "drop-ins": configured.dropins,
        "house files": configured.house_files,
        "read later": configured.read_later,
        "loop files": loop.loop_files,
        "gate": loop.gate,
        "database": records.database,
        "accounts": records.accounts,
        "keys": records.keys,
        "ledger": records.ledger,
        "worker": records.worker,
        "search": records.search,
        "pseudonyms": records.pseudonyms,
        "webhooks": records.webhooks,
        "clock": clocks.clock,
        "emergencies": clocks.emergencies,
        "due items": clocks.due_items,
        "model": models.model,
        "training": models.training,
        "encoder": models.encoder,
        "public data sets": configured.datasets,
    }
    return [guarded(part, check, settings) for part, check in checks.items()]


def guarded(part: str, check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    """What a check finds; an error of ours that it meets is the finding, and so is that its libraries are not here."""
    try:
        return check(settings)
    except ChaffinchError as error:
        return Finding(part, BROKEN, str(error), "mend what is named, then run doctor again")
    except ModuleNotFoundError as missing:
        todo = "nothing on a machine that serves alone; else pip install -e '.[train]'"
        return Finding(part, ABSENT, f"not looked at: {missing.name} is not installed here", todo)


def _show(findings: list[Finding]) -> None:
    colours = {OK: "green", ABSENT: "yellow", OPEN: "yellow", LATE: "yellow", BROKEN: "red"}
    table = Table("part", "state", Column("seen", overflow="fold"), Column("to do", overflow="fold"))
    for finding in findings:
        state = f"[{colours[finding.state]}]{finding.state}[/]"
        table.add_row(finding.part, state, finding.seen, finding.todo)
    print_table(table)
