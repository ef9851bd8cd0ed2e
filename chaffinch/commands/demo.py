"""`chaffinch demo`: a comment goes in, a person disagrees, a better model comes out. Reads top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from chaffinch.commands.tables import print_table
from chaffinch.settings import Settings, load_settings

if TYPE_CHECKING:
    from chaffinch.demo.conversation import Scored, Verdict
    from chaffinch.demo.learning import Model

COLOURS = {"pass": "green", "review": "yellow", "block": "red"}

told = Console(soft_wrap=True, highlight=False)


def demo() -> None:
    """The whole loop once, on the starter corpus: data, model, service, moderator, better model.

    May be stopped and run again: what is done stays done.
    """
    from chaffinch.demo import conversation, learning, server
    from chaffinch.demo.script import load_script

    settings = load_settings()
    script = load_script(settings.configs / "demo.toml")

    _step(1, "A data set from the project's own corpus")
    first = learning.build_snapshot(settings, script.limits, told)

    _step(2, "A model, through the gate")
    champion = learning.train_and_promote(settings, script, first, told)

    with _access(settings) as key, server.running(settings.home / "demo" / "server.log", key=key) as client:
        _step(3, "Comments over HTTP")
        scored = conversation.score_all(client, script)
        print_table(_scored_table(scored), told)

        _step(4, "A moderator decides what is unclear")
        doubts = conversation.object_to(client, scored)
        told.print(f"{doubts} answer was doubted by the platform; it waits as a case beside the unclear ones.")
        verdicts = list(conversation.decide_all(client, script))
        print_table(_verdict_table(verdicts), told)

        _step(5, "The verdicts teach the next model")
        learning.export_verdicts(settings, told)
        second = learning.build_snapshot(settings, script.limits, told)
        challenger = learning.train_and_promote(settings, script, second, told)
        if challenger.version == champion.version:
            told.print(f"The server goes on with version {champion.version}.")
        else:
            seconds = conversation.wait_for_version(client, challenger.version)
            told.print(
                f"The running server answers with version {challenger.version} after {seconds:.1f} s, no restart."
            )
            print_table(_learnt_table(scored, conversation.score_again(client, script), verdicts), told)

    _step(6, "What to type next")
    _next_steps(settings, champion=challenger)


def _step(number: int, title: str) -> None:
    told.print(f"\n[bold]{number}. {title}[/]")


@contextmanager
def _access(settings: Settings) -> Iterator[str | None]:
    """A key that lives as long as the conversation, where the API asks for one; None where it is open."""
    from chaffinch.wiring import open_database
    from governance import access
    from records import keys

    with closing(open_database(settings)) as database:
        with database.reading() as look:
            is_open = not keys.any_exist(look)
        if is_open:
            yield None
            return
        with database.unit() as unit:
            scopes = ["score", "feedback", "records"]
            record, key = access.create_key(unit, "demo", scopes=scopes, rate=None, now=datetime.now(UTC))
            unit.commit()
        try:
            yield key
        finally:
            with database.unit() as unit:
                access.revoke_key(unit, record.prefix, now=datetime.now(UTC))
                unit.commit()


def _wide(header: str) -> Column:
    """A column that shows all of its text: Chinese has no spaces to break at, and would be cut short."""
    return Column(header, overflow="fold")


def _scored_table(scored: list[Scored]) -> Table:
    table = Table("decision", _wide("comment"), _wide("why: the words that did it, who found them, highest score"))
    for item in scored:
        decision = item.answer["decision"]
        where = f" [dim]({item.comment.surface}, policy {item.comment.policy})[/]" if item.is_special else ""
        words = f"[bold]{escape(' '.join(item.words))}[/]" if item.words else ""
        score = f"[dim]{item.top['name']} {item.top['score']:.2f}[/]"
        table.add_row(
            f"[{COLOURS[decision]}]{decision}[/]" + (f"\n{item.label}" if item.answer["reasons"] else ""),
            escape(item.comment.text) + where,
            " ".join(part for part in (words, item.found_by, score) if part),
        )
    return table


def _verdict_table(verdicts: list[Verdict]) -> Table:
    table = Table("machine", "moderator", _wide("labels"), _wide("comment"), "")
    for item in verdicts:
        table.add_row(
            item.machine,
            item.verdict,
            ", ".join(item.comment.truth),
            escape(item.comment.text),
            "[bold magenta]overturned[/]" if item.overturned else "",
        )
    return table


def _learnt_table(before: list[Scored], after: list[Scored], verdicts: list[Verdict]) -> Table:
    """The scores that moved where a person had disagreed."""
    corrected = {item.comment.id for item in verdicts if item.overturned}
    table = Table("label", "before", "now", _wide("comment"), title="Where the moderator overturned the machine")
    for old, new in zip(before, after, strict=True):
        if old.comment.id in corrected:
            label = (old.comment.labels or [old.label])[0]
            table.add_row(label, f"{old.score(label):.2f}", f"{new.score(label):.2f}", escape(old.comment.text))
    return table


def _next_steps(settings: Settings, *, champion: Model) -> None:
    from chaffinch.wiring import open_database
    from records import users

    with closing(open_database(settings)) as database, database.reading() as look:
        nobody = not users.page(look, limit=1).items
    told.print("chaffinch lives in .venv/bin: put it on the path, or write .venv/bin/chaffinch.")
    rows = [
        ("chaffinch serve", "the API and the console on http://127.0.0.1:8700"),
        ("chaffinch users create NAME --role moderator", "an account; then log in on http://127.0.0.1:8700/console"),
        (f"mlflow ui --backend-store-uri {settings.tracking_uri}", "runs and versions on http://127.0.0.1:5000"),
        ("chaffinch score FILE.jsonl -o OUT.jsonl", 'score a file of {"text": ...} lines'),
        ("chaffinch doctor", f"what is configured; version {champion.version} is champion"),
    ]
    for command, does in rows if nobody else [row for row in rows if "users create" not in row[0]]:
        told.print(f"  [bold]{escape(command)}[/]\n      {escape(does)}")
