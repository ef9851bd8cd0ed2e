"""`chaffinch rules`: what rule authors need before a pack goes live."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chaffinch.commands import rule_life
from chaffinch.commands.shared import AsJson, watched
from chaffinch.commands.tables import print_table
from chaffinch.commands.texts import TextsBy, TextsWhy, answering, may_tell
from chaffinch.progress import stages
from chaffinch.settings import Settings, load_settings
from chaffinch.stopping import StoppedError, stopping
from moderation.comment import MAX_TEXT
from moderation.pack_files import packs_at

if TYPE_CHECKING:
    from governance.giving import Teller
    from moderation.rules import Rule, RuleSet
    from moderation.rules.backtest import Backtest, SetFigures, Share
    from moderation.rules.difference import Difference
    from moderation.rules.mistake import Mistake

STDIN = "-"
REFUSED = 3
"""The exit where a check said no."""

RowsArgument = Annotated[
    str, typer.Argument(help="A JSONL file, - for standard input, a snapshot, or `decisions` for what is stored.")
]

rules = typer.Typer(no_args_is_help=True, help="Rules: check them, try them, and lead them from draft to live.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    rule_life.add_to(rules)
    app.add_typer(rules, name="rules")


@rules.command()
def lint(
    folder: Annotated[
        Path | None, typer.Argument(help="A pack, or a folder of packs; packs and database if not given.")
    ] = None,
    harmless: Annotated[
        str | None,
        typer.Option(
            help="Comments that no rule should hit: a JSONL file with a `text` a line, or the everyday ones of a "
            "snapshot; some of the corpus that comes with Chaffinch if not given."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Advice alone is a no as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every rule: each mistake at once, with its place; examples included. Exit 3 where one has to be mended."""
    from chaffinch.harmless import harmless_comments
    from chaffinch.wiring import house_queues, stored_of, taxonomy_of, today
    from governance.rule_packs import ground_mistakes
    from moderation.effective_rules import NONE_STORED, check_effective, load_effective

    settings = load_settings()
    taxonomy, place = taxonomy_of(settings), packs_at(folder or settings.configs / "rules")
    stored = NONE_STORED if folder else stored_of(settings)
    with stages(watched()) as bar:
        mistakes = check_effective(
            taxonomy,
            today=today(),
            folder=place,
            stored=stored,
            harmless=harmless_comments(harmless, settings),
            told=lambda share: bar.told("rules", share),
        )
    mistakes = [*ground_mistakes(house_queues(settings).redress, place), *mistakes]
    if (strict and mistakes) or not all(mistake.advice for mistake in mistakes):
        _tell_mistakes(mistakes, as_json=as_json)
        raise typer.Exit(REFUSED)
    found = load_effective(taxonomy, today=today(), folder=place, stored=stored)
    if as_json:
        typer.echo(json.dumps(_rules_as_json(found, mistakes), ensure_ascii=False))
        return
    _tell_mistakes(mistakes, as_json=False)
    _tell_rules(found)


def _tell_mistakes(mistakes: list[Mistake], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"mistakes": [asdict(mistake) for mistake in mistakes]}, ensure_ascii=False))
        return
    if not mistakes:
        return
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    for mistake in mistakes:
        colour = "yellow" if mistake.advice else "red"
        errors.print(f"[{colour}]{escape(str(mistake.as_fault()))}[/]")
    wrong = sum(not mistake.advice for mistake in mistakes)
    said = f"{wrong} to mend, {len(mistakes) - wrong} of advice"
    errors.print(f"{said}; {'mend these and load again' if wrong else 'the rules can be used'}.")


def _row(rule: Rule) -> tuple[str, str, str, str]:
    return rule.id, rule.label, rule.action.value, rule.title["en"]


def _rules_as_json(found: RuleSet, advice: list[Mistake]) -> dict[str, Any]:
    keys = ("id", "label", "action", "title")
    return {
        "version": found.version,
        "rules": [dict(zip(keys, _row(rule), strict=True)) for rule in found.rules],
        "shadows": [rule.id for rule in found.shadows],
        "mistakes": [asdict(mistake) for mistake in advice],
    }


def _tell_rules(found: RuleSet) -> None:
    rows = [_row(rule) for rule in found.rules]
    title = f"{len(rows)} live rules, {len(found.shadows)} in the shadow, version {found.version}"
    table = Table("rule", "label", "does", "title", title=title)
    for row in rows:
        table.add_row(*row)
    print_table(table)


