"""`chaffinch review`: how far moderators agree, and the answers that are known."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chaffinch.commands.shared import AsJson, now, reading, writing
from chaffinch.commands.tables import print_table
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from moderation.rules.backtest import Share
    from records.unit_of_work import Reading
    from records.values import GoldRecord
    from review.agreement import Agreement

review = typer.Typer(no_args_is_help=True, help="Moderators' agreement, and the answers that are known.")
gold = typer.Typer(no_args_is_help=True, help="Cases whose answer is known, mixed in unseen.")
review.add_typer(gold, name="gold")

By = Annotated[str, typer.Option(help="Who vouches for it.")]
Why = Annotated[str, typer.Option(help="Why, for those who learn from it; no words of the comment.")]


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(review, name="review")


@review.command()
def agreement(
    days: Annotated[int, typer.Option(min=1, help="Answers of so many days.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Alpha by label and queue, and each moderator's agreement with colleagues and with what is known."""
    from chaffinch.wiring import taxonomy_of
    from review.agreement import measure

    names = taxonomy_of(load_settings()).names
    with reading() as look:
        found = measure(look, names, since=now() - timedelta(days=days))
        people = {each.moderator: _name(look, each.moderator) for each in found.people}
    if as_json:
        typer.echo(json.dumps(_document(found, people), ensure_ascii=False))
        return
    _tell(found, people)


@gold.command("add")
def add_gold(
    case: Annotated[str, typer.Argument(help="A decided case; the verdict that holds is the answer.")],
    by: By,
    why: Why,
    as_json: AsJson = False,
) -> None:
    """Make a decided case's verdict a known answer, which moderators are asked for unseen."""
    from governance import approvals
    from review.gold import vouch

    with writing() as unit:
        who = approvals.person(unit, by, needs=approvals.LOOK_AFTER)
        known = vouch(unit, case, why=why, author=who, now=now())
        unit.commit()
    typer.echo(json.dumps(_gold_document(known)) if as_json else f"Known answer {known.id}: {_answer(known)}.")


@gold.command("list")
def list_gold(as_json: AsJson = False) -> None:
    """Every known answer in use."""
    from records.gold import in_use

    with reading() as look:
        known = in_use(look)
    if as_json:
        typer.echo(json.dumps([_gold_document(each) for each in known], ensure_ascii=False))
        return
    table = Table("id", "answer", "why", "by", "since")
    for each in known:
        table.add_row(each.id, _answer(each), escape(each.why), escape(each.author), f"{each.created_at:%Y-%m-%d}")
    if known:
        print_table(table)
    else:
        typer.echo("No answer is known beforehand.")


@gold.command("retire")
def retire_gold(
    known: Annotated[str, typer.Argument(help="The known answer's id.")],
    by: By,
    why: Why,
    as_json: AsJson = False,
) -> None:
    """Ask it no more; what was answered stays."""
    from governance import approvals
    from review.gold import retire

    with writing() as unit:
        who = approvals.person(unit, by, needs=approvals.LOOK_AFTER)
        retired = retire(unit, known, why=why, author=who, now=now())
        unit.commit()
    typer.echo(json.dumps(_gold_document(retired)) if as_json else f"Known answer {retired.id} is asked no more.")


_ABOUT = {"whole": "the whole answer", "outcome": "approve or reject", "labels": "labels, where both reject"}


def _tell(found: Agreement, people: dict[str, str]) -> None:
    from review.agreement import ENOUGH

    console, settled = Console(soft_wrap=True, highlight=False), found.settled
    table = Table(
        "queue or source", "label", "same answer", "alpha", "95 %", title="Two people about the same text, blind"
    )
    for each in found.alphas:
        alpha = "" if each.judged is None else f"{each.judged:.2f}"
        ends = "" if each.interval is None else f"{each.interval[0]:.2f} to {each.interval[1]:.2f}"
        told = ends if each.is_enough else f"fewer than {ENOUGH}: not judged"
        table.add_row(
            each.queue or each.source or "all", each.label or _ABOUT[each.about], _share(each.agreed), alpha, told
        )
    print_table(table, console)
    persons = Table("moderator", "with what is known", "with colleagues", "", title="Each moderator")
    for one in found.people:
        few = "" if one.is_enough else f"fewer than {ENOUGH}: not judged"
        persons.add_row(escape(people[one.moderator]), _share(one.gold), _share(one.peers), few)
    print_table(persons, console)
    console.print(
        f"Disagreements settled for the first {settled.first}, the second {settled.second}, neither {settled.neither}; "
        f"{found.disagreements_waiting} wait for a senior, {found.opinions_waiting} second answers are awaited."
    )


def _share(share: Share) -> str:
    if share.share is None or share.interval is None:
        return "none"
    low, high = share.interval
    return f"{share.share:.0%} of {share.rows} ({low:.0%} to {high:.0%})"


def _document(found: Agreement, people: dict[str, str]) -> dict[str, Any]:
    return {
        "since": found.since.isoformat(),
        "alphas": [
            {
                "queue": each.queue,
                "source": each.source,
                "label": each.label,
                "about": each.about.value,
                "comments": each.comments,
                "agreed": _share_document(each.agreed),
                "alpha": each.alpha,
                "interval": each.interval,
                "enough": each.is_enough,
            }
            for each in found.alphas
        ],
        "moderators": [
            {
                "id": one.moderator,
                "name": people[one.moderator],
                "gold": _share_document(one.gold),
                "peers": _share_document(one.peers),
                "enough": one.is_enough,
            }
            for one in found.people
        ],
        "settled": asdict(found.settled),
        "opinions_waiting": found.opinions_waiting,
        "disagreements_waiting": found.disagreements_waiting,
    }


def _share_document(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "rows": share.rows, "share": share.share, "interval": share.interval}


def _gold_document(known: GoldRecord) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(known), default=str))  # type: ignore[no-any-return]


def _answer(known: GoldRecord) -> str:
    return known.verdict.value + (f" ({', '.join(known.labels)})" if known.labels else "")


def _name(look: Reading, who: str) -> str:
    """A verdict given through the API carries a key's id, which is no user's."""
    from moderation.errors import NotFoundError
    from records import users

    try:
        return users.get(look, who).display_name
    except NotFoundError:
        return who
