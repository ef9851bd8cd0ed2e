"""`chaffinch emergency`: stricter for a bounded time, with a second person's word; a drill of it; what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.shared import AsJson, By, all_of, moment, now, print_json, reading, show, to_answer, writing
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from governance.emergencies import Report
    from records.emergencies import EmergencyRecord
    from records.house_values import ApprovalRecord

emergency = typer.Typer(no_args_is_help=True, help="Emergencies: stricter for a bounded time, approved by two people.")

Why = Annotated[str, typer.Option("--why", help="Why; it stands in the ledger.")]
EmergencyId = Annotated[str, typer.Argument(help="The emergency, as `emergency list` shows it.")]


class Effect(StrEnum):
    """What it does."""

    THRESHOLDS = "thresholds"
    PRE_REVIEW = "pre_review"
    SLOW_MODE = "slow_mode"
    CLOSED = "closed"


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(emergency, name="emergency")


@emergency.command("start")
def start(  # noqa: PLR0913, PLR0917 - options of a command
    effect: Annotated[Effect, typer.Argument(help="What it does.")],
    minutes: Annotated[int, typer.Option(help="How long, from the second person's yes; it ends by itself.")],
    by: By,
    why: Why,
    surface: Annotated[str | None, typer.Option(help="There alone; else on all.")] = None,
    thread: Annotated[str | None, typer.Option(help="In this thread alone.")] = None,
    label: Annotated[str | None, typer.Option(help="With thresholds: of this label alone.")] = None,
    review_times: Annotated[float, typer.Option(help="Thresholds of review are multiplied by it.")] = 1.0,
    block_times: Annotated[float, typer.Option(help="Thresholds of block are multiplied by it.")] = 1.0,
    a_minute: Annotated[int | None, typer.Option(help="Slow mode: comments of one account within a minute.")] = None,
    ground: Annotated[str, typer.Option(help="On which ground: the plan, the article, the order.")] = "emergency plan",
    drill: Annotated[bool, typer.Option("--drill", help="Practice: counted, and no answer changes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a second person for an emergency. It begins with their yes, in every worker within two seconds."""
    from chaffinch.wiring import taxonomy_of
    from governance import emergencies
    from moderation.emergency import Effect as Done
    from moderation.emergency import Kind, Scope
    from moderation.policy import load_policies

    settings = load_settings()
    taxonomy = taxonomy_of(settings)
    policies = load_policies(taxonomy, settings.configs / "policies")
    surfaces = {name for each in policies.values() for name in each.surfaces}
    done = Done(Kind(effect.value), review_times, block_times, a_minute)
    wish = emergencies.Wish(Scope(surface, thread, label), done, minutes, by, why, ground, drill)
    with writing() as unit:
        asked = emergencies.ask(unit, wish, labels=taxonomy.names, surfaces=surfaces, now=now())
        unit.commit()
    sentence = (
        f"{asked.subject_id} waits for a second person, who answers {to_answer(asked.id)}. It is answered within an "
        "hour, or asked for anew."
    )
    _tell({"approval": asked.id, "place": asked.subject_id, "sentence": sentence}, as_json)


@emergency.command("end")
def end(emergency_id: EmergencyId, by: By, why: Why, as_json: AsJson = False) -> None:
    """End one before its time. One person may: the way back to the usual takes no second."""
    from governance import emergencies

    with writing() as unit:
        ended = emergencies.end(unit, emergency_id, by=by, why=why, now=now())
        unit.commit()
    sentence = f"{ended.place} is over. What it came to: chaffinch emergency report {ended.id}"
    _tell({"emergency": ended.id, "ended_at": moment(ended.ended_at), "sentence": sentence}, as_json)