@rules.command("test")
def try_rules(
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to try; - reads one a line.")] = None,
    folder: Annotated[Path | None, typer.Option(help="A folder of packs; packs and database if not given.")] = None,
    surface: Annotated[str, typer.Option(help="Where the texts stand.")] = "forum",
    as_json: AsJson = False,
) -> None:
    """Run the rules' examples, and the texts that are given: which rules hit, where, and in which view; drafts too."""
    from chaffinch.wiring import rules_of, taxonomy_of, today
    from moderation.language import detect
    from moderation.normaliser import normalise
    from moderation.rule_packs import load_rules
    from moderation.rules import RuleContext

    settings = load_settings()
    found = (
        load_rules(taxonomy_of(settings), today=today(), folder=packs_at(folder), drafts=True)
        if folder
        else rules_of(settings, drafts=True)
    )
    rows: list[dict[str, Any]] = []
    for text in _given(texts or []):
        read = normalise(text)
        hits = found.find(read, RuleContext(surface=surface, language=detect(read.canonical.text)))
        seen = [
            {
                "rule": hit.rule.id,
                "action": hit.rule.action.value,
                "found": [span.of(text) for span in hit.spans],
                "spans": [{"start": span.start, "end": span.end} for span in hit.spans],
                "views": [view.value for view in hit.views],
            }
            for hit in hits
        ]
        rows.append({"text": text, "hits": seen})
    if as_json:
        typer.echo(json.dumps({"rules": len(found.rules), "texts": rows}, ensure_ascii=False))
        return
    _tell_hits(rows, len(found.rules))


def _given(texts: list[str]) -> Iterator[str]:
    for text in texts:
        if text == STDIN:
            yield from (line.rstrip("\r\n") for line in sys.stdin)
        else:
            yield text


def _tell_hits(rows: list[dict[str, Any]], number: int) -> None:
    console = Console()
    console.print(f"{number} rules, and their examples hold.")
    if not rows:
        return
    table = Table("text", "rule", "does", "found", "views")
    for row in rows:
        text = escape(row["text"])
        for hit in row["hits"]:
            table.add_row(text, hit["rule"], hit["action"], escape(" · ".join(hit["found"])), ", ".join(hit["views"]))
        if not row["hits"]:
            table.add_row(text, "-", "-", "", "")
    print_table(table, console)


