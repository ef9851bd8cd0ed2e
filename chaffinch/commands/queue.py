"""`chaffinch queue` and `chaffinch case show`: what waits, and one case with what is decided together with it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chaffinch.commands.shared import AsJson, moment, now, print_json, reading, show

case = typer.Typer(no_args_is_help=True, help="One case: why it is here, and what is decided together with it.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.command()(queue)
    app.add_typer(case, name="case")


def queue(
    name: Annotated[str, typer.Option("--queue", help="Of this queue alone.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="Cases at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Cases that nobody has decided, by priority; of those that wait together also how many there are. No text."""
    from records import cases
    from records.values import CaseState

    with reading() as look:
        states = (CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED)
        found = [
            one for state in states for one in cases.page(look, queue=name or None, state=state, limit=limit).items
        ]
        found.sort(key=lambda one: (-one.priority, one.id))
        rows = [_row(look, one) for one in found[:limit]]
    show(rows, as_json, "Nothing waits.")


@case.command("show")
def show_one(case_id: Annotated[str, typer.Argument(help="The case, as `chaffinch queue` shows it.")]) -> None:
    """One case as JSON, with every case of its group: their decisions and states. No text: the console shows texts."""
    from records import cases
    from serving.views import case_document

    with reading() as look:
        print_json(case_document(look, cases.get(look, case_id)))


def _row(look: Any, one: Any) -> dict[str, Any]:  # noqa: ANN401 - records are imported where they are needed
    from serving.views import group_document

    group = group_document(look, one)
    leads = group is not None and group["case_id"] == one.id
    return {
        "case": one.id,
        "queue": one.queue,
        "state": one.state.value,
        "label": one.label or "",
        "why": one.why,
        "due_at": moment(one.due_at),
        "late": one.due_at < now(),
        "group": group["kind"] if group else "",
        "together": len(group["members"]) if group and leads else 0,
        "stands_for_it": group["case_id"] if group and group["stands"] and not leads else "",
    }
