"""`chaffinch assessment`: what was assessed before something new goes live on news, and who has signed it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.shared import (
    AsJson,
    moment,
    now,
    print_json,
    question_about,
    reading,
    resolved,
    show,
    to_answer,
    utc,
    writing,
)
from chaffinch.settings import load_settings
from moderation.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from chaffinch.settings import Settings
    from moderation.policy import Policy
    from records.assessments import AssessmentRecord

assessment = typer.Typer(no_args_is_help=True, help="Security assessments, signed before something new goes live.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(assessment, name="assessment")


@assessment.command("write")
def write(  # noqa: PLR0913, PLR0917 - options of a command
    kind: Annotated[str, typer.Argument(help="model, function, rule, rules (all that begin alike), policy.")],
    subject: Annotated[
        str,
        typer.Argument(help="The model's version (5), the function, the rule's id, how rules' ids begin, the policy."),
    ],
    surface: Annotated[list[str], typer.Option(help="Where it goes live; several times.")],
    changes: Annotated[str, typer.Option(help="What changes: model, rules, policy.")],
    evaluation: Annotated[str, typer.Option(help="How it was evaluated, with what result.")],
    risks: Annotated[str, typer.Option(help="What may go wrong, and for whom.")],
    rollback: Annotated[str, typer.Option(help="How to go back, and who does.")],
    by: Annotated[str, typer.Option("--by", help="Who writes it; they do not sign.")],
    why: Annotated[str, typer.Option("--why", help="Why it should go live; it stands in the ledger.")],
    expires: Annotated[
        datetime | None, typer.Option(help="Of rules: it covers what goes live until this day (UTC).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write an assessment, and ask the first of two people to sign it."""
    from chaffinch.wiring import taxonomy_of
    from governance import assessments
    from moderation.policy import load_policies

    settings = load_settings()
    policies = load_policies(taxonomy_of(settings), settings.configs / "policies")
    subject, mark = _marked(settings, kind, subject, policies)
    surfaces = {name for each in policies.values() for name in each.surfaces}
    fields = {"changes": changes, "evaluation": evaluation, "risks": risks, "rollback": rollback}
    until = expires and utc(expires)
    wish = assessments.Wish(kind, subject, mark, tuple(surface), fields, by, why, until)
    with writing() as unit:
        made = assessments.write(unit, wish, surfaces=surfaces, now=now())
        question = question_about(unit, made.id)
        unit.commit()
    if as_json:
        print_json({**_document(made, []), "approval_id": question})
        return
    typer.echo(
        f"The assessment {made.id} waits for {made.needed} people to sign it, none of them {made.author}. The first "
        f"signs {to_answer(question)}; the next has a question of their own then (chaffinch approvals list)."
    )


def _marked(settings: Settings, kind: str, subject: str, policies: Mapping[str, Policy]) -> tuple[str, str]:
    """What is assessed as it is called, and the hash by which it is known; empty where a name is all there is."""
    from governance import assessments, in_force, rules

    if kind == assessments.MODEL:
        target = resolved(subject, settings)
        return f"chaffinch@{target.version}", target.hash
    if kind == assessments.RULE:
        with reading() as look:
            return subject, rules.content_of(rules.to_go_live(look, subject).document)
    if kind == assessments.POLICY:
        if subject not in policies:
            told = f"there is no policy '{subject}'; there are {', '.join(sorted(policies))}"
            raise InvalidInputError("The assessment cannot be written.", [Fault("subject", told)])
        return subject, in_force.said_by(policies)[subject][1]
    return subject, ""


@assessment.command("list")
def list_assessments(as_json: AsJson = False) -> None:
    """Every assessment, and who has signed it."""
    from governance import assessments
    from records import assessments as stored

    with reading() as look:
        found = stored.every(look)
        rows = [_document(each, [s.answered_by or "" for s in assessments.signatures(look, each.id)]) for each in found]
    columns = ("id", "kind", "subject", "surfaces", "state", "expires_at", "author", "signed_by")
    shown = [{name: row[name] for name in columns} for row in rows]
    show(rows if as_json else shown, as_json, "Nothing was ever assessed: chaffinch assessment write --help")


@assessment.command("show")
def show_one(
    assessment_id: Annotated[str, typer.Argument(help="The assessment, as `assessment list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """One assessment, in full."""
    from governance import assessments
    from records import assessments as stored

    with reading() as look:
        found = stored.get(look, assessment_id)
        signed = [each.answered_by or "" for each in assessments.signatures(look, assessment_id)]
    told = _document(found, signed)
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        typer.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")


def _document(record: AssessmentRecord, signed: list[str]) -> dict[str, Any]:
    return {
        "id": record.id, "kind": record.kind, "subject": record.subject, "mark": record.mark,
        "surfaces": list(record.surfaces), "state": record.state.value, "author": record.author, "signed_by": signed,
        "needed": record.needed, "written_at": moment(record.created_at), "settled_at": moment(record.settled_at),
        "expires_at": moment(record.expires_at),
        **record.fields,
    }  # fmt: skip
