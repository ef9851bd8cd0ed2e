"""`chaffinch rules`: what rule authors need before a pack goes live."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chaffinch.settings import load_settings

rules = typer.Typer(no_args_is_help=True, help="Rule packs: check them before they go live.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(rules, name="rules")


@rules.command()
def lint(
    folder: Annotated[Path | None, typer.Argument(help="A folder of packs; the configured one if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check every pack: each mistake at once, examples included."""
    from moderation.rule_packs import load_rules
    from moderation.taxonomy import load_taxonomy

    configs = load_settings().configs
    taxonomy = load_taxonomy(configs / "taxonomy.toml")
    found = load_rules(taxonomy, today=datetime.now(UTC).date(), folder=folder or configs / "rules")
    rows = [(rule.id, rule.label, rule.action.value, rule.title["en"]) for rule in found.rules]
    if as_json:
        keys = ("id", "label", "action", "title")
        typer.echo(json.dumps({"version": found.version, "rules": [dict(zip(keys, row, strict=True)) for row in rows]}))
        return
    table = Table("rule", "label", "does", "title", title=f"{len(rows)} live rules, version {found.version}")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