@rules.command()
def backtest(
    rows: RowsArgument,
    draft: Annotated[
        Path | None,
        typer.Option(
            help="A folder of packs to try beside what is live, in the place of their own ids; what is live with all "
            "drafts if not given."
        ),
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Try the folder alone, in the place of all rules.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the result as a page, readable by you alone.")] = None,
    by: TextsBy = "",
    why: TextsWhy = "",
    as_json: AsJson = False,
) -> None:
    """Try a draft on comments of which something is known: hits, precision, recall, what would change, samples."""
    from chaffinch.wiring import rules_of

    if alone and draft is None:
        raise typer.BadParameter("there is nothing to try alone; name a folder with --draft", param_hint="--alone")
    settings = load_settings()
    tried = _tried(settings, draft, alone=alone) if draft else rules_of(settings, drafts=True)
    beside = rules_of(settings)
    from governance.giving import FOR_RULES, OWNER_ALONE

    who = answering(by, why, FOR_RULES)
    result = _run(tried, None if tried.version == beside.version else beside, rows, settings, who)
    if html is not None:
        from chaffinch.backtesting import as_html
        from registry.files import replacing

        html.parent.mkdir(parents=True, exist_ok=True)
        with replacing(html, mode=OWNER_ALONE) as page:
            page.write(as_html(result).encode())
    _tell_backtest(result, as_json=as_json)
    _end(result)


def _tried(settings: Settings, draft: Path, *, alone: bool) -> RuleSet:
    from chaffinch.wiring import packs_meant, stored_of, taxonomy_of, today
    from moderation.effective_rules import load_beside
    from moderation.rule_packs import load_rules

    taxonomy = taxonomy_of(settings)
    if alone:
        return load_rules(taxonomy, today=today(), folder=packs_at(draft), drafts=True)
    packs, stored = packs_meant(settings), stored_of(settings)
    return load_beside(taxonomy, today=today(), folder=packs, stored=stored, draft=packs_at(draft))


def _end(result: Backtest) -> None:
    """Raises `StoppedError` where somebody stopped it: what was told is of the rows before."""
    if result.is_partial:
        raise StoppedError(f"Stopped after {result.rows} rows: what is told is of these alone.")


def _run(draft: RuleSet, today: RuleSet | None, rows: str, settings: Settings, who: Teller | None) -> Backtest:
    """Samples of this house's own comments are in it where `who` answers for that; by then that is an entry."""
    from chaffinch.backtesting import opened_rows
    from moderation.rules.backtest import backtest as run

    with (
        opened_rows(rows, settings) as opened,
        stages(watched()) as bar,
        stopping() as stop,
    ):

        def told(done: int) -> None:
            bar.told("comments", done / opened.total if opened.total else None, f"{done} rows")

        result = run(draft, stop.until_asked(opened.rows), today=today, told=told)
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    if opened.broken:
        errors.print(f"[yellow]{opened.broken} rows cannot be read; the others were. The first faults:[/]")
        errors.print("\n".join(f"  {escape(str(fault))}" for fault in opened.faults))
    if result.too_long:
        limit = f"longer than the {MAX_TEXT} code points of a comment"
        errors.print(f"[yellow]{result.too_long} rows are {limit}, and were not judged.[/]")
    texts = sum(map(len, result.samples.values()))
    if opened.are_own and not may_tell(who, "rules backtest", texts, ground="rules"):
        result = replace(result, samples={kind: [] for kind in result.samples})
    return replace(result, unreadable=opened.broken, is_partial=stop.was_asked, beside=opened.beside)


def _tell_backtest(result: Backtest, *, as_json: bool) -> None:
    if as_json:
        from chaffinch.backtesting import as_json as for_programs

        typer.echo(json.dumps(for_programs(result), ensure_ascii=False))
        return
    console = Console()
    if result.is_partial:
        console.print(f"Partial: stopped after {result.rows} rows.")
    for name, figures in (("draft", result.draft), ("today", result.today)):
        if figures is not None:
            print_table(_figures_table(name, figures, result.rows), console)
            _tell_unjudged(console, figures, result)
    if result.replayed is not None:
        from chaffinch.backtesting import counted

        console.print(counted(result.replayed), soft_wrap=True, highlight=False)
    if result.changes:
        changes = Table("today", "draft", "comments", title="What would change")
        for (before, after), number in result.changes.most_common():
            changes.add_row(before.value, after.value, str(number))
        print_table(changes, console)
    else:
        console.print("No decision would change." if result.today else "The draft is what is live today.")
    for kind, samples in result.samples.items():
        if samples:
            shown = Table("comment", "rules", "today", "draft", title=f"{kind.value}: {len(samples)} samples")
            for one in samples:
                shown.add_row(escape(one.text), ", ".join(one.rules), one.today.value, one.draft.value)
            print_table(shown, console)


def _tell_unjudged(console: Console, figures: SetFigures, result: Backtest) -> None:
    from chaffinch.backtesting import shortfall

    if figures.part_judged:
        console.print(f"Not judged, or in part, since {result.beside}:", soft_wrap=True)
    for rule in figures.part_judged:
        console.print(f"  {rule.id}: {shortfall(rule, result.rows)}", soft_wrap=True)


def _figures_table(name: str, figures: SetFigures, rows: int) -> Table:
    outcomes = ", ".join(f"{outcome.value} {number}" for outcome, number in figures.outcomes.items())
    title = f"{name} {figures.version} on {rows} comments: {outcomes}"
    table = Table("rule", "label", "does", "hits", "right", "wrong", "precision", "recall", title=title)
    for rule in figures.by_hits:
        counts = ("-" if rule.is_unjudged else str(number) for number in (rule.hits, rule.right, rule.wrong))
        table.add_row(
            rule.id, rule.label, rule.action.value, *counts, _measured(rule.precision), _measured(rule.recall)
        )
    return table


def _measured(found: Share) -> str:
    return "-" if found.share is None else f"{found.share:.2%} of {found.rows}"


@rules.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A folder of packs.")],
    after: Annotated[Path | None, typer.Argument(help="Another; the configured one if not given.")] = None,
    on: Annotated[str | None, typer.Option(help="Rows to try both on, as for `backtest`.")] = None,
    by: TextsBy = "",
    why: TextsWhy = "",
    as_json: AsJson = False,
) -> None:
    """Show what two sets of rules say differently: rules added, removed, changed; on rows too where they are given."""
    from chaffinch.wiring import taxonomy_of, today
    from moderation.rule_packs import load_rules
    from moderation.rules.difference import difference

    settings = load_settings()
    old, new = (
        load_rules(taxonomy_of(settings), today=today(), folder=packs_at(place), drafts=True)
        for place in (before, after or settings.configs / "rules")
    )
    found = difference(old.rules, new.rules)
    from governance.giving import FOR_RULES

    who = answering(by, why, FOR_RULES)
    result = _run(new, old, on, settings, who) if on else None
    if as_json:
        from chaffinch.backtesting import as_json as for_programs

        told = asdict(found) | {"on_rows": for_programs(result) if result else None}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _tell_difference(found)
        if result:
            _tell_backtest(result, as_json=False)
    if result:
        _end(result)


def _tell_difference(found: Difference) -> None:
    console = Console()
    if found.is_none:
        console.print("Both say the same.")
        return
    table = Table("rule", "what", "before", "after")
    for name in found.removed:
        table.add_row(name, "removed", "", "")
    for name in found.added:
        table.add_row(name, "added", "", "")
    for change in found.changed:
        table.add_row(change.rule, change.field, escape(change.before), escape(change.after))
    print_table(table, console)