@emergency.command("list")
def list_emergencies(as_json: AsJson = False) -> None:
    """What waits for a second person, what runs, what was."""
    from governance.emergencies import ASKED
    from records import approvals, emergencies

    with reading() as look:
        waiting = [each for each in approvals.waiting(look) if each.kind == ASKED]
        found = all_of(lambda cursor: emergencies.page(look, limit=200, cursor=cursor))
    rows = [*map(_waiting, waiting), *map(_row, found)]
    for row in [] if as_json else rows[: len(waiting)]:
        row["state"] = "waits for a second person; report once it runs"
    show(rows, as_json, "No emergency was ever started: chaffinch emergency start --help")


@emergency.command("report")
def report(emergency_id: EmergencyId, as_json: AsJson = False) -> None:
    """What one changed, what it caught, whom it hit wrongly, as far as people have said so by now."""
    from governance import emergencies

    with reading() as look:
        found = emergencies.report(look, emergency_id, now=now())
    if as_json:
        print_json(emergencies.document(found))
        return
    for line in _lines(found):
        typer.echo(line)


def _lines(found: Report) -> list[str]:
    record = found.emergency
    low, high = found.wrong.interval or (0.0, 0.0)
    would = "would have " if record.is_drill else ""
    until = record.ended_at or record.ends_at
    share = f" ({found.wrong.share:.0%}, between {low:.0%} and {high:.0%})" if found.wrong.share is not None else ""
    ended = f"ended by {record.ended_by}: {record.ended_why}" if record.ended_by else "ended by time"
    return [
        f"{record.place}: {record.starts_at:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC, asked by {record.asked_by}, "
        f"approved by {record.approved_by}; {ended if record.ended_at else 'it runs'}.",
        f"Why: {record.why} ({record.ground})",
        f"{found.covered} decisions in its surface and thread; it {would}changed {found.changed}, "
        f"of {found.authors} accounts.",
        *_erased(found),
        *(f"  {before} became {after}: {number}" for before, after, number in found.changes),
        f"People have judged {found.judged} of them: {found.caught} caught, {found.wrong.hits} hit wrongly{share}, "
        f"of {found.wrong_authors} accounts. Nobody has looked at {found.unjudged}.",
        *(f"  hit wrongly on {name}: {number}" for name, number in found.wrong_by_surface),
        *(f"  hit wrongly in {name}: {number}" for name, number in found.wrong_by_language),
        *(f"  {each}" for each in found.wrong_ids),
    ]


def _erased(found: Report) -> list[str]:
    """What an erasure since changed of the report."""
    if not found.erased:
        return []
    many = f"{found.erased} of the changed comments were erased since: their accounts are not among those hit wrongly."
    if found.is_counted:
        return [f"{many} Decisions and accounts are as counted when it ended."]
    return [f"{many} They may be missing among the decisions and accounts too: these were not counted at its end."]


def _waiting(asked: ApprovalRecord) -> dict[str, Any]:
    until = asked.created_at + timedelta(minutes=asked.facts["minutes"])
    return _cells(asked.id, asked.subject_id, "waits", asked.asked_by, "", asked.created_at, until, None)


def _row(record: EmergencyRecord) -> dict[str, Any]:
    from governance.emergencies import is_ahead

    state = "runs" if record.ended_at is None else "ended"
    if is_ahead(record, now()):
        state = "runs; began in the future: a clock was set back, set the clocks of all machines (NTP)"
    return _cells(
        record.id, record.place, state, record.asked_by, record.approved_by, record.starts_at, record.ends_at,
        record.ended_at,
    )  # fmt: skip


def _cells(  # noqa: PLR0913, PLR0917 - columns of a table
    id_: str,
    place: str,
    state: str,
    asked: str,
    approved: str,
    since: datetime,
    until: datetime,
    ended: datetime | None,
) -> dict[str, Any]:
    return {
        "id": id_, "place": place, "state": state, "asked_by": asked, "approved_by": approved,
        "since": moment(since), "until": moment(until), "ended_at": moment(ended),
    }  # fmt: skip


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        typer.echo(told["sentence"])
